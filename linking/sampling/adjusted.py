"""Similarities that are sums of others, scaled, with something added for either record: what CSLS and fusing are.

As with `linking.sampling.similarity`, what such a similarity *is* `AdjustedSimilarity.exact` says, from the exact
similarities of its parts. Tiles find it by products: a part's scale multiplies the vectors of one side, and what is
added for the records is added to the sum of the products. Pure.
"""

from dataclasses import dataclass

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
        return sum(self._greatest_products()) + self._greatest_added() + 2 * self.margin

    @property
    def margin(self) -> float:
        """Greatest difference between a tile's value and the exact one.

        As `PairSimilarity.margin` for each product; then everything that is added is rounded, and so is each sum, and
        the parts' exact similarities are.
        """
        products = self._greatest_products()
        found = 0.0
        for part, greatest in zip(self.parts, products, strict=True):
            error = (part.a.dimension + 16) * FLOAT32_UNIT
            found += error / (1 - error) * greatest
        roundings = 2 * (len(self.parts) + 4) * FLOAT32_UNIT
        return found + roundings * (sum(products) + self._greatest_added()) + 1e-30

    def _greatest_products(self) -> list[float]:
        """Of each part."""
        return [
            scale * part.a.rows.longest * part.b.rows.longest
            for part, scale in zip(self.parts, self.scales, strict=True)
        ]

    def _greatest_added(self) -> float:
        return sum(float(np.abs(terms).max(initial=0.0)) for terms in (self.of_a, self.of_b))

    def take(self, rows: np.ndarray, columns: np.ndarray) -> "AdjustedSimilarity":
        """Some groups of either side (masks, or places)."""
        parts = tuple(part.take(rows, columns) for part in self.parts)
        return AdjustedSimilarity(parts, self.scales, self.of_a[rows], self.of_b[columns], self.span)

    def factor(self, side: str, part: int, vectors: np.ndarray) -> np.ndarray:
        """(n, d) float32 vectors of one side as a part's products take them: those of `a` are scaled."""
        return vectors * np.float32(self.scales[part]) if side == "a" else vectors

    def added(self, side: str) -> np.ndarray | None:
        """(groups,) what is added for each group of a side; None where that is nothing."""
        terms = self.of_a if side == "a" else self.of_b
        return terms if terms.any() else None

    def ungrouped(self) -> "AdjustedSimilarity":
        """Raises ValueError: what is added is known of records only."""
        raise ValueError("the percentile is over pairs of records where similarity is csls or fused")

    def exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(k,) float32: the similarity, by definition, of group rows[i] of `a` with group columns[i] of `b`."""
        total = self.of_a[rows] + self.of_b[columns]
        for part, scale in zip(self.parts, self.scales, strict=True):
            total += scale * part.exact(rows, columns).astype(np.float64)
        return total.astype(np.float32)
