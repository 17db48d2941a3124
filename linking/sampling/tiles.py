"""One sweep over all pairs of some sections, all models side by side, tile by tile, in bounded memory.

A tile is some groups of one side with some of the other. Its pairs that reach a bound for at least one model,
few where the bounds are high, go to a function of the caller's, in a thread for each tile that is worked on.
Which pairs a tile holds depends on the memory, on the device and on the number of processes; what is found over
all tiles does not. Pure.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np

from heritage.progress import NoProgress, Progress
from linking.sampling.adjusted import AdjustedSimilarity
from linking.sampling.devices import Device, Processors, Side
from linking.sampling.similarity import PairSimilarity, VectorGroups, layers, ranges

DEFAULT_MEMORY_MB = 512
MOST_COLUMNS = 4096  # vectors

Similarity = PairSimilarity | AdjustedSimilarity
Found = TypeVar("Found")
Shared = TypeVar("Shared")


class Group(Protocol):
    """Process `rank` of `size`."""

    @property
    def rank(self) -> int: ...
    @property
    def size(self) -> int: ...

    def collect(self, own: Shared) -> list[Shared]:
        """What each process has, in the order of their ranks: the same list in all of them."""


@dataclass(frozen=True)
class Alone:
    """One process."""

    rank: int = 0
    size: int = 1

    def collect(self, own: Shared) -> list[Shared]:
        return [own]


ALONE = Alone()


@dataclass(frozen=True, eq=False)
class Section:
    """The pairs of some records with others, and their similarity for each model.

    The groups of all models, and of all their parts, are of the same records in the same order; their numbers of
    vectors may differ.
    """

    models: tuple[Similarity, ...]

    def __post_init__(self) -> None:
        for part in (part for model in self.models for part in model.parts):
            for side in ("a", "b"):
                if not np.array_equal(getattr(part, side).records, getattr(self.models[0], side).records):
                    raise ValueError("the models have vectors of different images or texts")

    @property
    def a(self) -> np.ndarray:
        """The records of the rows."""
        return self.models[0].a.records

    @property
    def b(self) -> np.ndarray:
        """The records of the columns."""
        return self.models[0].b.records

    @property
    def size(self) -> int:
        return self.models[0].size

    def take(self, rows: np.ndarray, columns: np.ndarray) -> "Section":
        """Some rows with some columns (masks, or places)."""
        return Section(tuple(model.take(rows, columns) for model in self.models))


@dataclass(frozen=True, eq=False)
class Tile:
    """Pairs of a section: groups rows[i] with groups columns[j].

    cells: (k,) ascending places, row * columns + column, of the pairs that reach a bound; values: (models, k)
    float32, their similarities within the models' margins.
    """

    section: Section
    rows: np.ndarray
    columns: np.ndarray
    cells: np.ndarray
    values: np.ndarray

    @property
    def size(self) -> int:
        return len(self.rows) * len(self.columns)

    @cached_property
    def groups(self) -> tuple[np.ndarray, np.ndarray]:
        """The groups of `cells`, by place in the section: of rows and of columns."""
        rows, columns = np.divmod(self.cells, len(self.columns))
        return self.rows[rows], self.columns[columns]


@dataclass(frozen=True)
class Engine:
    """What sweeps are made with: nothing that they find depends on it.

    memory: bytes for vectors, tiles and pairs at work, roughly; vectors that are held all the time come on top.
    group: the processes that share a sweep; each does its part of the tiles.
    """

    device: Device = field(default_factory=Processors)
    memory: int = DEFAULT_MEMORY_MB * 2**20
    group: Group = ALONE

    def sweep(
        self,
        sections: Sequence[Section],
        lows: Sequence[float],
        look: Callable[[Tile], Found],
        *,
        progress: Progress | None = None,
        what: str = "Comparing",
    ) -> Iterator[Found]:
        """What `look` makes of each tile, in order. lows: each model's bound, a float32."""
        progress = progress or NoProgress()
        bounds = [np.float32(low) for low in lows]
        shapes = [self._shape(section) for section in sections]
        blocks = list(zip(sections, shapes, strict=True))
        tiles = sum(shape.tiles for shape in shapes)
        progress.start(what, total=-(-(tiles - self.group.rank) // self.group.size))
        with self.device.ready(), ThreadPoolExecutor(self.device.workers) as pool:
            waiting: deque[Future[Found]] = deque()
            try:
                number = 0
                for section, shape in blocks:
                    for columns in shape.columns:
                        right = self._sides(section, "b", columns)
                        for rows in shape.rows:
                            number += 1
                            if (number - 1) % self.group.size != self.group.rank:
                                continue
                            waiting.append(pool.submit(self._tile, section, rows, columns, right, bounds, look))
                            if len(waiting) > 2 * self.device.workers:
                                yield waiting.popleft().result()
                                progress.advance()
                while waiting:
                    yield waiting.popleft().result()
                    progress.advance()
            finally:
                for future in waiting:
                    future.cancel()

    def _shape(self, section: Section) -> "_Shape":
        parts = [part for model in section.models for part in model.parts]
        products = len(section.models) + (len(parts) > len(section.models))  # one more is added to them
        dimension = max(part.a.dimension for part in parts)
        # A quarter for the columns' vectors, half for products and rows' vectors.
        most_columns = max(min(self.memory // (4 * len(parts) * dimension * 4), MOST_COLUMNS), 1)
        a, b = (np.max([_counts(part, side) for part in parts], axis=0) for side in ("a", "b"))
        columns = list(ranges(b, most_columns))
        width = max(int(b[start:end].sum()) for start, end in columns)
        cells = min(self.memory // (2 * self.device.workers * products * 4), self.device.most_cells)
        # Few pairs are shared out too.
        most_rows = min(cells // (width + dimension), -(-int(a.sum()) // (self.group.size * self.device.workers)))
        return _Shape(columns, list(ranges(a, max(most_rows, 1))))

    def _tile(
        self,
        section: Section,
        rows: tuple[int, int],
        columns: tuple[int, int],
        right: list[list[Side]],
        lows: list[np.float32],
        look: Callable[[Tile], Found],
    ) -> Found:
        cells, values = self.device.reaching(self._sides(section, "a", rows), right, lows)
        return look(Tile(section, _by_size(section, "a", rows), _by_size(section, "b", columns), cells, values))

    def _sides(self, section: Section, side: str, groups: tuple[int, int]) -> list[list[Side]]:
        """Each model's vectors of groups from start to end, for each of its parts."""
        order = _by_size(section, side, groups)
        return [
            [self._side(model, place, part, side, order) for place, part in enumerate(model.parts)]
            for model in section.models
        ]

    def _side(self, model: Similarity, place: int, part: PairSimilarity, side: str, order: np.ndarray) -> Side:
        own: VectorGroups = getattr(part, side)
        terms = model.added(side) if place == 0 else None
        added = None if terms is None else self.device.hold(terms[order].astype(np.float32))
        if part.aggregate == "mean":
            return Side(self.device.hold(model.factor(side, place, own.means(order))), [len(order)], None, added)
        sizes, places = own.sizes[order], None
        if np.any(sizes[1:] > sizes[:-1]):  # another part's groups have other sizes
            by_size = np.argsort(-sizes, kind="stable")
            places = np.argsort(by_size)
            order, sizes = order[by_size], sizes[by_size]
        counts, first = layers(sizes), own.first[order]
        rows = np.concatenate([first[:count] + layer for layer, count in enumerate(counts)])
        return Side(self.device.hold(model.factor(side, place, own.rows.gather(rows))), counts, places, added)


@dataclass(frozen=True)
class _Shape:
    """Ranges of a section's groups that make its tiles, each of the columns with each of the rows."""

    columns: list[tuple[int, int]]
    rows: list[tuple[int, int]]

    @property
    def tiles(self) -> int:
        return len(self.columns) * len(self.rows)


def _counts(part: PairSimilarity, side: str) -> np.ndarray:
    """Rows that each group takes in a product: of means there is one, whatever the group's size."""
    sizes: np.ndarray = getattr(part, side).sizes
    return sizes if part.aggregate == "max" else np.ones_like(sizes)


def _by_size(section: Section, side: str, groups: tuple[int, int]) -> np.ndarray:
    """The groups of a range in the order of a tile: by descending size under the first model."""
    sizes = _counts(section.models[0].parts[0], side)[slice(*groups)]
    return groups[0] + np.argsort(-sizes, kind="stable")
