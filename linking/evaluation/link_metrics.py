"""How well similarities tell known links from other pairs: areas, precision, the top of the list, ranks. Pure.

All pairs of two sides are passed over in tiles of rows, three times, and never held together: for the similarities of
the known pairs, for how many pairs lie below, at and above each of these, and for the figures' influence values by
record (`linking.evaluation.estimates`). All figures are exact, ties included, and follow from those counts:

* auc: the chance that a link is more similar than another pair, ties counting half (Mann and Whitney 1947);
* average_precision: the mean precision at each link, equal similarities taken together, as scikit-learn does;
* top_share: the share of links among the most similar 0.1, 1 and 5 % of pairs; of pairs tied at the edge, their share;
* recall, mrr: for each record of either side that has a partner, the rank of its nearest partner among all records
  of the other side that are no partners; records tied with it rank before it. recall: shares found among 1, 5, 10.

Where only drawn pairs are known, figures are weighted by the inverse of their chance to be drawn, and nothing is said
of ranks.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .estimates import Estimate, Floats, Influence
from .known_pairs import LABEL_SETS, KnownPairs
from .similarities import Similarity, SimilarityTiles

TOP_SHARES = (0.1, 1.0, 5.0)  # per cent of all pairs
RECALL_AMONG = (1, 5, 10)
_BUCKETS = 2**16
_LEAST_SPAN = 1e-6
_MARGIN = 0.5  # of the top's size, on either side of its edge, from which the precision there is read

Key = str | tuple[str, float]  # of a figure, as `LinkFigures` names them
Places = NDArray[np.int64]


@dataclass(frozen=True)
class LinkFigures:
    """Figures of one label set by name: "auc", "average_precision", ("top_share", per cent), ("recall", k), "mrr".

    n: pairs; links: of these, of the label set; chance: their share, by weight; queries: records ranked for, 0 where
    only drawn pairs are known.
    """

    n: int
    links: int
    chance: float
    queries: int
    estimates: Mapping[Key, Estimate]


def link_figures(similarities: SimilarityTiles, known: KnownPairs) -> dict[str, LinkFigures]:
    """The figures by label set of LABEL_SETS; a set is left out where it has no pair, or all pairs."""
    values = values_of(similarities, known)
    members = {name: known.closeness >= closest for name, closest in LABEL_SETS.items()}
    members = {name: member for name, member in members.items() if member.any()}
    population = _AllPairs(similarities) if known.complete else _DrawnPairs(known, values)
    ranks = {name: _Ranks(known, values, member, similarities.shape) for name, member in members.items()}
    if not len(known):
        return {}
    ladder = _Ladder(values)
    counts = np.zeros(len(ladder))
    for tile in population.tiles():
        counts += tile.count(ladder.rungs(tile.values), len(counts))
        if isinstance(tile, _Tile):
            for each in ranks.values():
                each.look(tile)
    at = ladder.rungs(values)
    sets = {
        name: _LabelSet(member, known.weights, at, counts, whole=known.complete) for name, member in members.items()
    }
    sets = {name: each for name, each in sets.items() if each.links < each.total * (1 - 1e-12)}
    measures = {name: each.measures() for name, each in sets.items()}
    sums = _sums_by_record(population, ladder, measures, similarities.shape)
    found = {}
    for name, label_set in sets.items():
        estimates: dict[Key, Estimate] = {}
        records = _records(known, label_set.member)
        for key, measure in measures[name].items():
            rows, columns = sums[name, key]
            own = known.weights * measure.own
            rows += _summed(known.a, own, len(rows))
            columns += _summed(known.b, own, len(columns))
            cells = known.weights * measure.every[at] + own
            value = float(np.clip(measure.value, 0.0, 1.0))  # sums end a digit beside
            estimates[key] = Estimate(value, Influence(rows, columns, cells), records, measure.pairs)
        if known.complete:
            estimates |= ranks[name].estimates(records)
        found[name] = LinkFigures(
            n=similarities.shape[0] * similarities.shape[1] if known.complete else len(known),
            links=int(label_set.member.sum()),
            chance=label_set.links / label_set.total,
            queries=ranks[name].queries if known.complete else 0,
            estimates=estimates,
        )
    return found


def values_of(similarities: SimilarityTiles, known: KnownPairs) -> Similarity:
    """(k,) float32: the similarities of the known pairs, in one pass."""
    order = np.argsort(known.a, kind="stable")
    rows = known.a[order]
    found = np.empty(len(known), np.float32)
    for start, tile in similarities.tiles():
        some = order[slice(*np.searchsorted(rows, [start, start + len(tile)]))]
        found[some] = tile[known.a[some] - start, known.b[some]]
    return found


# --- Pairs that are passed over --------------------------------------------------------------


@dataclass(frozen=True)
class _Tile:
    """Some rows with all columns, each pair once."""

    start: int
    values: Similarity

    def count(self, rungs: Places, length: int) -> Floats:
        return np.bincount(rungs.ravel(), minlength=length).astype(np.float64)

    def add(self, influence: Floats, rows: Floats, columns: Floats) -> None:
        rows[self.start : self.start + len(influence)] += influence.sum(axis=1)
        columns += influence.sum(axis=0)


@dataclass(frozen=True)
class _Draws:
    """Single pairs, each as often as its weight says."""

    a: Places
    b: Places
    weights: Floats
    values: Similarity

    def count(self, rungs: Places, length: int) -> Floats:
        return _summed(rungs, self.weights, length)

    def add(self, influence: Floats, rows: Floats, columns: Floats) -> None:
        rows += _summed(self.a, self.weights * influence, len(rows))
        columns += _summed(self.b, self.weights * influence, len(columns))


class _AllPairs:
    def __init__(self, similarities: SimilarityTiles) -> None:
        self._similarities = similarities

    def tiles(self) -> Iterator[_Tile | _Draws]:
        for start, values in self._similarities.tiles():
            yield _Tile(start, values)


class _DrawnPairs:
    def __init__(self, known: KnownPairs, values: Similarity) -> None:
        self._draws = _Draws(known.a, known.b, known.weights, values)

    def tiles(self) -> Iterator[_Tile | _Draws]:
        yield self._draws


class _Ladder:
    """The known pairs' similarities, distinct and ascending, and where others stand on it: 2 j + 1 at its j-th, 2 j
    below it and above the last. Most are told by a grid of buckets, of which few hold a step of it."""

    def __init__(self, values: Similarity) -> None:
        self.steps = np.unique(values)
        span = float(self.steps[-1]) - float(self.steps[0])
        self._scale = np.float32((_BUCKETS - 3) / span if span > _LEAST_SPAN else 0.0)
        of_steps = np.bincount(self._buckets(self.steps), minlength=_BUCKETS)
        self._holds = of_steps > 0
        self._rung = 2 * (np.cumsum(of_steps) - of_steps)

    def __len__(self) -> int:
        """Of rungs."""
        return 2 * len(self.steps) + 1

    def rungs(self, values: Similarity) -> Places:
        buckets = self._buckets(values)
        found = self._rung[buckets]
        inside = self._holds[buckets]
        some = values[inside]
        place = np.searchsorted(self.steps, some)
        found[inside] = 2 * place + (np.append(self.steps, np.float32(np.nan))[place] == some)
        return found

    def _buckets(self, values: Similarity) -> NDArray[np.int32]:
        """In the values' order, whatever is rounded: the first is for what lies below, the last for what lies above."""
        scaled = (values - self.steps[0]) * self._scale
        return (np.clip(scaled, -1.0, np.float32(_BUCKETS - 2)) + np.float32(1.0)).astype(np.int32)


