"""Permutation tests: shuffle, refit, and compare the coefficients.

The authors shuffle labels over all annotations, as if one answer told nothing of another. Answers to one pair are
alike, and where several people answer the same pairs that finds models where there are none: so here whole pairs change
places, each with all its answers, and among pairs of one kind only. What is tested either way is that no model's
finding matters to anybody; not one coefficient beside others, nor an average over people who follow a model
differently.

Only regressions with an intercept are tested. Shuffling keeps the overall share of links, so without an
intercept the shuffled coefficients would not centre on zero.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from annotation.analysis.designs import Coding, Design, count_patterns

from .logit import Regression

SHUFFLES = 9_999

BINS = 41  # an odd number, so that one lies around 0

_TIE = 1e-9  # coefficients of equal counts differ by rounding alone
_INFINITE = 15.0  # log odds at which a shuffled table counts as separated


@dataclass(frozen=True)
class Histogram:
    """Counts in bins of equal width from `low` to `high`. What lies beyond is counted in the first and the last."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class PermutationTest:
    """`p` is the share (b + 1) / (m + 1) of tables whose coefficient is as far from 0 as the observed one.

    b counts these among the m shuffled tables, and the observed table counts as one of its own; after
    Phipson and Smyth, "Permutation p-values should never be zero" (2010).
    """

    regression: str
    coding: Coding
    term: str
    n: int
    coef: float
    p: float | None
    shuffles: int
    seed: int
    within: str = ""  # among what pairs changed places; empty where labels were shuffled over all annotations
    reason: str = ""  # why p is None
    histogram: Histogram | None = None  # of the shuffled tables' coefficients


def permutation_tests(
    design: Design,
    linked: pd.Series,
    regression: Regression,
    *,
    seed: int,
    shuffles: int = SHUFFLES,
    pairs: pd.Series | None = None,
    blocks: pd.Series | None = None,
    within: str = "",
) -> tuple[PermutationTest, ...]:
    """One test for each slope of `regression`, which is the fit of `design` with an intercept.

    With `pairs` (n,) whole pairs are shuffled among those whose rows have the same value in `blocks` (n,), and `within`
    says in words what these are; without, labels are, over all rows. Empty where a slope has no estimate.
    """
    if not regression.slopes or not all(row.is_estimated for row in regression.slopes):
        return ()
    counts = count_patterns(design.predictors, linked, intercept=True)
    random = np.random.default_rng(seed)
    if pairs is None:
        # Shuffling labels over rows deals the links to the patterns by the multivariate hypergeometric law.
        shuffled = random.multivariate_hypergeometric(counts.total, int(counts.linked.sum()), size=shuffles)
        total = counts.total
    else:
        blocks = pd.Series("", index=pairs.index) if blocks is None else blocks
        shuffled, total = _shuffled_pairs(design, linked, pairs, blocks, random, shuffles=shuffles)
    coefficients = logit_coefficients(counts.design, shuffled, total)
    slopes = {row.term for row in regression.slopes}
    tests = []
    for place, term in enumerate(counts.terms):
        observed = regression.row(term).coef
        if term not in slopes or observed is None:
            continue
        as_far = int((np.abs(coefficients[:, place]) >= abs(observed) - _TIE).sum())
        fixed = pairs is not None and bool((np.abs(coefficients[:, place] - observed) < _TIE).all())
        tests.append(
            PermutationTest(
                regression=regression.name,
                coding=regression.coding,
                term=term,
                n=regression.n,
                coef=observed,
                p=None if fixed else (as_far + 1) / (shuffles + 1),
                shuffles=shuffles,
                seed=seed,
                within=within,
                reason=f"No shuffle changes it: {within or 'all pairs'} are all alike." if fixed else "",
                histogram=None if fixed else _histogram(coefficients[:, place], observed),
            )
        )
    return tuple(tests)


def permutation_document(test: PermutationTest) -> dict[str, Any]:
    """One test as plain data for JSON."""
    histogram = test.histogram and asdict(test.histogram) | {"counts": list(test.histogram.counts)}
    return asdict(test) | {"histogram": histogram}


