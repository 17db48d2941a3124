"""Similarity of every record of one side with every record of another: fast in tiles, exact where it matters.

All pairs are worked out in float32 matrix products, tile by tile, so that memory stays bounded. Such a
product depends, in its last digits, on the shape of the tile, the number of threads and the device. What a
sampling may depend on must not. So the similarity of a pair is *defined* as `PairSimilarity.exact` works it
out (float64 sums, in an order that depends on the two records alone, rounded to float32), and the tiles only
serve to find the few pairs that are near enough to a threshold to need it: a tile's value differs from the
exact one by at most `PairSimilarity.margin`, a proven bound.

Pure: arrays in, arrays out. Vectors are taken as L2-normalised, so that a dot product is a cosine; a zero
vector has cosine 0 with everything. Another engine (torch, a GPU) need only give `tiles` and its `margin`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from linking.comparisons import Aggregate

FLOAT32_UNIT = 2.0**-24  # half the distance from 1.0 to the next float32: the relative rounding error
DEFAULT_TILE_BYTES = 16 * 2**20
COLUMN_VECTORS = 4096
EXACT_BATCH = 1024  # groups, or pairs of them, whose vectors are gathered at once
FEW_PAIRS = 4096  # below this, looking for repeated contents costs more than it saves


@dataclass(frozen=True, eq=False)
class VectorGroups:
    """The vectors of one modality and model, by record.

    vectors: (n, d) float32; all vectors of a record lie in consecutive rows.
    records: (r,) int64, the record of each group; sizes: (r,), its number of vectors, in descending order;
    first: (r,), its first row in `vectors`.
    """

    vectors: np.ndarray
    records: np.ndarray
    first: np.ndarray
    sizes: np.ndarray

    def __len__(self) -> int:
        return len(self.records)

    def take(self, chosen: np.ndarray) -> "VectorGroups":
        """Some of the groups (a mask, or ascending places), over the same vectors."""
        return VectorGroups(self.vectors, self.records[chosen], self.first[chosen], self.sizes[chosen])

    def ungrouped(self) -> "VectorGroups":
        """Every vector as a group of its own, for percentiles over vector pairs."""
        rows = expand(self.first, self.sizes)
        return VectorGroups(self.vectors, rows, rows, np.ones(len(rows), np.int64))

    def places(self, count: int) -> np.ndarray:
        """(count,) int64: the place of each record's group, -1 where it has none."""
        places = np.full(count, -1, np.int64)
        places[self.records] = np.arange(len(self))
        return places

    def same_shape_as(self, other: "VectorGroups") -> bool:
        return np.array_equal(self.records, other.records) and np.array_equal(self.sizes, other.sizes)

    @cached_property
    def longest(self) -> float:
        """The greatest length of a vector: 1 but for rounding."""
        if not len(self):
            return 0.0
        return float(np.sqrt(np.einsum("ij,ij->i", self.vectors, self.vectors).max()))

    @cached_property
    def contents(self) -> np.ndarray:
        """(r,) int64: for each group, the first group whose vectors are the same, bit for bit."""
        seen: dict[bytes, int] = {}
        return np.array(
            [
                seen.setdefault(blake2b(self.vectors[start : start + size].tobytes(), digest_size=16).digest(), place)
                for place, (start, size) in enumerate(zip(self.first, self.sizes, strict=True))
            ],
            np.int64,
        )

    def sums(self, places: np.ndarray) -> np.ndarray:
        """(len(places), d) float64: the sum of the vectors of each of those groups; places ascend."""
        totals = np.zeros((len(places), self.vectors.shape[1]))
        first = self.first[places]
        for layer, count in enumerate(_layers(self.sizes[places])):
            totals[:count] += self.vectors[first[:count] + layer]
        return totals

    def all_means(self) -> np.ndarray:
        """(r, d) float32: the mean vector of every group."""
        table = np.empty((len(self), self.vectors.shape[1]), np.float32)
        for start in range(0, len(self), EXACT_BATCH):
            places = np.arange(start, min(start + EXACT_BATCH, len(self)))
            table[places] = self.sums(places) / self.sizes[places, None]
        return table