def _summed(places: Places, weights: Floats, count: int) -> Floats:
    """(count,) the sum of the weights at each place."""
    return np.asarray(np.bincount(places, weights, count), np.float64)


# --- Figures from counts ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Measure:
    """A figure's value; its influence is `every` (rungs,) for each pair, by where it stands, and `own` (known,) more
    for each known pair; per unit of weight."""

    value: float
    every: Floats
    own: Floats
    pairs: float = math.inf  # of how many it is a share


class _LabelSet:
    """The pairs of a label set among all, by rung. `member`, `weights`, `at`: (known,) whether a pair belongs to it,
    its weight, its rung; `counts` (rungs,): the weight of all pairs at each. `whole`: every pair weighs 1, and a top of
    them is a whole number."""

    def __init__(self, member: NDArray[np.bool_], weights: Floats, at: Places, counts: Floats, *, whole: bool) -> None:
        self.member, self.weights, self.at, self.whole = member, weights, at, whole
        self.counts, self.total = counts, float(counts.sum())
        self.own = _summed(at[member], weights[member], len(counts))
        self.links = float(self.own.sum())
        self.reaching = np.cumsum(counts[::-1])[::-1]  # weight of all pairs at a rung or above
        self.own_reaching = np.cumsum(self.own[::-1])[::-1]

    def measures(self) -> dict[Key, _Measure]:
        found: dict[Key, _Measure] = {
            "auc": self._auc(),
            "average_precision": self._average_precision(),
        }
        return found | {("top_share", percent): self._top_share(percent / 100) for percent in TOP_SHARES}

    def _auc(self) -> _Measure:
        others = self.counts - self.own
        all_others = self.total - self.links
        below = (np.cumsum(others) - others / 2) / all_others  # of the others, the share that a link here exceeds
        above = (self.own_reaching - self.own / 2) / self.links  # of the links, the share that exceeds a pair here
        auc = float(self.own @ below / self.links)
        as_other = (above - auc) / all_others
        as_link = (below - auc) / self.links
        return _Measure(auc, as_other, np.where(self.member, (as_link - as_other)[self.at], 0.0))

    def _average_precision(self) -> _Measure:
        precision = _ratio(self.own_reaching, self.reaching)
        share = self.own / self.links
        value = float(share @ precision)
        # One pair more at a rung lowers the precision at it and all below; a link raises it by as many hits.
        every = -np.cumsum(share * _ratio(precision, self.reaching))
        hit = np.cumsum(_ratio(share, self.reaching)) + (precision - value) / self.links
        return _Measure(value, every, np.where(self.member, hit[self.at], 0.0))

    def _top_share(self, share: float) -> _Measure:
        """A pair more above the edge pushes another out, which is a link as often as pairs at the edge are."""
        top = share * self.total
        if self.whole:
            top = max(1.0, np.floor(top + 0.5))
            share = top / self.total
        value = self._links_among(top) / top
        low, high = top * (1 - _MARGIN), min(top * (1 + _MARGIN), self.total)
        at_edge = (self._links_among(high) - self._links_among(low)) / (high - low)
        above = self.reaching - self.counts
        within = np.clip(_ratio(top - above, self.counts), 0.0, 1.0)  # of the pairs at each rung
        every = (share * (at_edge - value) - at_edge * within) / top
        # Drawn pairs stand for many: at the top there are as many as their weights say (Kish 1965).
        shares = self.weights * within[self.at]
        pairs = top if self.whole else float(shares.sum() ** 2 / max((shares**2).sum(), 1e-300))
        return _Measure(value, every, np.where(self.member, within[self.at] / top, 0.0), pairs)

    def _links_among(self, top: float) -> float:
        """Weight of links among the most similar pairs of that weight; of the rung at the edge, its share."""
        above = self.reaching - self.counts
        within = np.clip(_ratio(top - above, self.counts), 0.0, 1.0)
        return float(self.own @ within)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """0 where the bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(np.asarray(top, np.float64) + bottom), where=bottom > 0)


def _sums_by_record(
    population: _AllPairs | _DrawnPairs,
    ladder: _Ladder,
    measures: Mapping[str, Mapping[Key, _Measure]],
    shape: tuple[int, int],
) -> dict[tuple[str, Key], tuple[Floats, Floats]]:
    """Each measure's influence of every pair, summed by record of A and of B, in one pass."""
    wanted = {(name, key): measure.every for name, some in measures.items() for key, measure in some.items()}
    sums = {key: (np.zeros(shape[0]), np.zeros(shape[1])) for key in wanted}
    for tile in population.tiles():
        rungs = ladder.rungs(tile.values)
        for key, every in wanted.items():
            tile.add(every[rungs], *sums[key])
    return sums


