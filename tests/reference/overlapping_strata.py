"""Two comparisons that find many of the same pairs, linked most: shares of either from pairs drawn for both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from annotation.analysis.annotation_frame import COLUMNS, STRATUM, STRATUM_SIZE, AnnotationFrame, drawn_column
from annotation.analysis.simulation import LABELS
from linking.sampling.draw import share_out

COMPARISONS = ("image-image", "text-text")
# Share of links among pairs that both find, the first alone, the second alone.
RATES = (0.9, 0.4, 0.5)


@dataclass(frozen=True)
class OverlappingStrata:
    """`first` and `second` pairs, of which `both` are the same; `drawn` for each. Whether a pair is linked is settled
    once: only the draw differs from one repetition to the next."""

    first: int
    second: int
    both: int
    drawn: int = 100

    @cached_property
    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs of each stratum: those of the first come first, those in both at its end."""
        begin = self.first - self.both
        return np.arange(self.first), np.arange(begin, begin + self.second)

    @cached_property
    def linked(self) -> NDArray[np.bool_]:
        """(pairs,) whether a pair is a link."""
        sizes = (self.both, self.first - self.both, self.second - self.both)
        both, first, second = (np.arange(size) < round(rate * size) for size, rate in zip(sizes, RATES, strict=True))
        return np.concatenate([first, both, second])

    def draw(self, stream: np.random.SeedSequence) -> AnnotationFrame:
        """Pairs drawn as samplings draw them, each answered by one person."""
        random = np.random.default_rng(stream)
        candidates = [random.permutation(members)[: 2 * self.drawn].tolist() for members in self.members]
        given = share_out(candidates, self.drawn)
        pair = np.concatenate(given).astype(np.int64)
        stratum = np.repeat(np.arange(2), [len(each) for each in given])
        frame = pd.DataFrame(dict.fromkeys(COLUMNS, ""), index=range(len(pair))).assign(
            annotator="one",
            pair=pair,
            comparison=np.array(COMPARISONS)[stratum],
            linked=self.linked[pair].astype(int),
            label=np.where(self.linked[pair], LABELS[0], LABELS[-1]),
        )
        frame[STRATUM], frame[drawn_column("tuned")] = stratum, 1
        frame[STRATUM_SIZE] = np.array([float(len(members)) for members in self.members])[stratum]
        return AnnotationFrame(("tuned",), COMPARISONS, LABELS, frame)


def share_in(comparison: str) -> Callable[[OverlappingStrata], float]:
    """The truth: the share of links in that comparison's stratum."""
    place = COMPARISONS.index(comparison)
    return lambda strata: float(strata.linked[strata.members[place]].mean())
