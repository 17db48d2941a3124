"""Pairs whose relation is known, by place, and the labels that count as links of one kind or another. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNRELATED, SAME_CATEGORY, SIMILAR_OBJECT, SAME_OBJECT = range(4)
# By the labels' keys, from the farthest to the closest.
CLOSENESS = {
    "unrelated": UNRELATED,
    "same_category": SAME_CATEGORY,
    "similar_object": SIMILAR_OBJECT,
    "same_object": SAME_OBJECT,
}
# The sets of labels that figures are about, by the farthest label that belongs to each: any link, similar or closer.
LABEL_SETS = {"linked": SAME_CATEGORY, "similar": SIMILAR_OBJECT, "same": SAME_OBJECT}


@dataclass(frozen=True, eq=False)
class KnownPairs:
    """a, b: (k,) int64 places of the records of two sides; closeness: (k,) of CLOSENESS; weights: (k,), 1 each unless
    drawn. complete: pairs that are not here are unrelated; otherwise nothing is known of them."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    closeness: NDArray[np.int64]
    weights: NDArray[np.float64]
    complete: bool

    def __len__(self) -> int:
        return len(self.a)

    def take(self, chosen: NDArray[np.bool_]) -> "KnownPairs":
        return KnownPairs(
            self.a[chosen], self.b[chosen], self.closeness[chosen], self.weights[chosen], complete=self.complete
        )

    def within(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> "KnownPairs":
        """Those of some records, each given by its place, ascending: by their places among these."""
        kept = self.take(np.isin(self.a, a) & np.isin(self.b, b))
        places = np.searchsorted(a, kept.a), np.searchsorted(b, kept.b)
        return KnownPairs(*places, kept.closeness, kept.weights, complete=self.complete)
