"""Rows of a regression table from estimates and how far they scatter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from annotation.analysis.errors import errors_words

from .estimability import listed
from .logit import Coefficient

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """Of one quantity: its variance, what that allows for, and the degrees of freedom of Student's distribution, None
    for the normal one."""

    covariance: str
    variance: float
    degrees_of_freedom: int | None

    @property
    def is_known(self) -> bool:
        return bool(np.isfinite(self.variance) and self.variance > 0)

    @property
    def se(self) -> float:
        """NaN where there is no variance above 0."""
        return float(np.sqrt(self.variance)) if self.is_known else float("nan")

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval's; NaN as `se`."""
        return float(self._law.ppf((1 + LEVEL) / 2)) * self.se

    def p(self, estimate: float) -> float:
        """Two-sided, that the quantity is 0."""
        return float(2 * self._law.sf(abs(estimate) / self.se))

    @property
    def _law(self) -> stats.rv_continuous:
        return stats.norm if self.degrees_of_freedom is None else stats.t(self.degrees_of_freedom)


@dataclass(frozen=True)
class Errors:
    """How far k estimates scatter, told in one way or in several: of each quantity the way with the widest interval
    counts. The first way gives a table its name.

    `covariances` is (ways, k, k); `names` and `degrees_of_freedom` have one for each.
    """

    names: tuple[str, ...]
    covariances: NDArray[np.float64]
    degrees_of_freedom: tuple[int | None, ...]

    @classmethod
    def of(cls, name: str, covariance: NDArray[np.float64], degrees_of_freedom: int | None = None) -> "Errors":
        """One way alone, `covariance` (k, k)."""
        return cls((name,), np.asarray(covariance, dtype=np.float64)[None], (degrees_of_freedom,))

    def along(self, direction: NDArray[np.float64]) -> Spread:
        """Of the sum of the estimates weighted by `direction` (k,)."""
        variances = np.einsum("i,wij,j->w", direction, self.covariances, direction)
        ways = [
            Spread(name, float(variance), df)
            for name, variance, df in zip(self.names, variances, self.degrees_of_freedom, strict=True)
        ]
        told = [way for way in ways if way.is_known]
        return max(told, key=lambda way: way.half_width) if told else ways[0]

    def wider_elsewhere(self, directions: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
        """A sentence for each way but the first that gave the interval of some of the quantities, which are named."""
        by_way: dict[str, list[str]] = {}
        for term, direction in directions.items():
            by_way.setdefault(self.along(direction).covariance, []).append(term)
        return tuple(
            f"The interval of {listed(terms)} allows for {errors_words(way)} alone, which makes it wider than allowing "
            f"for {errors_words(self.names[0])} together."
            for way, terms in by_way.items()
            if way != self.names[0]
        )


def wald_rows(terms: Sequence[str], estimates: NDArray[np.float64], errors: Errors) -> tuple[Coefficient, ...]:
    """95 % intervals and two-sided p of `estimates` (k,), on the log-odds scale.

    A row whose variance is not above 0, or is not finite, has no figures.
    """
    spreads = [errors.along(direction) for direction in np.eye(len(terms))]
    return tuple(
        wald_row(term, float(estimate), spread)
        for term, estimate, spread in zip(terms, estimates, spreads, strict=True)
    )


def wald_row(term: str, estimate: float, spread: Spread) -> Coefficient:
    """One row; without figures where they would not be finite."""
    if not (np.isfinite(estimate) and spread.is_known):
        return Coefficient(term)
    se, half = spread.se, spread.half_width
    low, high = estimate - half, estimate + half
    z = estimate / se
    with np.errstate(over="ignore"):
        odds = np.exp([estimate, low, high])
    if not np.isfinite(odds).all():
        return Coefficient(term)
    return Coefficient(term, estimate, se, z, spread.p(estimate), low, high, *(float(ratio) for ratio in odds))
