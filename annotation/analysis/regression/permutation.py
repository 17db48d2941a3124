"""The authors' permutation test: refit on shuffled labels and compare the coefficients.

The authors shuffle over all annotations. That also deals one annotator's links to another, and one comparison's to
another; shuffled within blocks of one annotator's pairs of one kind, only the models' findings are set loose.

Only regressions with an intercept are tested. Shuffling keeps the overall share of links, so without an
intercept the shuffled coefficients would not centre on zero.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from annotation.analysis.designs import Coding, Design, PatternCounts, count_patterns

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
    within: str = ""  # what the blocks are; empty where labels were shuffled over all annotations
    reason: str = ""  # why p is None
    histogram: Histogram | None = None  # of the shuffled tables' coefficients


def permutation_tests(
    design: Design,
    linked: pd.Series,
    regression: Regression,
    *,
    seed: int,
    shuffles: int = SHUFFLES,
    blocks: pd.Series | None = None,
    within: str = "",
) -> tuple[PermutationTest, ...]:
    """One test for each slope of `regression`, which is the fit of `design` with an intercept.

    `blocks` (n,) keeps labels among the rows of the same value; `within` says in words what these are. Empty where
    a slope has no estimate.
    """
    if not all(row.is_estimated for row in regression.slopes):
        return ()
    counts = count_patterns(design.predictors, linked, intercept=True)
    shuffled = _shuffled_links(design, linked, counts, blocks, seed=seed, shuffles=shuffles)
    coefficients = logit_coefficients(counts.design, shuffled, counts.total)
    slopes = {row.term for row in regression.slopes}
    tests = []
    for place, term in enumerate(counts.terms):
        observed = regression.row(term).coef
        if term not in slopes or observed is None:
            continue
        as_far = int((np.abs(coefficients[:, place]) >= abs(observed) - _TIE).sum())
        fixed = blocks is not None and bool((np.abs(coefficients[:, place] - observed) < _TIE).all())
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
                reason=f"No shuffle changes it: the pairs {within} are all alike." if fixed else "",
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


def _shuffled_links(
    design: Design,
    linked: pd.Series,
    counts: PatternCounts,
    blocks: pd.Series | None,
    *,
    seed: int,
    shuffles: int,
) -> NDArray[np.int64]:
    """Links (shuffles, patterns) on each pattern after shuffling labels within blocks.

    Shuffling labels over rows deals the links to the patterns by the multivariate hypergeometric law.
    """
    random = np.random.default_rng(seed)
    if blocks is None:
        return random.multivariate_hypergeometric(counts.total, int(counts.linked.sum()), size=shuffles)
    columns = list(design.predictors.columns)
    rows = design.predictors.assign(**{"|linked": linked.to_numpy(), "|block": blocks.to_numpy()}).dropna()
    rows["|pattern"] = rows.groupby(columns).ngroup()  # numbered in the order of `counts`
    sizes = rows.groupby(["|block", "|pattern"]).size().unstack(fill_value=0).to_numpy(dtype=np.int64)
    links = rows.groupby("|block")["|linked"].sum().to_numpy(dtype=np.int64)
    total = np.zeros((shuffles, len(counts.total)), dtype=np.int64)
    for size, count in zip(sizes, links, strict=True):
        total += random.multivariate_hypergeometric(size, int(count), size=shuffles)
    return total


def logit_coefficients(
    design: NDArray[np.float64], linked: NDArray[np.int64], total: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Maximum-likelihood coefficients (tables, k) of many outcomes on one design, by Newton's method at once.

    `design` (patterns, k) has full column rank, `linked` (tables, patterns) counts the links of each table and
    `total` (patterns,) the annotations. A table without a finite estimate gets infinities. One statsmodels
    fit per table would take a thousand times as long; a test holds the two equal.
    """
    tables, k = len(linked), design.shape[1]
    coefficients = np.zeros((tables, k))
    open_tables = np.arange(tables)
    for _ in range(100):
        if not len(open_tables):
            break
        expected = expit(coefficients[open_tables] @ design.T)
        gradient = (linked[open_tables] - total * expected) @ design
        information = np.einsum("tp,pi,pj->tij", total * expected * (1.0 - expected), design, design)
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        coefficients[open_tables] += step
        separated = np.abs(coefficients[open_tables] @ design.T).max(axis=1) > _INFINITE
        coefficients[open_tables[separated]] = np.inf
        open_tables = open_tables[~separated & (np.abs(step).max(axis=1) > 1e-11)]
    return coefficients
