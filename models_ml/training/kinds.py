"""Which of a fine-tuning's weights become models, and in which order. Pure."""

from dataclasses import dataclass

BEST, LAST = "best", "last"
KINDS = (BEST, LAST)


@dataclass(frozen=True)
class Weights:
    """Weights of a run that become the model NAME-`kind`: those after `epochs`, the mean where there are several.

    `same_as` is the kind that has these weights already, and is written in place of this one.
    """

    kind: str
    epochs: tuple[int, ...]
    same_as: str | None = None


def possible_kinds(epochs: int) -> tuple[str, ...]:
    """The kinds that a run of so many epochs may write; `kept_weights` tells which it does."""
    return (BEST, LAST) if epochs > 1 else (BEST,)


def kept_weights(best_epoch: int, epochs: int) -> tuple[Weights, ...]:
    """The weights that are kept of a run of `epochs`, in the order of their models; BEST is always written."""
    found: list[Weights] = []
    for kind, own in ((BEST, (best_epoch,)), (LAST, (epochs,))):
        same = next((weights.kind for weights in found if weights.epochs == own), None)
        found.append(Weights(kind, own, same))
    return tuple(found)
