"""Similarity of every record of one side with every record of another: what it is, exactly.

All pairs are worked out in float32 matrix products, tile by tile (`linking.sampling.tiles`), so that memory stays
bounded. Such a product depends, in its last digits, on the shape of the tile, the number of threads and the
device. What a sampling may depend on must not. So the similarity of a pair is *defined* as
`PairSimilarity.exact` works it out (float64 sums, in an order that depends on the two records alone, rounded to
float32), and the tiles only serve to find the few pairs that are near enough to a threshold to need it: a
tile's value differs from the exact one by at most `PairSimilarity.margin`, a proven bound.

Pure: arrays in, arrays out. Vectors are taken as L2-normalised, so that a dot product is a cosine; a zero
vector has cosine 0 with everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite

import numpy as np

from linking.sampling.comparisons import Aggregate
from linking.sampling.vector_rows import HeldRows, VectorRows

FLOAT32_UNIT = 2.0**-24  # half the distance from 1.0 to the next float32: the relative rounding error
EXACT_BATCH = 1024  # pairs whose means are worked out at once
EXACT_BYTES = 16 * 2**20  # of vectors gathered at once
SUMMED_GROUPS = 1024  # gathered at once
FEW_PAIRS = 4096  # below this, looking for repeated contents costs more than it saves


@dataclass(frozen=True, eq=False)
class VectorGroups:
    """The vectors of one modality and model, by record.

    rows: (n, d) vectors; all vectors of a record lie in consecutive rows.
    records: (r,) int64, the record of each group; first: (r,), its first row; sizes: (r,), its number of rows.
    """

    rows: VectorRows
    records: np.ndarray
    first: np.ndarray
    sizes: np.ndarray

    def __len__(self) -> int:
        return len(self.records)

    @property
    def dimension(self) -> int:
        return self.rows.shape[1]

    def take(self, chosen: np.ndarray) -> "VectorGroups":
        """Some of the groups (a mask, or places), over the same vectors."""
        return VectorGroups(self.rows, self.records[chosen], self.first[chosen], self.sizes[chosen])

    def ungrouped(self) -> "VectorGroups":
        """Every vector as a group of its own, for percentiles over vector pairs."""
        rows = expand(self.first, self.sizes)
        return VectorGroups(self.rows, rows, rows, np.ones(len(rows), np.int64))

    def places(self, count: int) -> np.ndarray:
        """(count,) int64: the place of each record's group, -1 where it has none."""
        places = np.full(count, -1, np.int64)
        places[self.records] = np.arange(len(self))
        return places

    def same_shape_as(self, other: "VectorGroups") -> bool:
        return np.array_equal(self.records, other.records) and np.array_equal(self.sizes, other.sizes)

    def contents(self, places: np.ndarray) -> np.ndarray:
        """(len(places),) int64: groups whose vectors are the same, bit for bit, have the same number."""
        distinct, inverse = np.unique(places, return_inverse=True)
        digests = [
            blake2b(self.rows.gather(np.arange(first, first + size)).tobytes(), digest_size=8).digest()
            for first, size in zip(self.first[distinct], self.sizes[distinct], strict=True)
        ]
        return np.frombuffer(b"".join(digests), np.int64)[inverse]

    def sums(self, places: np.ndarray) -> np.ndarray:
        """(len(places), d) float64: the sum of the vectors of each of those groups, one after the other."""
        totals = np.zeros((len(places), self.dimension))
        for start in range(0, len(places), SUMMED_GROUPS):
            some = places[start : start + SUMMED_GROUPS]
            order = np.argsort(-self.sizes[some], kind="stable")
            first, partial = self.first[some[order]], np.zeros((len(some), self.dimension))
            for layer, count in enumerate(layers(self.sizes[some[order]])):
                partial[:count] += self.rows.gather(first[:count] + layer)
            totals[start + order] = partial
        return totals

    def means(self, places: np.ndarray) -> np.ndarray:
        """(len(places), d) float32: the mean vector of each of those groups."""
        return (self.sums(places) / self.sizes[places, None]).astype(np.float32)


def group_vectors(records: np.ndarray, vectors: np.ndarray | VectorRows) -> VectorGroups:
    """Gather a table's rows by record.

    records: (n,) int64, the record of each row; rows of a record must be consecutive.
    vectors: (n, d). Raises ValueError if shapes do not fit or a number is not finite.
    """
    if len(vectors.shape) != 2 or records.shape != (vectors.shape[0],):
        raise ValueError(f"{records.shape} records do not fit vectors of shape {vectors.shape}")
    rows = HeldRows(vectors) if isinstance(vectors, np.ndarray) else vectors
    if not isfinite(rows.longest):
        raise ValueError("a vector holds NaN or infinity")
    starts = np.flatnonzero(np.diff(records, prepend=records[:1] - 1)) if len(records) else np.empty(0, np.int64)
    if len(np.unique(records[starts])) != len(starts):
        raise ValueError("the vectors of a record do not lie in consecutive rows")
    return VectorGroups(rows, records[starts], starts, np.diff(starts, append=len(records)))


