"""Which of a fine-tuning's weights become models, which epoch is the best, and in which order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

BEST, LAST, AVERAGE, LINKED = "best", "last", "average", "linked"
KINDS = (BEST, LAST, AVERAGE, LINKED)


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


@dataclass(frozen=True)
class Selection:
    """What an epoch is best by: a figure on the records held out."""

    name: str
    title: str
    highest: bool  # else the lowest is the best

    def best_epoch(self, figures: Sequence[float], losses: Sequence[float]) -> int:
        """The epoch with the best of `figures`, which are of epochs 1, 2 ...; of equal ones, that of the lowest loss.

        `losses` are the held-out losses of the same epochs. Of equal ones in both, the first.
        """
        sign = -1 if self.highest else 1
        return 1 + min(range(len(figures)), key=lambda place: (sign * figures[place], losses[place]))


SELECTIONS = {
    selection.name: selection
    for selection in (
        Selection("loss", "held-out loss", highest=False),
        Selection("search", "search, mean reciprocal rank", highest=True),
        Selection("links", "links", highest=True),
    )
}


def averaged_epochs(epochs: int) -> tuple[int, ...]:
    """The second half of a run's epochs, of 5 the last 3: what AVERAGE is the mean of."""
    return tuple(range(epochs // 2 + 1, epochs + 1))


def possible_kinds(epochs: int, *, links: bool = False) -> tuple[str, ...]:
    """The kinds that a run of so many epochs may write; `kept_weights` tells which it does."""
    captions = [BEST, *([LAST] if epochs > 1 else []), *([AVERAGE] if len(averaged_epochs(epochs)) > 1 else [])]
    return (*captions, LINKED) if links else tuple(captions)


def kept_weights(best_epoch: int, averaged: Sequence[int], epochs: int, link_epochs: int = 0) -> tuple[Weights, ...]:
    """The weights that are kept of a run of `epochs`, in the order of their models; BEST is always written.

    `averaged` are the epochs whose mean there is, if any; `link_epochs` how many more there were with links.
    """
    found: list[Weights] = []
    linked = (epochs + link_epochs,) if link_epochs else ()
    for kind, own in ((BEST, (best_epoch,)), (LAST, (epochs,)), (AVERAGE, tuple(averaged)), (LINKED, linked)):
        if not own:
            continue
        same = next((weights.kind for weights in found if weights.epochs == own), None)
        found.append(Weights(kind, own, same))
    return tuple(found)
