"""Thresholds, the size of every pattern, and draws, of all pairs that one comparison compares, in one sweep.

The rule is one sweep. Its windows (`linking.sampling.thresholds`) are guessed; pairs outside all of them are counted
and drawn from as they are met, those inside are kept until the thresholds are known, and decided then. Where more are
inside than memory may hold, or the guess was wrong, the sweep only narrows the windows and another follows.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from heritage.progress import Progress
from linking.sampling.draw import SmallestKeys, pair_keys
from linking.sampling.thresholds import Evidence, Rank, Tally, Window, greatest, guess_windows, narrowed, similar
from linking.sampling.tiles import Engine, Section, Tile

KEPT_SHARE = 4  # of the memory a quarter is for pairs that are kept
HASHED_AT_ONCE = 2**16


@dataclass(frozen=True, eq=False)
class Lot:
    """What is drawn from: all pairs of some patterns.

    key: the stratum's, which every pair's number follows from; codes: (2 ** models,) bool, which patterns.
    """

    key: int
    codes: np.ndarray
    limit: int


@dataclass(frozen=True, eq=False)
class Records:
    """keys: (n,) uint64 by place. chosen: (n,) bool or None: only pairs with one of these are counted and drawn."""

    keys: np.ndarray
    chosen: np.ndarray | None = None


@dataclass(frozen=True)
class Census:
    """thresholds by model; sizes: (2 ** models,) int64, pairs by pattern code; drawn: for each lot at most its limit
    of pairs (a, b), by the places of the records, in the order of their numbers."""

    thresholds: list[float]
    sizes: np.ndarray
    drawn: list[list[tuple[int, int]]]


def take_census(
    sections: Sequence[Section],
    records: Records,
    lots: Sequence[Lot],
    *,
    percentile: float,
    thresholds: Sequence[float] | None = None,
    parts: int = 1,
    engine: Engine,
    progress: Progress | None = None,
    what: str = "Comparing",
) -> Census:
    """thresholds: where they are known already; otherwise each model's is the percentile over these pairs.

    parts: by how many comparisons a model must find a pair similar; a section's similarities are then of the first
    model's comparisons, of the second's, and so on, each with its threshold.

    Raises ValueError if there is no pair, or models have vectors of different images or texts.
    """
    count = sum(section.size for section in sections)
    if not count:
        raise ValueError("a percentile of no pairs")
    rank = Rank.of(percentile, count)
    models = range(len(sections[0].models))
    margins = [greatest(sections, model, "margin") for model in models]
    if thresholds is None:
        windows = guess_windows(sections, rank, engine)
    else:
        windows = [Window.known(*known) for known in zip(thresholds, margins, strict=True)]
    while True:
        sweep = _Sweep(sections, records, lots, windows, parts, engine)
        sweep.run(progress, what)
        windows = [
            narrowed(
                windows[model],
                rank,
                sweep.evidence(model, count),
                margin=margins[model],
                bound=greatest(sections, model, "bound"),
                kept=partial(sweep.kept_near, model) if sweep.keeps else None,
            )
            for model in models
        ]
        found = [window.threshold for window in windows if window.threshold is not None]
        if len(found) == len(windows):
            if sweep.keeps:
                return sweep.census(found)
            if not lots:
                return Census(found, np.empty(0, np.int64), [])


def percentile_thresholds(
    sections: Sequence[Section],
    percentile: float,
    *,
    engine: Engine,
    progress: Progress | None = None,
    what: str = "Finding the thresholds",
) -> list[float]:
    """Each model's percentile over all pairs of the sections. Raises ValueError if there is none."""
    nothing = Records(np.empty(0, np.uint64))
    census = take_census(sections, nothing, [], percentile=percentile, engine=engine, progress=progress, what=what)
    return census.thresholds


@dataclass(frozen=True, eq=False)
class _Kept:
    """Pairs of a section that are not decided: places of their groups, and (models, k) what tiles say of them.

    Of models whose threshold is known it is infinity for similar and its negative for not.
    """

    section: Section
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class _Part:
    """What one tile adds."""

    reached: list[int]
    histograms: list[np.ndarray]
    tallies: list[Tally]
    kept: _Kept
    sizes: np.ndarray
    drawn: list[np.ndarray]