@dataclass(frozen=True, eq=False)
class PairSimilarity:
    """The similarity of each group of `a` with each group of `b`: the max or the mean of their cosines."""

    a: VectorGroups
    b: VectorGroups
    aggregate: Aggregate

    @property
    def size(self) -> int:
        """Number of pairs."""
        return len(self.a) * len(self.b)

    @property
    def bound(self) -> float:
        """No similarity, approximate or exact, is greater than this or less than its negative."""
        return self.a.rows.longest * self.b.rows.longest + 2 * self.margin

    @property
    def margin(self) -> float:
        """Greatest difference between a tile's value and the exact one.

        A float32 dot product of d terms, summed in any order, errs by at most d u / (1 - d u) times the
        product of the lengths (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1, where
        u is the unit round-off); the rest is for the rounding of mean vectors and of the result.
        """
        error = (self.a.dimension + 8) * FLOAT32_UNIT
        return error / (1 - error) * self.a.rows.longest * self.b.rows.longest + 1e-30

    @property
    def parts(self) -> tuple["PairSimilarity", ...]:
        """Those whose products tiles add up: itself alone."""
        return (self,)

    @property
    def span(self) -> float:
        """Similarities lie between this and its negative, or hardly any beyond."""
        return 1.0

    def take(self, rows: np.ndarray, columns: np.ndarray) -> "PairSimilarity":
        """Some groups of either side (masks, or places)."""
        return PairSimilarity(self.a.take(rows), self.b.take(columns), self.aggregate)

    def factor(self, side: str, part: int, vectors: np.ndarray) -> np.ndarray:
        """(n, d) vectors of one side as products take them: as they are."""
        return vectors

    def added(self, side: str) -> np.ndarray | None:
        """What is added to products for each group of a side: nothing."""
        return None

    def ungrouped(self) -> "PairSimilarity":
        """The cosines themselves, before they are aggregated."""
        return PairSimilarity(self.a.ungrouped(), self.b.ungrouped(), "max")

    def same_shape_as(self, other: "PairSimilarity") -> bool:
        return self.a.same_shape_as(other.a) and self.b.same_shape_as(other.b)

    def exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(k,) float32: the similarity, by definition, of group rows[i] of `a` with group columns[i] of `b`."""
        if len(rows) <= FEW_PAIRS:
            return self._exact(rows, columns)
        # Museums have thousands of records that say the same words: work each pair of contents out once.
        contents = np.stack([self.a.contents(rows), self.b.contents(columns)])
        _, one, inverse = np.unique(contents, axis=1, return_index=True, return_inverse=True)
        as_given = np.argsort(one)  # neighbours lie near to each other in a file, in the order of their hashes not
        return self._exact(rows[one[as_given]], columns[one[as_given]])[np.argsort(as_given)[inverse]]

    def table(self, precision: type[np.floating]) -> np.ndarray:
        """(a, b) of all similarities, in one product of that precision: for some groups, since it is held whole."""
        if self.aggregate == "mean":
            means = [(side.sums(np.arange(len(side))) / side.sizes[:, None]).astype(precision) for side in self._sides]
            product: np.ndarray = means[0] @ means[1].T
            return product
        a, b = (side.rows.gather(expand(side.first, side.sizes)).astype(precision, copy=False) for side in self._sides)
        starts = [np.cumsum(side.sizes) - side.sizes for side in self._sides]
        return np.maximum.reduceat(np.maximum.reduceat(a @ b.T, starts[0], axis=0), starts[1], axis=1)

    @property
    def _sides(self) -> tuple[VectorGroups, VectorGroups]:
        return self.a, self.b

    def _exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        if self.aggregate == "max":
            return self._exact_max(rows, columns)
        values = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), EXACT_BATCH):
            batch = slice(start, start + EXACT_BATCH)
            values[batch] = self._exact_mean(rows[batch], columns[batch])
        return values

    def _exact_mean(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        a, a_inverse = np.unique(rows, return_inverse=True)
        b, b_inverse = np.unique(columns, return_inverse=True)
        totals = (self.a.sums(a)[a_inverse] * self.b.sums(b)[b_inverse]).sum(axis=1)
        return totals / (self.a.sizes[rows] * self.b.sizes[columns])

    def _exact_max(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Maximum over each pair's cosines, which are worked out a bounded number at a time."""
        b_sizes = self.b.sizes[columns]
        ends = np.cumsum(self.a.sizes[rows] * b_sizes)
        values = np.full(len(rows), -np.inf)
        step = max(EXACT_BYTES // (16 * self.a.dimension), 1)
        for start in range(0, int(ends[-1]) if len(ends) else 0, step):
            cosine = np.arange(start, min(start + step, ends[-1]))
            pair = np.searchsorted(ends, cosine, side="right")
            left, right = np.divmod(cosine - ends[pair], b_sizes[pair])  # counted from the pair's end: negative
            left += self.a.sizes[rows[pair]]
            a = self.a.rows.gather(self.a.first[rows[pair]] + left)
            b = self.b.rows.gather(self.b.first[columns[pair]] + right)
            cosines = np.multiply(a, b, dtype=np.float64).sum(axis=1)
            begins = np.flatnonzero(np.diff(pair, prepend=-1))
            np.maximum.at(values, pair[begins], np.maximum.reduceat(cosines, begins))
        return values.astype(np.float32)


def expand(first: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The rows first[i], first[i] + 1, ..., first[i] + sizes[i] - 1, for each i in turn."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(first - before, sizes) + np.arange(sizes.sum())


def ranges(sizes: np.ndarray, limit: int) -> Iterator[tuple[int, int]]:
    """Consecutive ranges of groups with at most `limit` vectors each; a larger group is a range of its own."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + limit, side="right")), start + 1)
        yield start, end
        start = end


def layers(sizes: np.ndarray) -> list[int]:
    """How many groups have a first vector, a second, and so on; sizes in descending order."""
    return np.searchsorted(-sizes, -np.arange(sizes.max(initial=0)), side="left").tolist()
