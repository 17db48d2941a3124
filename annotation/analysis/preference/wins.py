"""Which model's results experts prefer: wins with intervals, and pairwise tests, from answers to choices.

An answer names the models behind the chosen row, none where no row was better. Where several models showed the same
records they share a row, and its win: each of m models gets 1/m. So wins and answers without a winner add up to n.

One query is answered for several slices by several experts, and one expert answers many choices: answers are no
independent draws. Queries are the unit everywhere: intervals come from resampling whole queries, and the tests count
for how many queries a model was better. What other experts would say neither of them knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap, norm, t

from annotation.analysis.regression.multiplicity import holm

RESAMPLES = 2_000
# An exact sign test of five queries cannot fall below 2 / 2**5 = 0.0625.
FEWEST_QUERIES = 6
ALPHA = 0.05


@dataclass(frozen=True)
class PreferenceFrame:
    """A study's current answers.

    `frame` has the columns query, slice, annotator and chosen: a tuple of the models behind the chosen row, empty
    where none was better. `waiting` counts choices without an answer, `same_for_all` queries and slices for which
    all models found the same records, so that nobody was asked, and `shared_rows` those in which some did.
    """

    models: tuple[str, ...]
    slices: tuple[str, ...]
    frame: pd.DataFrame
    waiting: int = 0
    same_for_all: int = 0
    shared_rows: int = 0


@dataclass(frozen=True)
class WinShare:
    """A model's wins as a share of all answers, with its 95 % interval; None where nothing can be said."""

    model: str  # empty: no row was better
    wins: float
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Wins:
    """The answers of one group: all, or those to one slice, or of one expert (then without intervals)."""

    group: str
    n: int
    queries: int
    by_model: tuple[WinShare, ...]
    none_better: WinShare

    def of(self, model: str) -> WinShare:
        return next(row for row in self.by_model if row.model == model)


@dataclass(frozen=True)
class PairTest:
    """Two models over the queries: for how many the first won more often than the second, less often, as often.

    `p` is of the exact two-sided sign test on the queries that are not equal; `p_holm` allows for there being several
    pairs. Both are None where all queries are equal.
    """

    models: tuple[str, str]
    better: int
    worse: int
    equal: int
    p: float | None
    p_holm: float | None

    @property
    def can_be_told_from_chance(self) -> bool:
        return self.p_holm is not None and self.p_holm < ALPHA

    @property
    def preferred(self) -> str | None:
        """The model that is preferred, where that can be told from chance."""
        if not self.can_be_told_from_chance:
            return None
        return self.models[0] if self.better > self.worse else self.models[1]


def wins_of(data: PreferenceFrame, *, seed: int = 0) -> Wins:
    """Over all slices."""
    return _wins("all results", data.frame, data.models, seed=seed)


def wins_by_slice(data: PreferenceFrame, *, seed: int = 0) -> tuple[Wins, ...]:
    """In the order of the slices."""
    return tuple(
        _wins(f"results {part}", data.frame[data.frame["slice"] == part], data.models, seed=seed)
        for part in data.slices
    )


def wins_by_annotator(data: PreferenceFrame) -> tuple[Wins, ...]:
    """By name, without intervals: they are here to show whether one expert decides the outcome."""
    return tuple(
        _wins(str(name), rows, data.models, seed=None) for name, rows in data.frame.groupby("annotator", sort=True)
    )


def pair_tests(data: PreferenceFrame) -> tuple[PairTest, ...]:
    """Each two models, in their order, by Holm's method over all of them."""
    counted = []
    query_wins = _by_query(data.frame, data.models)[0]
    for one, other in combinations(range(len(data.models)), 2):
        difference = query_wins[:, one] - query_wins[:, other]
        # Shares such as 1/3 do not add up exactly.
        better, worse = int((difference > 1e-9).sum()), int((difference < -1e-9).sum())
        p = float(binomtest(better, better + worse).pvalue) if better + worse else None
        counted.append(((data.models[one], data.models[other]), better, worse, len(difference) - better - worse, p))
    # A pair without a difference is a pair all the same: it counts for Holm, with p = 1.
    holm_p = holm(np.array([1.0 if p is None else p for *_, p in counted]))
    return tuple(
        PairTest(models, better, worse, equal, p, None if p is None else float(adjusted))
        for (models, better, worse, equal, p), adjusted in zip(counted, holm_p, strict=True)
    )


def share_interval(wins: NDArray[np.float64], answers: NDArray[np.float64], *, seed: int) -> tuple[float, float] | None:
    """95 % interval of sum(wins) / sum(answers), both (queries,), by the percentile bootstrap over queries.

    With few queries percentiles lie too close together. They are taken further out, as far as Student's t lies from
    the normal distribution: Hesterberg's expanded percentile interval ("What teachers should know about the
    bootstrap", The American Statistician 69, 2015).

    Where the share is 0 or 1 for every query there is nothing to resample, and the interval is that of Clopper and
    Pearson for so many queries: never seen in 24 may still be one in seven. None where all queries have another share,
    or there are fewer than two.
    """
    if len(wins) < 2:
        return None
    share = wins.sum() / answers.sum()
    if share in (0.0, 1.0):
        exact = binomtest(round(share * len(wins)), len(wins)).proportion_ci()
        return float(exact.low), float(exact.high)
    if np.ptp(wins / answers) == 0:
        return None
    found = bootstrap(
        (wins, answers),
        lambda won, given, axis=-1: won.sum(axis=axis) / given.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        method="percentile",
        confidence_level=_expanded_level(len(wins)),
        rng=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _expanded_level(queries: int) -> float:
    """The level at which percentiles of so many queries hold what 95 % promises: 0.965 for 24."""
    further = np.sqrt(queries / (queries - 1)) * t.ppf(1 - ALPHA / 2, queries - 1)
    return float(1 - 2 * norm.sf(further))


def _wins(group: str, frame: pd.DataFrame, models: Sequence[str], *, seed: int | None) -> Wins:
    wins, answers = _by_query(frame, models)
    n = int(answers.sum())
    # The last column is what no model won.
    wins = np.column_stack([wins, answers - wins.sum(axis=1)])
    shares = []
    for model, won in zip((*models, ""), wins.T, strict=True):
        won = np.where(np.abs(won - won.round()) < 1e-9, won.round(), won)
        total = float(won.sum())
        interval = share_interval(won, answers, seed=seed) if n and seed is not None else None
        shares.append(WinShare(model, round(total, 6), total / n if n else None, *(interval or (None, None))))
    return Wins(group, n, len(answers), tuple(shares[:-1]), shares[-1])


def _by_query(frame: pd.DataFrame, models: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wins (queries, models) and answers (queries,) of every query that has an answer."""
    credit = np.array(
        [[(model in chosen) / len(chosen) if chosen else 0.0 for model in models] for chosen in frame["chosen"]]
    ).reshape(len(frame), len(models))
    query, names = pd.factorize(frame["query"])
    wins = np.zeros((len(names), len(models)))
    np.add.at(wins, query, credit)
    return wins, np.bincount(query, minlength=len(names)).astype(np.float64)