def group_vectors(records: np.ndarray, vectors: np.ndarray) -> VectorGroups:
    """Gather a table's rows by record.

    records: (n,) int64, the record of each row; rows of a record must be consecutive.
    vectors: (n, d) float32. Raises ValueError if shapes do not fit or a number is not finite.
    """
    if vectors.ndim != 2 or records.shape != (len(vectors),):
        raise ValueError(f"{records.shape} records do not fit vectors of shape {vectors.shape}")
    for start in range(0, len(vectors), 65536):
        if not np.isfinite(vectors[start : start + 65536]).all():
            raise ValueError("a vector holds NaN or infinity")
    starts = np.flatnonzero(np.diff(records, prepend=records[:1] - 1)) if len(records) else np.empty(0, np.int64)
    sizes = np.diff(starts, append=len(records))
    if len(np.unique(records[starts])) != len(starts):
        raise ValueError("the vectors of a record do not lie in consecutive rows")
    order = np.argsort(-sizes, kind="stable")
    return VectorGroups(np.ascontiguousarray(vectors, np.float32), records[starts][order], starts[order], sizes[order])


@dataclass(frozen=True)
class Tile:
    """Similarities, in float32 and within `margin`, of groups row, row + 1, ... with column, column + 1, ..."""

    row: int
    column: int
    values: np.ndarray

    def groups(self) -> tuple[slice, slice]:
        """Its row groups and its column groups."""
        rows, columns = self.values.shape
        return slice(self.row, self.row + rows), slice(self.column, self.column + columns)

    def cells(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column groups of places in `values.ravel()`."""
        rows, columns = np.divmod(flat, self.values.shape[1])
        return rows + self.row, columns + self.column


@dataclass(frozen=True, eq=False)
class PairSimilarity:
    """The similarity of each group of `a` with each group of `b`: the max or the mean of their cosines."""

    a: VectorGroups
    b: VectorGroups
    aggregate: Aggregate
    tile_bytes: int = DEFAULT_TILE_BYTES

    @property
    def size(self) -> int:
        """Number of pairs."""
        return len(self.a) * len(self.b)

    @property
    def bound(self) -> float:
        """No similarity, approximate or exact, is greater than this or less than its negative."""
        return self.a.longest * self.b.longest + 2 * self.margin

    @property
    def margin(self) -> float:
        """Greatest difference between a tile's value and the exact one.

        A float32 dot product of d terms, summed in any order, errs by at most d u / (1 - d u) times the
        product of the lengths (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1, where
        u is the unit round-off); the rest is for the rounding of mean vectors and of the result.
        """
        error = (self.a.vectors.shape[1] + 8) * FLOAT32_UNIT
        return error / (1 - error) * self.a.longest * self.b.longest + 1e-30

    def ungrouped(self) -> "PairSimilarity":
        """The cosines themselves, before they are aggregated."""
        return PairSimilarity(self.a.ungrouped(), self.b.ungrouped(), "max", self.tile_bytes)

    def tiles(self) -> Iterator[Tile]:
        """All pairs, each once. A tile's values are overwritten when the next is asked for.

        The shape of the tiles follows from `tile_bytes` and the groups' sizes, not from the vectors: two
        models whose groups are the same give the same tiles.
        """
        product = np.empty(0, np.float32)
        for (column, column_end), row_ranges in self._tiling():
            right, right_layers = self._operand(self.b, self._b_means, column, column_end)
            for row, row_end in row_ranges:
                left, left_layers = self._operand(self.a, self._a_means, row, row_end)
                needed = len(left) * len(right)
                if product.size < needed:
                    product = np.empty(needed, np.float32)
                values = np.matmul(left, right.T, out=product[:needed].reshape(len(left), len(right)))
                values = _max_of_layers(_max_of_layers(values, left_layers).T, right_layers).T
                yield Tile(row, column, values)

    @property
    def tile_count(self) -> int:
        return sum(sum(1 for _ in rows) for _, rows in self._tiling())

    def _tiling(self) -> Iterator[tuple[tuple[int, int], Iterator[tuple[int, int]]]]:
        """Ranges of columns, and for each the ranges of rows that make tiles with it."""
        cells = max(self.tile_bytes // 4, 1)
        # Of means there is one for each group, whatever its size.
        a_sizes, b_sizes = (
            (self.a.sizes, self.b.sizes) if self.aggregate == "max" else map(np.ones_like, (self.a.sizes, self.b.sizes))
        )
        for columns in _ranges(b_sizes, min(COLUMN_VECTORS, max(cells // 64, 1))):
            width = int(b_sizes[slice(*columns)].sum())
            yield columns, _ranges(a_sizes, max(cells // width, 1))

    def _operand(
        self, groups: VectorGroups, means: np.ndarray | None, start: int, end: int
    ) -> tuple[np.ndarray, list[int]]:
        """Rows to multiply for groups start to end, layer by layer, and how many groups each layer holds.

        In layers a maximum over each group's rows is one over plain slices of the product.
        """
        if means is not None:
            return means[start:end], [end - start]
        layers = _layers(groups.sizes[start:end])
        first = groups.first[start:end]
        rows = np.concatenate([first[:count] + layer for layer, count in enumerate(layers)])
        return groups.vectors[rows], layers

    @cached_property
    def _a_means(self) -> np.ndarray | None:
        """(r, d) float32 mean vectors, where a mean is wanted: the mean of all cosines is the means' dot product."""
        return self.a.all_means() if self.aggregate == "mean" else None

    @cached_property
    def _b_means(self) -> np.ndarray | None:
        return self.b.all_means() if self.aggregate == "mean" else None

    def exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(k,) float32: the similarity, by definition, of group rows[i] of `a` with group columns[i] of `b`."""
        if len(rows) > FEW_PAIRS:
            # Museums have thousands of records that say the same words: work each pair of contents out once.
            contents = self.a.contents[rows] * len(self.b) + self.b.contents[columns]
            distinct, inverse = np.unique(contents, return_inverse=True)
            return self._exact(*np.divmod(distinct, len(self.b)))[inverse]
        return self._exact(rows, columns)

    def _exact(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        work_out = self._exact_mean if self.aggregate == "mean" else self._exact_max
        values = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), EXACT_BATCH):
            batch = slice(start, start + EXACT_BATCH)
            values[batch] = work_out(rows[batch], columns[batch])
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
        step = max(self.tile_bytes // (16 * self.a.vectors.shape[1]), 1)
        for start in range(0, int(ends[-1]) if len(ends) else 0, step):
            cosine = np.arange(start, min(start + step, ends[-1]))
            pair = np.searchsorted(ends, cosine, side="right")
            left, right = np.divmod(cosine - ends[pair], b_sizes[pair])  # counted from the pair's end: negative
            left += self.a.sizes[rows[pair]]
            a = self.a.vectors[self.a.first[rows[pair]] + left]
            b = self.b.vectors[self.b.first[columns[pair]] + right]
            cosines = np.multiply(a, b, dtype=np.float64).sum(axis=1)
            begins = np.flatnonzero(np.diff(pair, prepend=-1))
            np.maximum.at(values, pair[begins], np.maximum.reduceat(cosines, begins))
        return values


def expand(first: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The rows first[i], first[i] + 1, ..., first[i] + sizes[i] - 1, for each i in turn."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(first - before, sizes) + np.arange(sizes.sum())


def _ranges(sizes: np.ndarray, limit: int) -> Iterator[tuple[int, int]]:
    """Consecutive ranges of groups with at most `limit` vectors each; a larger group is a range of its own."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + limit, side="right")), start + 1)
        yield start, end
        start = end


def _layers(sizes: np.ndarray) -> list[int]:
    """How many groups have a first vector, a second, and so on.

    As groups come largest first, the groups of a layer are the first so many.
    """
    return np.searchsorted(-sizes, -np.arange(sizes.max(initial=0)), side="left").tolist()


def _max_of_layers(values: np.ndarray, layers: list[int]) -> np.ndarray:
    """Maximum over the layers of rows, in place: (sum(layers), c) -> (layers[0], c)."""
    result = values[: layers[0]]
    start = layers[0]
    for count in layers[1:]:
        np.maximum(result[:count], values[start : start + count], out=result[:count])
        start += count
    return result
