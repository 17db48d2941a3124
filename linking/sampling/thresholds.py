"""The p-th percentile of all similarities, exactly, without ever holding them all.

The percentile is numpy's default (linear interpolation between the two nearest order statistics) over the
exact similarities, and a pair is similar if its similarity is at or above it; so of pairs that tie at the
threshold all are similar. A sample of the pairs guesses a window around the two order statistics
(`guess_windows`). A sweep over all pairs (`linking.sampling.census`) counts what lies below the window and keeps what
lies inside; where that is too much to keep, a histogram of it narrows the window for another sweep. Only pairs nearer
to the order statistics than twice the tiles' margin need their exact similarity. A wrong guess costs a sweep,
never exactness.

Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import floor, inf, sqrt

import numpy as np

from linking.sampling.tiles import ALONE, Engine, Section, Similarity

SAMPLED_GROUPS = 1024
HISTOGRAM_BINS = 2**12
SPREAD = 5  # standard errors of a guess


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

    def resolve(self, below: int, tally: "Tally") -> float:
        """The percentile, given the exact values around it and how many smaller ones precede these."""
        ends = below + np.cumsum(tally.counts)
        lower, upper = tally.values[np.searchsorted(ends, [self.lower, self.upper], side="right")].tolist()
        return lower + (upper - lower) * self.fraction


@dataclass(frozen=True)
class Tally:
    """How often each exact value occurs; however many pairs tie, a narrow window has few float32 values.

    values: (v,) float32, ascending; counts: (v,) int64.
    """

    values: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Tally":
        return cls(*np.unique(values, return_counts=True))

    @classmethod
    def sum(cls, tallies: "Sequence[Tally]") -> "Tally":
        if not tallies:
            return cls(np.empty(0, np.float32), np.empty(0, np.int64))
        values, inverse = np.unique(np.concatenate([tally.values for tally in tallies]), return_inverse=True)
        counts = np.zeros(len(values), np.int64)
        np.add.at(counts, inverse, np.concatenate([tally.counts for tally in tallies]))
        return cls(values, counts)


@dataclass(frozen=True)
class Window:
    """What is known of a model's threshold.

    low, high: float32 numbers; tiles' values below the one are surely not similar, above the other surely are.
    certain: all that decides lies in the window, which a guess does not promise.
    by_value: so many pairs lie in the window, as near to each other as rounding, that they are counted by their
    exact values rather than kept.
    threshold: itself, where it is known.
    """

    low: float
    high: float
    certain: bool = False
    by_value: bool = False
    threshold: float | None = None

    @classmethod
    def around(cls, low: float, high: float, **known: bool) -> "Window":
        return cls(float32_at_most(low), -float32_at_most(-high), **known)

    @classmethod
    def known(cls, threshold: float, margin: float) -> "Window":
        return replace(cls.around(threshold - margin, threshold + margin, certain=True), threshold=threshold)

    def histogram(self, values: np.ndarray) -> np.ndarray:
        """(HISTOGRAM_BINS,) int64 of values in the window."""
        bins = ((values - np.float64(self.low)) * (HISTOGRAM_BINS / max(self.high - self.low, 1e-300))).astype(np.intp)
        return np.bincount(np.clip(bins, 0, HISTOGRAM_BINS - 1), minlength=HISTOGRAM_BINS)


@dataclass(frozen=True)
class Evidence:
    """What a sweep found of one model: how many values lie below its window, the histogram of those inside, and
    for a window `by_value` their tally."""

    below: int
    histogram: np.ndarray
    tally: Tally


def narrowed(
    window: Window,
    rank: Rank,
    evidence: Evidence,
    *,
    margin: float,
    bound: float,
    kept: Callable[[float, float], tuple[int, Tally]] | None,
) -> Window:
    """What is known of a threshold after a sweep.

    kept: where all pairs in the window were kept, gives how many of them lie below a first number, and the exact
    values of those between it and a second.
    """
    if window.threshold is not None:
        return window
    if window.by_value:
        return Window.known(rank.resolve(evidence.below, evidence.tally), margin)
    ends = evidence.below + np.cumsum(evidence.histogram)
    bins = np.searchsorted(ends, [rank.lower, rank.upper], side="right")
    # The two order statistics of the tiles' values lie in these bins; the exact ones within one margin of them,
    # and so all that decides within two. The third is for the rounding of the bins' edges.
    width = (window.high - window.low) / HISTOGRAM_BINS
    low, high = window.low + width * bins[0] - 3 * margin, window.low + width * (bins[1] + 1) + 3 * margin
    outside = rank.lower < evidence.below or rank.upper >= ends[-1] or low < window.low or high > window.high
    if outside and not window.certain:
        return Window.around(-bound, bound, certain=True)
    low, high = max(low, window.low), min(high, window.high)
    if kept is not None:
        below, tally = kept(low, high)
        return Window.known(rank.resolve(evidence.below + below, tally), margin)
    # Where it does not narrow, pairs lie as near to each other as rounding, or on the two sides of a gap: their
    # exact values are few.
    return Window.around(low, high, certain=True, by_value=high - low > (window.high - window.low) / 2)


def guess_windows(sections: Sequence[Section], rank: Rank, engine: Engine) -> list[Window]:
    """For each model a window that very probably holds the order statistics, from some groups of both sides.

    All that is possible if the pairs are few. The sample is fixed; a threshold does not depend on it.
    """
    bounds = [greatest(sections, model, "bound") for model in range(len(sections[0].models))]
    count = sum(section.size for section in sections)
    if count <= SAMPLED_GROUPS**2:
        return [Window.around(-bound, bound, certain=True) for bound in bounds]
    samples = sampled(sections, SAMPLED_GROUPS)
    tables = [np.empty((len(bounds), len(sample.a), len(sample.b)), np.float32) for sample in samples]
    by_section = dict(zip(samples, tables, strict=True))
    for tile in replace(engine, group=ALONE).sweep(samples, [-inf] * len(bounds), lambda tile: tile):
        by_section[tile.section][:, tile.rows[:, None], tile.columns] = tile.values.reshape(
            -1, len(tile.rows), len(tile.columns)
        )
    return [
        _guess([table[model] for table in tables], rank.lower / (count - 1), bound)
        for model, bound in enumerate(bounds)
    ]


def _guess(tables: Sequence[np.ndarray], share: float, bound: float) -> Window:
    """tables: similarities of some records with some others, for each section; share: of pairs below the threshold."""
    pairs = np.concatenate([table.ravel() for table in tables])
    middle = np.quantile(pairs, share)
    variance = share * (1 - share) / len(pairs)
    for table in tables:
        # Pairs of one record go together: the share's variance is that of rows and columns, not of pairs.
        above = table >= middle
        part = sum(above.mean(axis=axis).var() / above.shape[1 - axis] for axis in (0, 1))
        variance += part * (table.size / len(pairs)) ** 2
    spread = SPREAD * sqrt(variance) + 16 / len(pairs)
    low, high = np.quantile(pairs, np.clip([share - spread, share + spread], 0, 1))
    return Window.around(-bound if share - spread <= 0 else float(low), bound if share + spread >= 1 else float(high))


def greatest(sections: Sequence[Section], model: int, what: str) -> float:
    """A model's greatest `margin`, `bound` or `span` over all sections."""
    return max(getattr(section.models[model], what) for section in sections)


