"""Logistic regressions of *linked* on which models find a pair similar: the paper's Tables 6 and 7.

The paper fits both without an intercept, which tests each model's rate of links against one half. Each is
fitted here with an intercept as well, which tests pairs that a model finds similar against pairs that it
does not.

All fits are statsmodels' binomial GLM, with each distinct row of predictors and outcome weighted by how often
it occurs: the likelihood, and so every figure, is that of the row-wise logit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from .designs import INTERCEPT, Coding, Design, PatternCounts, count_patterns
from .separation import diverging_terms, independent_columns, unidentified_terms


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
    """A fitted regression, or one that could not be fitted: then its rows have no figures and a warning says why."""

    name: str
    coding: Coding
    intercept: bool
    covariance: str
    n: int
    rows: tuple[Coefficient, ...]
    warnings: tuple[str, ...] = ()

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
    rows, reasons = _estimate(counts)
    missing = _missing_warnings(design.predictors, n)
    return Regression(
        name=design.name,
        coding=design.coding,
        intercept=intercept,
        covariance="nonrobust",
        n=n,
        rows=rows,
        warnings=tuple(missing if missing and n == 0 else missing + reasons),
    )


def _estimate(counts: PatternCounts) -> tuple[tuple[Coefficient, ...], list[str]]:
    """The table's rows and, where figures are missing from it, the reasons."""
    unknown = tuple(Coefficient(term) for term in counts.terms)
    n, links = int(counts.total.sum()), int(counts.linked.sum())
    if n == 0:
        return unknown, ["There are no annotations to fit it on."]
    if links in (0, n):
        return unknown, [
            f"All {n} annotations are {'links' if links else 'not links'}: nothing can be compared until both occur."
        ]

    unidentified = unidentified_terms(counts.design)
    chosen = independent_columns(counts.design)
    if not chosen:
        return unknown, _identification_warnings(counts, unidentified)
    diverging = diverging_terms(counts.design[:, chosen], counts.linked, counts.total)
    if diverging.any():
        names = [counts.terms[chosen[i]] for i in np.flatnonzero(diverging)]
        return unknown, [
            f"Links and other pairs are perfectly separated by {_listed(names)}: the estimates would be infinite. "
            "More annotations are needed."
        ]

    estimates = _fit(counts.design[:, chosen], counts.linked, counts.total)
    rows = list(unknown)
    for place, column in enumerate(chosen):
        if not unidentified[column]:
            rows[column] = Coefficient(counts.terms[column], *(float(figure) for figure in estimates[place]))
    return tuple(rows), _identification_warnings(counts, unidentified)


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


def _identification_warnings(counts: PatternCounts, unidentified: NDArray[np.bool_]) -> list[str]:
    slopes = [i for i in np.flatnonzero(unidentified) if counts.terms[i] != INTERCEPT]
    values = {i: set(counts.design[:, i]) for i in slopes}
    warnings = [
        f"{counts.terms[i]} is {'1' if values[i] == {1.0} else '0'} for every pair: its effect cannot be told."
        for i in slopes
        if len(values[i]) == 1
    ]
    entangled = [counts.terms[i] for i in slopes if len(values[i]) > 1]
    if entangled:
        warnings.append(
            f"The effects of {_listed(entangled)} cannot be told apart: in these pairs they go together. "
            "Strata in which they disagree are needed."
        )
    return warnings


def _missing_warnings(predictors: pd.DataFrame, n: int) -> list[str]:
    """What to say where `n` of the rows, and not all, have all predictors."""
    if n == len(predictors):
        return []
    if n == 0:
        absent = [str(column) for column in predictors.columns[predictors.isna().all()]]
        return [f"It is not known which pairs are similar by {_listed(absent)}, so this cannot be fitted."]
    return [
        f"{len(predictors) - n} of {len(predictors)} annotations are left out: it is not known whether every "
        "model finds these pairs similar."
    ]


def _listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
