"""Intervals and paired tests over the records of an evaluation. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar

RESAMPLES = 2_000
_BLOCK = 200  # resamples drawn at once, to bound memory

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """Of one model's mean from another's, over the same records: mean, 95 % interval, p of no difference."""

    mean: float
    low: float
    high: float
    p: float


def mean_interval(figures: Figures, *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean over records; `figures` (n,) is one figure per record."""
    if len(figures) < 2 or np.ptp(figures) == 0:
        return float(figures.mean()), float(figures.mean())
    found = bootstrap(
        (figures,), np.mean, n_resamples=RESAMPLES, batch=_BLOCK, method="percentile", rng=np.random.default_rng(seed)
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def paired_accuracy(one: NDArray[np.bool_], other: NDArray[np.bool_], *, seed: int = 0) -> Difference:
    """`one` minus `other`, (n,) whether each record was right; p by McNemar's exact test."""
    both = [
        [int((one & other).sum()), int((one & ~other).sum())],
        [int((~one & other).sum()), int((~one & ~other).sum())],
    ]
    differences = one.astype(np.float64) - other
    low, high = mean_interval(differences, seed=seed)
    return Difference(float(differences.mean()), low, high, float(mcnemar(both, exact=True).pvalue))


def paired_means(one: Figures, other: Figures, *, seed: int = 0) -> Difference:
    """`one` minus `other`, (n,) a figure per record; p by random signs of the differences (both tails).

    The smallest p is 1 / (RESAMPLES + 1).
    """
    differences = np.asarray(one, np.float64) - other
    low, high = mean_interval(differences, seed=seed)
    generator = np.random.default_rng(seed)
    observed, extreme = abs(differences.sum()), 0
    for _ in range(RESAMPLES // _BLOCK):
        signs = generator.integers(0, 2, (_BLOCK, len(differences)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ differences) >= observed - 1e-9).sum())
    return Difference(float(differences.mean()), low, high, (extreme + 1) / (RESAMPLES + 1))