def _records(known: KnownPairs, member: NDArray[np.bool_]) -> tuple[int, int]:
    return len(np.unique(known.a[member])), len(np.unique(known.b[member]))


# --- Ranks -----------------------------------------------------------------------------------


class _Ranks:
    """For each record that has a partner, of either side: how many others reach its nearest partner's similarity."""

    def __init__(
        self, known: KnownPairs, values: Similarity, member: NDArray[np.bool_], shape: tuple[int, int]
    ) -> None:
        self._known, self._member = known, member
        self._best = tuple(
            _best_partners(records, values, self._member, count)
            for records, count in zip((known.a, known.b), shape, strict=True)
        )
        self._ahead = tuple(-_tied(records, values, self._member, best) for records, best in self._sides())
        self._needed = tuple(np.where(best >= 0, values[best], np.float32(np.inf)) for best in self._best)

    @property
    def queries(self) -> int:
        return int(sum((best >= 0).sum() for best in self._best))

    def look(self, tile: _Tile) -> None:
        rows = slice(tile.start, tile.start + len(tile.values))
        self._ahead[0][rows] += (tile.values >= self._needed[0][rows, None]).sum(axis=1)
        self._ahead[1][:] += (tile.values >= self._needed[1]).sum(axis=0)

    def estimates(self, records: tuple[int, int]) -> dict[Key, Estimate]:
        """After all tiles were looked at."""
        pairs = np.concatenate([best[best >= 0] for best in self._best])
        # Equal pairs may differ in their last digit from one pass to the next: nobody ranks before the first.
        ranks = 1 + np.concatenate(
            [np.maximum(ahead[best >= 0], 0) for best, ahead in zip(self._best, self._ahead, strict=True)]
        )
        figures: dict[Key, Floats] = {("recall", k): (ranks <= k).astype(np.float64) for k in RECALL_AMONG}
        figures["mrr"] = 1.0 / ranks
        return {key: self._mean(figure, pairs, records) for key, figure in figures.items()}

    def _mean(self, figures: Floats, pairs: Places, records: tuple[int, int]) -> Estimate:
        """A query stands and falls with its own record and its partner's: both are its clusters."""
        mean = float(figures.mean())
        influence = (figures - mean) / len(figures)
        sides = (self._known.a[pairs], self._known.b[pairs])
        rows, columns = (_summed(side, influence, len(best)) for side, best in zip(sides, self._best, strict=True))
        cells = _summed(pairs, influence, len(self._known))
        return Estimate(mean, Influence(rows, columns, cells), records)

    def _sides(self) -> Iterator[tuple[Places, Places]]:
        yield self._known.a, self._best[0]
        yield self._known.b, self._best[1]


def _best_partners(records: Places, values: Similarity, member: NDArray[np.bool_], count: int) -> Places:
    """(count,) the place among the known pairs of each record's most similar partner, -1 where it has none."""
    best = np.full(count, -1, np.int64)
    some = np.flatnonzero(member)
    order = some[np.argsort(values[some], kind="stable")]
    best[records[order]] = order  # the last of each record stays: its most similar
    return best


def _tied(records: Places, values: Similarity, member: NDArray[np.bool_], best: Places) -> Places:
    """(count,) how many of a record's partners are as similar as its best one, itself counted."""
    reaching = member & (values >= values[best[records]])
    return np.bincount(records[reaching], minlength=len(best))
