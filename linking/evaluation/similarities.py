"""Similarities of all records of one side with all of another, in tiles of rows: by a comparison, or fused. Pure.

The kinds are those of samplings (`linking.sampling.variants.kinds`), worked out here by numpy over all pairs, where
the engine of samplings only looks at the greatest.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linking.sampling.comparisons import MODALITIES_OF, Comparison, Modality
from linking.sampling.similarity import PairSimilarity, VectorGroups
from linking.sampling.variants.centring import centred
from linking.sampling.variants.hubness import NEAREST
from linking.sampling.variants.kinds import KINDS, SimilarityKind, read_kind
from linking.sampling.variants.pooling import compared_vectors

FUSED = "fused"
PLAIN = "plain"
TILE_CELLS = 2**21  # cosines worked out at once
HELD_CELLS = 2**25  # similarities that are held between passes rather than worked out anew
# Similarities are rounded to this: what differs only by the last digits of a float32 product is tied.
GRAIN = np.float32(2.0**-20)

Mask = NDArray[np.bool_]
Similarity = NDArray[np.float32]
Tiles = Iterator[tuple[int, Similarity]]
Groups = Callable[[Modality], VectorGroups]  # one model's vectors, of both sides


class SimilarityTiles(Protocol):
    """Similarities of all records of A with all of B, worked out anew at each pass, the same each time."""

    @property
    def shape(self) -> tuple[int, int]: ...

    def tiles(self) -> Tiles:
        """(first row, (r, b) float32): some rows with all columns; together all rows, in order."""


class RecordTiles(SimilarityTiles, Protocol):
    """a, b: (n,) int64 ascending, which records the rows and columns are."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]


def read_similarity(name: str) -> SimilarityKind:
    """The kind of that name, such as "centred+fused". Raises UserError that lists them."""
    return KINDS[read_kind([name])]


class ComparedSides:
    """`RecordTiles` of cosines, aggregated by record as a sampling does."""

    def __init__(self, pairs: PairSimilarity) -> None:
        self._pairs = pairs
        self.a, self.b = pairs.a.records, pairs.b.records
        self._columns = _gathered(pairs.b, pairs.aggregate, slice(0, len(pairs.b)))
        self._held: list[tuple[int, NDArray[np.float32]]] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.a), len(self.b)

    def tiles(self) -> Tiles:
        if self._pairs.size > HELD_CELLS:
            yield from self._tiles()
            return
        if self._held is None:
            self._held = list(self._tiles())
        yield from self._held

    def _tiles(self) -> Tiles:
        vectors, first = self._columns
        for start, end in _strips(self._pairs, len(vectors)):
            rows, first_row = _gathered(self._pairs.a, self._pairs.aggregate, slice(start, end))
            cosines = rows @ vectors.T
            if len(first) < len(vectors):
                cosines = np.maximum.reduceat(cosines, first, axis=1)
            if len(first_row) < len(rows):
                cosines = np.maximum.reduceat(cosines, first_row, axis=0)
            yield start, np.round(cosines / GRAIN) * GRAIN


