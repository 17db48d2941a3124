"""The p-th percentile of all similarities, exactly, without ever holding them all.

The percentile is numpy's default (linear interpolation between the two nearest order statistics) over the
exact similarities, and a pair is similar if its similarity is at or above it; so of pairs that tie at the
threshold all are similar. A sample of the pairs guesses an interval around the two order statistics. One pass
over all pairs counts what lies below it and keeps what lies inside; where that is too much to keep, a
histogram of it narrows the interval for another pass. Only pairs nearer to the order statistics than twice
the tiles' margin need their exact similarity. A wrong guess costs a pass, never exactness.

Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, inf, sqrt

import numpy as np

from heritage.progress import NoProgress, Progress
from linking.similarity import PairSimilarity, VectorGroups

KEPT_PAIRS = 2**22
SAMPLED_GROUPS = 1024
HISTOGRAM_BINS = 2**12


@dataclass(frozen=True)
class Rank:
    """Where a percentile lies among n sorted values: between places `lower` and `upper`, from 0."""

    lower: int
    upper: int
    fraction: float

    @classmethod
    def of(cls, percentile: float, count: int) -> "Rank":
        place = (count - 1) * (percentile / 100)
        lower = floor(place)
        return cls(lower, min(lower + 1, count - 1), place - lower)


@dataclass
class Window:
    """What one pass finds between two values, both included.

    kept: per tile its section, the places of the pairs in the section (row * columns + column) and their
    values; None where they were too many.
    """

    below: int
    histogram: np.ndarray
    kept: list[tuple[PairSimilarity, np.ndarray, np.ndarray]] | None


def percentile_threshold(
    sections: Sequence[PairSimilarity],
    percentile: float,
    *,
    progress: Progress | None = None,
    what: str = "Finding the threshold",
    keep: int = KEPT_PAIRS,
) -> float:
    """The percentile of the similarities of all pairs of all sections, in float64.

    `keep` bounds how many pairs are remembered between passes (12 bytes each); `what` names the work to
    `progress`. Raises ValueError if there is no pair.
    """
    count = sum(section.size for section in sections)
    if not count:
        raise ValueError("a percentile of no pairs")
    rank = Rank.of(percentile, count)
    low, high = _order_statistics(_Pass(sections, progress or NoProgress(), what), rank, keep)
    return low + (high - low) * rank.fraction


def _order_statistics(pairs: "_Pass", rank: Rank, keep: int) -> tuple[float, float]:
    margin = max(section.margin for section in pairs.sections)
    bound = max(section.bound for section in pairs.sections) + margin
    low, high = _guess(pairs.sections, rank, bound)
    certain = False  # that all which decides lies in the interval
    while True:
        window = _scan(pairs, low, high, keep)
        ends = window.below + np.cumsum(window.histogram)
        bins = np.searchsorted(ends, [rank.lower, rank.upper], side="right")
        # The two order statistics of the tiles' values lie in these bins; the exact ones within one margin
        # of them, and so all that decides within two. The third is for the rounding of the bins' edges.
        width = (high - low) / HISTOGRAM_BINS
        near_low, near_high = low + width * bins[0] - 3 * margin, low + width * (bins[1] + 1) + 3 * margin
        if not certain and (rank.lower < window.below or rank.upper >= ends[-1] or near_low < low or near_high > high):
            low, high, certain = -bound, bound, True
            continue
        near_low, near_high = max(near_low, low), min(near_high, high)
        if window.kept is not None:
            return _resolve(rank, *_exact_of_kept(window, near_low, near_high))
        if near_high - near_low > (high - low) / 2:
            # More pairs than can be kept lie as near to each other as rounding, or on the two sides of a gap:
            # their exact values are few.
            return _resolve(rank, *_exact_of_all(pairs, near_low, near_high))
        low, high, certain = near_low, near_high, True


def _guess(sections: Sequence[PairSimilarity], rank: Rank, bound: float) -> tuple[float, float]:
    """An interval that very probably holds the order statistics, from some of the groups of both sides.

    All that is possible if the pairs are few. The sample is fixed; a threshold does not depend on it.
    """
    count = sum(section.size for section in sections)
    if count <= SAMPLED_GROUPS**2:
        return -bound, bound
    random = np.random.default_rng(0)
    values = []
    groups = 0
    for section in sections:
        share = sqrt(section.size / count)  # a section gives pairs in proportion to its size
        a, b = (_some_groups(side, round(SAMPLED_GROUPS * share), random) for side in (section.a, section.b))
        groups += min(len(a), len(b))
        sample = PairSimilarity(a, b, section.aggregate, section.tile_bytes)
        values += [tile.values.ravel().copy() for tile in sample.tiles()]
    share = rank.lower / (count - 1)
    # Four standard errors, as if all pairs of a record were one observation.
    spread = 4 * sqrt(share * (1 - share) / groups) + 4 / groups
    low, high = np.quantile(np.concatenate(values), np.clip([share - spread, share + spread], 0, 1))
    return (
        -bound if share - spread <= 0 else float(low),
        bound if share + spread >= 1 else float(high),
    )


def _some_groups(side: VectorGroups, count: int, random: np.random.Generator) -> VectorGroups:
    size = min(len(side), max(count, 1))
    return side.take(np.sort(random.choice(len(side), size, replace=False)))


@dataclass(frozen=True)
class _Pass:
    """Goes over all pairs, as often as asked."""

    sections: Sequence[PairSimilarity]
    progress: Progress
    what: str

    def inside(self, low: float, high: float) -> Iterator[tuple[PairSimilarity, int, np.ndarray, np.ndarray]]:
        """For each tile: its section, how many values are below `low`, places and values of those up to `high`."""
        # Compared in float32, as the tiles are: what lies between the rounded bounds lies between the bounds.
        low32, high32 = float32_at_least(low), -float32_at_least(-high)
        self.progress.start(self.what, total=sum(section.tile_count for section in self.sections))
        for section in self.sections:
            for tile in section.tiles():
                flat = tile.values.ravel()
                cells = np.flatnonzero(flat >= low32)
                below = flat.size - len(cells)
                values = flat[cells]
                if values.max(initial=-inf) > high32:
                    chosen = values <= high32
                    cells, values = cells[chosen], values[chosen]
                rows, columns = tile.cells(cells)
                yield section, below, rows * len(section.b) + columns, values
                self.progress.advance()


def _scan(pairs: _Pass, low: float, high: float, keep: int) -> Window:
    window = Window(0, np.zeros(HISTOGRAM_BINS, np.int64), [])
    kept = 0
    for section, below, places, values in pairs.inside(low, high):
        window.below += below
        bins = ((values - np.float64(low)) * (HISTOGRAM_BINS / (high - low))).astype(np.intp)
        window.histogram += np.bincount(np.clip(bins, 0, HISTOGRAM_BINS - 1), minlength=HISTOGRAM_BINS)
        kept += len(places)
        if kept > keep:
            window.kept = None
        elif window.kept is not None:
            window.kept.append((section, places, values))
    return window


def _exact_of_kept(window: Window, low: float, high: float) -> tuple[int, "_Tally"]:
    below, tally = window.below, _Tally()
    for section, places, values in window.kept or []:
        below += int(np.count_nonzero(values < np.float64(low)))
        near = (values >= np.float64(low)) & (values <= np.float64(high))
        tally.add(section, places[near])
    return below, tally


def _exact_of_all(pairs: _Pass, low: float, high: float) -> tuple[int, "_Tally"]:
    total, tally = 0, _Tally()
    for section, below, places, _ in pairs.inside(low, high):
        total += below
        tally.add(section, places)
    return total, tally


class _Tally:
    """How often each exact value occurs; however many pairs tie, a narrow interval has few float32 values."""

    def __init__(self) -> None:
        self.values = np.empty(0, np.float32)
        self.counts = np.empty(0, np.int64)

    def add(self, section: PairSimilarity, places: np.ndarray) -> None:
        if not len(places):
            return
        values, counts = np.unique(section.exact(*np.divmod(places, len(section.b))), return_counts=True)
        self.values, inverse = np.unique(np.concatenate([self.values, values]), return_inverse=True)
        totals = np.zeros(len(self.values), np.int64)
        np.add.at(totals, inverse, np.concatenate([self.counts, counts]))
        self.counts = totals


def _resolve(rank: Rank, below: int, tally: _Tally) -> tuple[float, float]:
    """The two order statistics among exact values that `below` smaller ones precede."""
    ends = below + np.cumsum(tally.counts)
    lower, upper = np.searchsorted(ends, [rank.lower, rank.upper], side="right")
    return float(tally.values[lower]), float(tally.values[upper])


def float32_at_least(number: float) -> np.float32:
    """The smallest float32 that is not below a number."""
    rounded = np.float32(number)
    return rounded if float(rounded) >= number else np.nextafter(rounded, np.float32(inf))
