"""Rows of a regression table from estimates and their covariance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .logit import Coefficient

LEVEL = 0.95


def wald_rows(
    terms: Sequence[str],
    estimates: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    degrees_of_freedom: int | None = None,
) -> tuple[Coefficient, ...]:
    """95 % intervals and two-sided p of `estimates` (k,) with `covariance` (k, k), on the log-odds scale.

    Student's with `degrees_of_freedom`, normal without. A row whose variance is not above 0, or is not
    finite, has no figures.
    """
    variances = np.diag(covariance)
    return tuple(
        wald_row(term, float(estimate), float(variance), degrees_of_freedom=degrees_of_freedom)
        for term, estimate, variance in zip(terms, estimates, variances, strict=True)
    )


def wald_row(term: str, estimate: float, variance: float, *, degrees_of_freedom: int | None) -> Coefficient:
    """One row; without figures where they would not be finite."""
    law = stats.norm if degrees_of_freedom is None else stats.t(degrees_of_freedom)
    if not (np.isfinite(estimate) and np.isfinite(variance) and variance > 0):
        return Coefficient(term)
    se = float(np.sqrt(variance))
    half = float(law.ppf((1 + LEVEL) / 2)) * se
    low, high = estimate - half, estimate + half
    z = estimate / se
    with np.errstate(over="ignore"):
        odds = np.exp([estimate, low, high])
    if not np.isfinite(odds).all():
        return Coefficient(term)
    return Coefficient(term, estimate, se, z, float(2 * law.sf(abs(z))), low, high, *(float(ratio) for ratio in odds))
