"""Similarities that are sums of others, scaled, with something added for either record: what CSLS and fusing are.

As with `linking.sampling.similarity`, what such a similarity *is* `AdjustedSimilarity.exact` says, from the exact
similarities of its parts. Tiles find it by products alone: a part's scale multiplies the vectors of one side, and
what is added for the records are two more coordinates. So the engine needs to know nothing of either. Pure.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from linking.sampling.similarity import FLOAT32_UNIT, PairSimilarity, VectorGroups


@dataclass(frozen=True, eq=False)
class AdjustedSimilarity:
    """sum of scale * part(a, b) over the parts, + of_a(a) + of_b(b).

    parts: of the same records in the same order; scales: as many, above 0 (or 0 for a part that says nothing).
    of_a: (len(a),) float64; of_b: (len(b),) float64. span: hardly any similarity lies beyond it or its negative.
    """

    parts: tuple[PairSimilarity, ...]
    scales: tuple[float, ...]
    of_a: np.ndarray
    of_b: np.ndarray
    span: float

    @property
    def a(self) -> VectorGroups:
        return self.parts[0].a

    @property
    def b(self) -> VectorGroups:
        return self.parts[0].b

    @property
    def size(self) -> int:
        """Number of pairs."""
        return self.parts[0].size

    @property
    def bound(self) -> float:
        """No similarity, approximate or exact, is greater than this or less than its negative."""
        return sum(self._lengths()) + 2 * self.margin

    @property
    def margin(self) -> float:
        """Greatest difference between a tile's value and the exact one.

        As `PairSimilarity.margin`, of the vectors that products are taken of. These are rounded once more, and so
        are the parts' exact similarities and each sum of products.
        """
        found = 0.0
        for part, length in zip(self.parts, self._lengths(), strict=True):
            error = (part.a.dimension + 2 + 16 + 2 * len(self.parts)) * FLOAT32_UNIT
            found += error / (1 - error) * length
        return found + 1e-30

    def _lengths(self) -> list[float]:
        """For each part, the greatest length of a vector of `a` times that of one of `b`, as products take them."""
        found = []
        for place, (part, scale) in enumerate(zip(self.parts, self.scales, strict=True)):
            a, b = scale * part.a.rows.longest, part.b.rows.longest
            if place == 0:
                of_a, of_b = (float(np.abs(terms).max(initial=0.0)) for terms in (self.of_a, self.of_b))
                a, b = sqrt(a * a + of_a * of_a + 1), sqrt(b * b + 1 + of_b * of_b)
            found.append(a * b)
        return found

    def take(self, rows: np.ndarray, columns: np.ndarray) -> "AdjustedSimilarity":
        """Some groups of either side (masks, or places)."""
        parts = tuple(part.take(rows, columns) for part in self.parts)
        return AdjustedSimilarity(parts, self.scales, self.of_a[rows], self.of_b[columns], self.span)

    def factor(self, side: str, part: int, vectors: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Vectors of some groups as products of tiles take them, so that the parts' products add up.

        part: its place; vectors: (n, d) float32; groups: (n,) the group of each. Returns (n, d) float32, and for the
        first part two more columns: of `a` what is added and 1, of `b` 1 and what is added.
        """
        scale = np.float32(self.scales[part]) if side == "a" else np.float32(1)
        if part:
            return vectors * scale if side == "a" else vectors
        count, dimension = vectors.shape
        found = np.empty((count, dimension + 2), np.float32)
        np.multiply(vectors, scale, out=found[:, :dimension])
        added, one = (dimension, dimension + 1) if side == "a" else (dimension + 1, dimension)
        found[:, added] = (self.of_a if side == "a" else self.of_b)[groups]
        found[:, one] = 1
        return found

    def ungrouped(self) -> "AdjustedSimilarity":
        """Raises ValueError: what is added is known of records only."""
        raise ValueError("the percentile is over pairs of records where similarity is csls or fused")

    def exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(k,) float32: the similarity, by definition, of group rows[i] of `a` with group columns[i] of `b`."""
        total = self.of_a[rows] + self.of_b[columns]
        for part, scale in zip(self.parts, self.scales, strict=True):
            total += scale * part.exact(rows, columns).astype(np.float64)
        return total.astype(np.float32)
