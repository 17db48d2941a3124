"""Logistic regressions of *linked* on which models find a pair similar: the paper's Tables 6 and 7.

The paper fits both without an intercept: a coefficient is then the log odds of a link of pairs that only this model
of the two finds, if the two add up and pairs that neither finds are linked in half of the cases. Each is fitted here
with an intercept as well, which tests pairs that a model finds similar against pairs that it does not.

All fits are statsmodels' binomial GLM, with each distinct row of predictors and outcome weighted by how often
it occurs: the likelihood, and so every figure, is that of the row-wise logit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from annotation.analysis.designs import INTERCEPT, Coding, Design, count_patterns

from .estimability import estimability, missing_warnings


@dataclass(frozen=True)
class Coefficient:
    """One row of a regression table, on the log-odds scale; 95 % Wald intervals.

    All figures are None where the data cannot tell the coefficient; the regression's warnings say why.
    """

    term: str
    coef: float | None = None
    se: float | None = None
    z: float | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    odds_ratio: float | None = None
    odds_low: float | None = None
    odds_high: float | None = None

    @property
    def is_estimated(self) -> bool:
        return self.coef is not None

    @property
    def can_be_told_from_chance(self) -> bool:
        """True where the 95 % interval of the odds ratio leaves out 1."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


@dataclass(frozen=True)
class Regression:
    """A fitted regression, or one that could not be fitted: then its rows have no figures and a warning says why.

    `estimator` says how it was fitted and `covariance` what its standard errors allow for. Intervals and p are
    Student's with `degrees_of_freedom`, or normal where that is None.
    """

    name: str
    coding: Coding
    intercept: bool
    covariance: str
    n: int
    rows: tuple[Coefficient, ...]
    warnings: tuple[str, ...] = ()
    estimator: str = "logit"
    degrees_of_freedom: int | None = None

    @property
    def slopes(self) -> tuple[Coefficient, ...]:
        """The rows without the intercept."""
        return tuple(row for row in self.rows if row.term != INTERCEPT)

    @property
    def is_estimated(self) -> bool:
        """True where at least one coefficient could be estimated."""
        return any(row.is_estimated for row in self.rows)

    def row(self, term: str) -> Coefficient:
        """The row of `term`; KeyError where the regression has none."""
        for row in self.rows:
            if row.term == term:
                return row
        raise KeyError(term)


def fit_logit(design: Design, linked: pd.Series, *, intercept: bool) -> Regression:
    """Regress the 0/1 outcome `linked` (n,) on the design, leaving out rows with a missing predictor.

    Never raises for what the data are like: coefficients that they cannot tell have no figures, and a
    warning says why.
    """
    counts = count_patterns(design.predictors, linked, intercept=intercept)
    n = int(counts.total.sum())
    judged = estimability(counts)
    rows = [Coefficient(term) for term in counts.terms]
    if judged.columns:
        estimates = _fit(counts.design[:, judged.columns], counts.linked, counts.total)
        for place, column in enumerate(judged.columns):
            if column in judged.told:
                rows[column] = Coefficient(counts.terms[column], *(float(figure) for figure in estimates[place]))
    missing = missing_warnings(design.predictors, n)
    return Regression(
        name=design.name,
        coding=design.coding,
        intercept=intercept,
        covariance="nonrobust",
        n=n,
        rows=tuple(rows),
        warnings=missing if missing and n == 0 else missing + judged.warnings,
    )


def _fit(design: NDArray[np.float64], linked: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.float64]:
    """Figures (k, 9) in the order of `Coefficient`'s fields after the term."""
    weights = np.concatenate([linked, total - linked])
    outcome = np.repeat([1.0, 0.0], len(design))
    kept = weights > 0
    model = GLM(outcome[kept], np.vstack([design, design])[kept], family=Binomial(), freq_weights=weights[kept])
    fitted = model.fit(tol=1e-12, tol_criterion="params", maxiter=100)
    interval = fitted.conf_int(alpha=0.05)
    log_odds = [fitted.params, fitted.bse, fitted.tvalues, fitted.pvalues, interval[:, 0], interval[:, 1]]
    odds = [np.exp(fitted.params), np.exp(interval[:, 0]), np.exp(interval[:, 1])]
    return np.column_stack([*log_odds, *odds])