class _Sweep:
    """One sweep with given windows, and what it found."""

    def __init__(
        self,
        sections: Sequence[Section],
        records: Records,
        lots: Sequence[Lot],
        windows: Sequence[Window],
        parts: int,
        engine: Engine,
    ) -> None:
        self.sections, self.records, self.lots, self.windows, self.engine = sections, records, lots, windows, engine
        self.open = [place for place, window in enumerate(windows) if window.threshold is None]
        # A window whose pairs are counted by value leaves them undecided.
        self.keeps = not any(window.by_value for window in windows)
        self._room = engine.memory // (KEPT_SHARE * (8 + 4 * len(windows)))
        self._parts: list[_Part] = []
        self._kept: list[_Kept] = []
        self._of_parts = parts
        self._sizes = np.zeros(2 ** (len(windows) // parts), np.int64)
        self._smallest = [SmallestKeys(lot.limit) for lot in lots]

    def run(self, progress: Progress | None, what: str) -> None:
        reached = np.zeros(len(self.windows), np.int64)
        histograms = [window.histogram(np.empty(0, np.float32)) for window in self.windows]
        tallies: list[Tally] = [Tally.sum([])] * len(self.windows)
        lows = [window.low for window in self.windows]
        for part in self.engine.sweep(self.sections, lows, self._look, progress=progress, what=what):
            reached += part.reached
            for model in self.open:
                histograms[model] += part.histograms[model]
                tallies[model] = Tally.sum([tallies[model], part.tallies[model]])
            if self.keeps:
                self._keep(part)
        shared = self.engine.group.collect((reached, histograms, tallies, self.keeps))
        self._reached = np.sum([each[0] for each in shared], axis=0)
        self._histograms = [np.sum([each[1][model] for each in shared], axis=0) for model in range(len(self.windows))]
        self._tallies = [Tally.sum([each[2][model] for each in shared]) for model in range(len(self.windows))]
        self.keeps = all(each[3] for each in shared)

    def _keep(self, part: _Part) -> None:
        self._room -= len(part.kept.rows)
        if self._room < 0:
            self.keeps, self._kept = False, []
            return
        self._kept.append(part.kept)
        self._add(part.sizes, part.drawn)

    def _add(self, sizes: np.ndarray, drawn: list[np.ndarray]) -> None:
        self._sizes += sizes
        for smallest, pairs in zip(self._smallest, drawn, strict=True):
            smallest.add(pairs)

    def _look(self, tile: Tile) -> _Part:
        """What a tile adds; in a thread of its own."""
        rows, columns = tile.groups
        inside = np.zeros(len(tile.cells), bool)
        flags = np.empty(tile.values.shape, bool)
        reached = []
        histograms: list[np.ndarray] = []
        tallies: list[Tally] = []
        for model, (window, values) in enumerate(zip(self.windows, tile.values, strict=True)):
            reached.append(int(np.count_nonzero(values >= np.float32(window.low))))
            if window.threshold is not None:
                flags[model] = similar(tile.section.models[model], window.threshold, rows, columns, values)
                tile.values[model] = np.where(flags[model], np.inf, -np.inf)
                histograms.append(np.empty(0, np.int64))
                tallies.append(Tally.sum([]))
                continue
            flags[model] = values > np.float32(window.high)
            here = (values >= np.float32(window.low)) & ~flags[model]
            inside |= here
            histograms.append(window.histogram(values[here]))
            exact = tile.section.models[model].exact(rows[here], columns[here]) if window.by_value else values[:0]
            tallies.append(Tally.of(exact))
        waiting = rows[inside].astype(np.int32), columns[inside].astype(np.int32)
        kept = _Kept(tile.section, *waiting, tile.values[:, inside])
        if not self.keeps:
            return _Part(reached, histograms, tallies, kept, self._sizes[:0], [])
        settled = ~inside
        sizes, drawn = self._count(tile.section, rows[settled], columns[settled], flags[:, settled])
        nowhere = self._from_nowhere(tile) if any(lot.codes[0] for lot in self.lots) else []
        return _Part(reached, histograms, tallies, kept, sizes, [*map(_joined, drawn, nowhere)] if nowhere else drawn)

    def _count(
        self, section: Section, rows: np.ndarray, columns: np.ndarray, flags: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Pairs by pattern, and for each lot those that may be drawn: (3, n) keys and records."""
        codes = np.zeros(len(rows), np.intp)
        for model in range(0, len(flags), self._of_parts):
            codes = 2 * codes + flags[model : model + self._of_parts].all(axis=0)
        a, b = section.a[rows], section.b[columns]
        if self.records.chosen is not None:
            chosen = self.records.chosen[a] | self.records.chosen[b]
            a, b, codes = a[chosen], b[chosen], codes[chosen]
        drawn = []
        for lot, smallest in zip(self.lots, self._smallest, strict=True):
            here = lot.codes[codes]
            drawn.append(self._numbered(lot, smallest, a[here], b[here]))
        return np.bincount(codes, minlength=len(self._sizes)), drawn

    def _numbered(self, lot: Lot, smallest: SmallestKeys, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        numbers = pair_keys(lot.key, self.records.keys[a], self.records.keys[b])
        low = numbers <= smallest.bound
        return np.stack([numbers[low], a[low].astype(np.uint64), b[low].astype(np.uint64)])

    def _from_nowhere(self, tile: Tile) -> list[np.ndarray]:
        """For each lot those that may be drawn of a tile's pairs that reach no window: no model finds them similar."""
        a, b = tile.section.a[tile.rows], tile.section.b[tile.columns]
        found: list[list[np.ndarray]] = [[np.empty((3, 0), np.uint64)] for _ in self.lots]
        step = max(HASHED_AT_ONCE // len(b), 1)
        for start in range(0, len(a), step):
            some = a[start : start + step]
            for place, (lot, smallest) in enumerate(zip(self.lots, self._smallest, strict=True)):
                if not lot.codes[0]:
                    continue
                numbers = pair_keys(lot.key, self.records.keys[some][:, None], self.records.keys[b]).ravel()
                cells = np.flatnonzero(numbers <= smallest.bound)
                rows, columns = np.divmod(cells, len(b))
                left, right = some[rows], b[columns]
                pairs = np.stack([numbers[cells], left.astype(np.uint64), right.astype(np.uint64)])
                nowhere = ~np.isin(cells + start * len(b), tile.cells)
                if self.records.chosen is not None:
                    nowhere &= self.records.chosen[left] | self.records.chosen[right]
                found[place].append(pairs[:, nowhere])
        return [np.concatenate(parts, axis=1) for parts in found]

    def evidence(self, model: int, count: int) -> Evidence:
        return Evidence(int(count - self._reached[model]), self._histograms[model], self._tallies[model])

    def kept_near(self, model: int, low: float, high: float) -> tuple[int, Tally]:
        """How many kept values lie in the window but below `low`, and the exact ones of those up to `high`."""
        below, tallies = 0, []
        window = self.windows[model]
        for kept in self._kept:
            values = kept.values[model]
            below += int(np.count_nonzero((values >= np.float32(window.low)) & (values < np.float64(low))))
            near = (values >= np.float64(low)) & (values <= np.float64(high))
            tallies.append(Tally.of(kept.section.models[model].exact(kept.rows[near], kept.columns[near])))
        shared = self.engine.group.collect((below, Tally.sum(tallies)))
        return sum(each[0] for each in shared), Tally.sum([each[1] for each in shared])

    def census(self, thresholds: list[float]) -> Census:
        """All pairs, now that thresholds are known."""
        for kept in self._kept:
            flags = np.stack(
                [
                    similar(pairs, threshold, kept.rows, kept.columns, values)
                    for pairs, threshold, values in zip(kept.section.models, thresholds, kept.values, strict=True)
                ]
            )
            self._add(*self._count(kept.section, kept.rows, kept.columns, flags))
        shared = self.engine.group.collect((self._sizes, [smallest.smallest() for smallest in self._smallest]))
        sizes = np.sum([each[0] for each in shared], axis=0)
        sizes[0] = sum(map(self._eligible, self.sections)) - sizes[1:].sum()
        drawn = []
        for place, lot in enumerate(self.lots):
            smallest = SmallestKeys(lot.limit)
            for each in shared:
                smallest.add(each[1][place])
            drawn.append(smallest.pairs())
        return Census(thresholds, sizes, drawn)

    def _eligible(self, section: Section) -> int:
        if self.records.chosen is None:
            return section.size
        others = [int(np.count_nonzero(~self.records.chosen[side])) for side in (section.a, section.b)]
        return section.size - others[0] * others[1]


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.concatenate([one, other], axis=1)