def _strips(pairs: PairSimilarity, columns: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows of at most TILE_CELLS cosines, or of one record."""
    sizes = np.ones_like(pairs.a.sizes) if pairs.aggregate == "mean" else pairs.a.sizes
    ends = np.cumsum(sizes)
    start = 0
    while start < len(ends):
        before = int(ends[start - 1]) if start else 0
        end = int(np.searchsorted(ends, before + max(TILE_CELLS // max(columns, 1), 1), side="right"))
        end = max(end, start + 1)
        yield start, end
        start = end


def _gathered(groups: VectorGroups, aggregate: str, which: slice) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors of some groups, one for each where they are averaged, and where each group's begin among them."""
    places = np.arange(len(groups))[which]
    if aggregate == "mean":
        return groups.means(places), np.arange(len(places))
    sizes = groups.sizes[places]
    first = np.cumsum(sizes) - sizes
    rows = np.repeat(groups.first[places] - first, sizes) + np.arange(sizes.sum())
    return groups.rows.gather(rows), first


class FusedSides:
    """`RecordTiles` of the sum of some comparisons, each standardised over all pairs."""

    def __init__(self, parts: Sequence[RecordTiles]) -> None:
        """Each of the same records on either side."""
        self._parts = parts
        self.a, self.b = parts[0].a, parts[0].b
        self._scales = [_mean_and_spread(part) for part in parts]

    @property
    def shape(self) -> tuple[int, int]:
        return self._parts[0].shape

    def tiles(self) -> Tiles:
        waiting = [_Rows(part.tiles()) for part in self._parts]
        step = max(TILE_CELLS // max(self.shape[1], 1), 1)
        for start in range(0, self.shape[0], step):
            count = min(step, self.shape[0] - start)
            total = np.zeros((count, self.shape[1]))
            for rows, (mean, spread) in zip(waiting, self._scales, strict=True):
                if spread > 0:  # the same for all pairs: tells nothing
                    total += (rows.take(count) - mean) / spread
            yield start, np.round(total.astype(np.float32) / GRAIN) * GRAIN


class _Rows:
    """Rows of tiles, so many at a time."""

    def __init__(self, tiles: Iterator[tuple[int, NDArray[np.float32]]]) -> None:
        self._tiles = tiles
        self._left: NDArray[np.float32] | None = None

    def take(self, count: int) -> NDArray[np.float32]:
        parts: list[NDArray[np.float32]] = []
        while count:
            if self._left is None or not len(self._left):
                self._left = next(self._tiles)[1]
            parts.append(self._left[:count])
            self._left = self._left[count:]
            count -= len(parts[-1])
        return np.concatenate(parts)


def _mean_and_spread(similarities: SimilarityTiles) -> tuple[float, float]:
    count, mean, squares = 0, 0.0, 0.0  # Chan, Golub and LeVeque (1979): no digits are lost in a difference of sums
    for _, tile in similarities.tiles():
        if not tile.size:
            continue
        size, own = tile.size, float(tile.mean(dtype=np.float64))
        own_squares = float(np.square(tile - own, dtype=np.float64).sum())
        squares += own_squares + (own - mean) ** 2 * count * size / (count + size)
        mean += (own - mean) * size / (count + size)
        count += size
    return mean, float(np.sqrt(squares / max(count, 1)))


class SidesWithoutHubs:
    """`RecordTiles` by CSLS (`linking.sampling.variants.hubness` gives the formula and its source)."""

    def __init__(self, sides: RecordTiles) -> None:
        self._sides = sides
        self.a, self.b = sides.a, sides.b
        self._of_a, self._of_b = _nearness(sides)

    @property
    def shape(self) -> tuple[int, int]:
        return self._sides.shape

    def tiles(self) -> Tiles:
        for start, tile in self._sides.tiles():
            here = 2 * tile - self._of_a[start : start + len(tile), None] - self._of_b
            yield start, np.round(here.astype(np.float32) / GRAIN) * GRAIN


def _nearness(sides: SimilarityTiles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(a,), (b,): the mean of each record's similarities to its NEAREST nearest of the other side."""
    of_a = []
    nearest_b = np.empty((0, sides.shape[1]), np.float32)
    for _, tile in sides.tiles():
        of_a.append(_greatest(tile, axis=1).mean(axis=1, dtype=np.float64))
        nearest_b = _greatest(np.concatenate([nearest_b, tile]), axis=0)
    return np.concatenate(of_a) if of_a else np.empty(0), nearest_b.mean(axis=0, dtype=np.float64)


def _greatest(values: Similarity, *, axis: int) -> Similarity:
    """The NEAREST greatest values along an axis, all where there are fewer."""
    count = values.shape[axis]
    if count <= NEAREST:
        return values
    found: Similarity = np.take(np.partition(values, count - NEAREST, axis=axis), range(count - NEAREST, count), axis)
    return found


def compare_records(
    kind: SimilarityKind,
    comparisons: Sequence[Comparison],
    groups: Groups,
    a: Mask,
    b: Mask,
    collections: NDArray[np.int64],
) -> RecordTiles:
    """One comparison, or several fused, of the records of A with those of B that have all that is compared.

    a, b: (records,) masks over places, of which records there are on each side; collections: (records,) which each
    belongs to. What a collection shares is told by all of its records.
    """
    vectors = cache(lambda modality: centred(groups(modality), collections) if kind.centred else groups(modality))
    has_a = a & _having(groups, [MODALITIES_OF[each.a] for each in comparisons], len(a))
    has_b = b & _having(groups, [MODALITIES_OF[each.b] for each in comparisons], len(b))
    parts: list[RecordTiles] = []
    for each in comparisons:
        left, right = compared_vectors(vectors, each.a), compared_vectors(vectors, each.b)
        pairs = PairSimilarity(left.take(has_a[left.records]), right.take(has_b[right.records]), each.aggregate)
        sides = ComparedSides(pairs)
        parts.append(SidesWithoutHubs(sides) if kind.csls else sides)
    return FusedSides(parts) if kind.fused else parts[0]


def _having(groups: Groups, wanted: Sequence[tuple[Modality, ...]], count: int) -> Mask:
    having = np.ones(count, bool)
    for modality in dict.fromkeys(modality for modalities in wanted for modality in modalities):
        has = np.zeros(count, bool)
        has[groups(modality).records] = True
        having &= has
    return having
