"""Similarities of all records of one side with all of another, in tiles of rows: by a comparison, or fused. Pure.

A way to compare ("plain", ...) makes similarities of two sides' vectors. Further ways are entered in WAYS. "fused" is
no way of its own but a sum over the comparisons, to be had of each way: "fused" is "plain+fused".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError
from linking.sampling.comparisons import Comparison, Modality
from linking.sampling.similarity import PairSimilarity, VectorGroups

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


# Similarities of some groups of A with some of B (masks), by a comparison. Groups hold both sides, so that a way may
# look at a whole collection.
Way = Callable[[Comparison, VectorGroups, Mask, VectorGroups, Mask], RecordTiles]


@dataclass(frozen=True)
class Variant:
    """A way to compare, by each comparison or `fused` over them. name: as it was asked for."""

    name: str
    way: str
    fused: bool


def read_variant(name: str) -> Variant:
    """The variant of that name: one of WAYS, "fused", or both with a plus. Raises UserError that lists them."""
    parts = name.split("+")
    ways = [part for part in parts if part in WAYS]
    if len(ways) > 1 or len(ways) + parts.count(FUSED) != len(parts) or parts.count(FUSED) > 1:
        raise UserError(f"No similarity is called {name!r}; choose from {', '.join([*WAYS, FUSED])}, or join a + b.")
    return Variant(name, ways[0] if ways else PLAIN, fused=FUSED in parts)


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


# --- Ways ------------------------------------------------------------------------------------


def compare_plainly(comparison: Comparison, a: VectorGroups, of_a: Mask, b: VectorGroups, of_b: Mask) -> ComparedSides:
    """The vectors' cosines as they are, as the paper takes them."""
    return ComparedSides(PairSimilarity(a.take(of_a), b.take(of_b), comparison.aggregate))


WAYS: dict[str, Way] = {PLAIN: compare_plainly}


def compare_records(
    variant: Variant, comparisons: Sequence[Comparison], groups: Groups, a: Mask, b: Mask
) -> RecordTiles:
    """One comparison, or several fused, of the records of A with those of B that have all that is compared.

    a, b: (records,) masks over places, of which records there are on each side.
    """
    has_a = a & _having(groups, {each.a for each in comparisons}, len(a))
    has_b = b & _having(groups, {each.b for each in comparisons}, len(b))
    parts = []
    for each in comparisons:
        left, right = groups(each.a), groups(each.b)
        parts.append(WAYS[variant.way](each, left, has_a[left.records], right, has_b[right.records]))
    return FusedSides(parts) if variant.fused else parts[0]


def _having(groups: Groups, modalities: set[Modality], count: int) -> Mask:
    having = np.ones(count, bool)
    for modality in modalities:
        has = np.zeros(count, bool)
        has[groups(modality).records] = True
        having &= has
    return having