def _histogram(coefficients: NDArray[np.float64], observed: float) -> Histogram:
    """Even about 0 and as wide as the observed coefficient and all but one in a thousand of the shuffled ones need."""
    finite = np.abs(coefficients[np.isfinite(coefficients)])
    far = float(np.quantile(finite, 0.999)) if finite.size else 0.0
    reach = 1.05 * max(abs(observed), far, _TIE)
    counts, _ = np.histogram(np.clip(coefficients, -reach, reach), bins=BINS, range=(-reach, reach))
    return Histogram(-reach, reach, tuple(counts.tolist()))


def _shuffled_pairs(
    design: Design,
    linked: pd.Series,
    pairs: pd.Series,
    blocks: pd.Series,
    random: np.random.Generator,
    *,
    shuffles: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Links and annotations, (shuffles, patterns) each, after pairs of a block have changed places with all answers.

    Pairs with as many answers and links are the same to the counts, so each such class is dealt to the patterns at
    once: the first by the multivariate hypergeometric law, the next to the places that are left.
    """
    columns = list(design.predictors.columns)
    rows = design.predictors.assign(
        **{"|linked": linked.to_numpy(), "|block": blocks.to_numpy(), "|pair": pairs.to_numpy()}
    ).dropna()
    rows["|pattern"] = rows.groupby(columns).ngroup()  # numbered in the order of `count_patterns`
    patterns = int(rows["|pattern"].max()) + 1
    units = rows.groupby(["|block", "|pair", "|pattern"])["|linked"].agg(["sum", "size"]).reset_index()
    links, total = (np.zeros((shuffles, patterns), dtype=np.int64) for _ in range(2))
    for _, block in units.groupby("|block"):
        places = np.bincount(block["|pattern"], minlength=patterns).astype(np.int64)
        left = np.tile(places, (shuffles, 1))
        for (linking, answers), alike in block.groupby(["sum", "size"]):
            dealt = _dealt(left, len(alike), random)
            left -= dealt
            links += dealt * int(linking)
            total += dealt * int(answers)
    return links, total


def _dealt(places: NDArray[np.int64], count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """How many of `count` pairs come to each pattern, (shuffles, patterns), where so many `places` are left."""
    if (places == places[0]).all():
        return np.asarray(random.multivariate_hypergeometric(places[0], count, size=len(places)))
    dealt = np.zeros_like(places)
    rest = np.full(len(places), count)
    for pattern in range(places.shape[1] - 1):
        elsewhere = places[:, pattern + 1 :].sum(axis=1)
        dealt[:, pattern] = random.hypergeometric(places[:, pattern], elsewhere, rest)
        rest = rest - dealt[:, pattern]
    dealt[:, -1] = rest
    return dealt


def logit_coefficients(
    design: NDArray[np.float64], linked: NDArray[np.int64], total: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Maximum-likelihood coefficients (tables, k) of many outcomes on one design, by Newton's method at once.

    `design` (patterns, k) has full column rank, `linked` (tables, patterns) counts the links of each table and
    `total`, (patterns,) or (tables, patterns), the annotations. A table without a finite estimate gets infinities. One
    statsmodels fit per table would take a thousand times as long; a test holds the two equal.
    """
    tables, k = len(linked), design.shape[1]
    coefficients = np.zeros((tables, k))
    total = np.broadcast_to(total, linked.shape)
    open_tables = np.arange(tables)
    for _ in range(100):
        if not len(open_tables):
            break
        expected = expit(coefficients[open_tables] @ design.T)
        counted = total[open_tables] * expected
        gradient = (linked[open_tables] - counted) @ design
        information = np.einsum("tp,pi,pj->tij", counted * (1.0 - expected), design, design)
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        coefficients[open_tables] += step
        separated = np.abs(coefficients[open_tables] @ design.T).max(axis=1) > _INFINITE
        coefficients[open_tables[separated]] = np.inf
        open_tables = open_tables[~separated & (np.abs(step).max(axis=1) > 1e-11)]
    return coefficients