def similar(
    pairs: Similarity, threshold: float, rows: np.ndarray, columns: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """(k,) bool: whether pairs are similar, exactly. values: (k,) what tiles say of them."""
    found = values > np.float64(threshold + pairs.margin)
    near = np.flatnonzero(~found & (values >= np.float64(threshold - pairs.margin)))
    found[near] = pairs.exact(rows[near], columns[near]) >= np.float64(threshold)
    return found


def sampled(sections: Sequence[Section], groups: int) -> list[Section]:
    """Some `groups` of either side at random, always the same: all of their pairs stand for the pairs of all."""
    random = np.random.default_rng(0)
    count = sum(section.size for section in sections)
    samples = []
    for section in sections:
        share = sqrt(section.size / count)  # a section gives pairs in proportion to its size
        some = (min(len(side), max(round(groups * share), 1)) for side in (section.a, section.b))
        rows, columns = (
            np.sort(random.choice(len(side), size, replace=False))
            for side, size in zip((section.a, section.b), some, strict=True)
        )
        samples.append(section.take(rows, columns))
    return samples


def float32_at_most(number: float) -> float:
    """The greatest float32 that is not above a number."""
    rounded = np.float32(number)
    return float(rounded if float(rounded) <= number else np.nextafter(rounded, np.float32(-inf)))
