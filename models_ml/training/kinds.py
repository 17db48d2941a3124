"""Which of a fine-tuning's weights become models, and in which order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

BEST, LAST, AVERAGE = "best", "last", "average"
KINDS = (BEST, LAST, AVERAGE)


@dataclass(frozen=True)
class Weights:
    """Weights of a run that become the model NAME-`kind`: those after `epochs`, the mean where there are several.

    `same_as` is the kind that has these weights already, and is written in place of this one.
    """

    kind: str
    epochs: tuple[int, ...]
    same_as: str | None = None

    def in_words(self) -> str:
        if len(self.epochs) == 1:
            return f"the weights after epoch {self.epochs[0]}"
        return f"the mean of the weights after epochs {self.epochs[0]} to {self.epochs[-1]}"


def averaged_epochs(epochs: int) -> tuple[int, ...]:
    """The second half of a run's epochs, of 5 the last 3: what AVERAGE is the mean of."""
    return tuple(range(epochs // 2 + 1, epochs + 1))


def possible_kinds(epochs: int) -> tuple[str, ...]:
    """The kinds that a run of so many epochs may write; `kept_weights` tells which it does."""
    return (BEST, *([LAST] if epochs > 1 else []), *([AVERAGE] if len(averaged_epochs(epochs)) > 1 else []))


def kept_weights(best_epoch: int, averaged: Sequence[int], epochs: int) -> tuple[Weights, ...]:
    """The weights that are kept of a run of `epochs`, in the order of their models; BEST is always written.

    `averaged` are the epochs whose mean there is, if any.
    """
    found: list[Weights] = []
    for kind, own in ((BEST, (best_epoch,)), (LAST, (epochs,)), (AVERAGE, tuple(averaged))):
        if not own:
            continue
        same = next((weights.kind for weights in found if weights.epochs == own), None)
        found.append(Weights(kind, own, same))
    return tuple(found)
