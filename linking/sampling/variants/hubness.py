"""Similarity that hubs do not win: cross-domain similarity local scaling (CSLS), exactly.

    csls(a, b) = 2 s(a, b) - r(a) - r(b)

with s the similarity by a comparison and model, r(a) the mean of a's similarities to its NEAREST nearest records of
the other collection (all where it has fewer), and r(b) likewise: Conneau, Lample, Ranzato, Denoyer and Jégou, Word
translation without parallel data, ICLR 2018, section 2.3, with their 10. Some records are near to everything and
would fill all lists (hubs: Radovanović, Nanopoulos and Ivanović, JMLR 11, 2010); their r is great.

Tiles find the few pairs that can be among a record's nearest, with their margin; which are, exact similarities say.
Pure.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from heritage.progress import Progress
from linking.sampling.adjusted import AdjustedSimilarity
from linking.sampling.similarity import PairSimilarity
from linking.sampling.tiles import Engine, Section, Tile

NEAREST = 10
SPAN = 2.0

Found = list[tuple[np.ndarray, np.ndarray]]  # groups, exact similarities


def without_hubs(
    section: Section, engine: Engine, *, progress: Progress | None = None, what: str = "Looking for hubs"
) -> Section:
    """The pairs of two whole collections by CSLS. section: by plain or centred similarity."""
    greatest = [_Greatest(len(side)) for _ in section.models for side in (section.a, section.b)]
    look = partial(_candidates, greatest)
    for found in engine.sweep([section], [-np.inf] * len(section.models), look, progress=progress, what=what):
        for own, (groups, values) in zip(greatest, found, strict=True):
            own.add(groups, values)
    shared = engine.group.collect([own.values for own in greatest])
    means = [_mean_of_greatest([each[place] for each in shared]) for place in range(len(greatest))]
    models = []
    for place, pairs in enumerate(section.models):
        assert isinstance(pairs, PairSimilarity)  # noqa: S101 - what is adjusted already has no hubs to look for
        models.append(AdjustedSimilarity((pairs,), (2.0,), -means[2 * place], -means[2 * place + 1], SPAN))
    return Section(tuple(models))


class _Greatest:
    """The greatest similarities of each of some groups. values: (n, NEAREST) float32, descending, -inf for none."""

    def __init__(self, count: int) -> None:
        self.values = np.full((count, NEAREST), -np.inf, np.float32)

    def add(self, groups: np.ndarray, values: np.ndarray) -> None:
        order = np.lexsort((-values, groups))
        groups, values = groups[order], values[order]
        distinct, first, counts = np.unique(groups, return_index=True, return_counts=True)
        rank = np.arange(len(groups)) - np.repeat(first, counts)
        of = np.repeat(np.arange(len(distinct)), counts)
        new = np.full((len(distinct), NEAREST), -np.inf, np.float32)
        near = rank < NEAREST
        new[of[near], rank[near]] = values[near]
        self.values[distinct] = _descending(np.concatenate([self.values[distinct], new], axis=1))


def _descending(values: np.ndarray) -> np.ndarray:
    return -np.sort(-values, axis=1)[:, :NEAREST]


def _mean_of_greatest(tables: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) float64 of what several processes found."""
    values = _descending(np.concatenate(tables, axis=1)).astype(np.float64)
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _candidates(greatest: list[_Greatest], tile: Tile) -> Found:
    """For each model and side those pairs of a tile that can be among a group's nearest; in a thread of its own."""
    rows, columns = tile.groups
    shape = len(tile.rows), len(tile.columns)
    found = []
    for place, pairs in enumerate(tile.section.models):
        values = tile.values[place].reshape(shape)
        for side, groups in enumerate((tile.rows, tile.columns)):
            table = values if side == 0 else values.T
            known = greatest[2 * place + side].values[groups, -1]  # another thread may raise it: none lowers it
            near = _reaching(table, known, pairs.margin)
            cells = np.flatnonzero(near if side == 0 else near.T)
            exact = pairs.exact(rows[cells], columns[cells])
            found.append(((rows, columns)[side][cells], exact))
    return found


def _reaching(table: np.ndarray, known: np.ndarray, margin: float) -> np.ndarray:
    """(n, m) bool: whether each of a group's m values can be among its NEAREST greatest.

    known: (n,) what the least of its greatest is at least, exactly.
    """
    low = known.astype(np.float64) - margin
    if table.shape[1] > NEAREST:
        here = np.partition(table, -NEAREST, axis=1)[:, -NEAREST].astype(np.float64)
        low = np.maximum(low, here - 2 * margin)
    # Rounded down: a bound that is rounded up would leave out what lies on it.
    bounds = np.nextafter(low.astype(np.float32), np.float32(-np.inf))
    reaching: np.ndarray = table >= bounds[:, None]
    return reaching
