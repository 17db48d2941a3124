"""A binary logit fitted row by row, kept open for the covariances, contrasts and marginal effects made from it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from annotation.analysis.designs import INTERCEPT, Design, count_patterns

from .clusters import Clusters, clustered_errors
from .estimability import Estimability, estimability, missing_warnings
from .likelihood_rows import logit_rows
from .logit import Coefficient, Regression
from .wald import Errors, wald_rows


@dataclass(frozen=True)
class RowwiseFit:
    """`rows` (n,) marks the annotations that were used; `exog` has them and the columns that could be fitted.

    `fitted` is None where nothing could be; `warnings` then say why.
    """

    design: Design
    terms: tuple[str, ...]
    judged: Estimability
    rows: NDArray[np.bool_]
    warnings: tuple[str, ...]
    exog: NDArray[np.float64] = field(repr=False)
    fitted: Any = field(default=None, repr=False)
    weights: NDArray[np.float64] | None = field(default=None, repr=False)  # of the used rows, 1 on average

    @property
    def n(self) -> int:
        return int(self.rows.sum())

    @property
    def fitted_terms(self) -> tuple[str, ...]:
        return tuple(self.terms[column] for column in self.judged.columns)

    @property
    def plain_errors(self) -> Errors | None:
        """Those of independent answers; None where nothing could be fitted."""
        return None if self.fitted is None else Errors.of("nonrobust", self.fitted.cov_params())

    def clustered(self, clusters: Clusters) -> tuple[Errors, Clusters]:
        """Of the fitted terms, and the clusters that the used rows fall in."""
        used = clusters.of(self.rows)
        return clustered_errors(logit_rows(self.fitted), used), used

    def regression(
        self,
        *,
        errors: Errors | None,
        name: str,
        estimator: str = "logit",
        warnings: tuple[str, ...] = (),
        terms: tuple[str, ...] | None = None,
    ) -> Regression:
        """The table under `errors`, by that name; rows for `terms`, or all."""
        found: dict[str, Coefficient] = {}
        if self.fitted is not None and errors is not None:
            rows = wald_rows(self.fitted_terms, np.asarray(self.fitted.params), errors)
            told = {self.terms[column] for column in self.judged.told}
            directions = dict(zip(self.fitted_terms, np.eye(len(self.fitted_terms)), strict=True))
            shown = (told & set(terms or self.terms)) - {INTERCEPT}
            warnings = (
                *warnings,
                *errors.wider_elsewhere({term: directions[term] for term in directions if term in shown}),
            )
            found = {row.term: row for row in rows if row.term in told}
            dull = [row.term for row in found.values() if not row.is_estimated]
            if dull:
                warnings = (*warnings, f"The standard errors of {', '.join(dull)} cannot be estimated by {name}.")
        return Regression(
            name=self.design.name,
            coding=self.design.coding,
            intercept=True,
            covariance=name,
            n=self.n,
            rows=tuple(found.get(term, Coefficient(term)) for term in terms or self.terms),
            warnings=(*self.warnings, *warnings),
            estimator=estimator,
            degrees_of_freedom=errors.degrees_of_freedom[0] if errors is not None else None,
        )


def fit_rowwise(design: Design, linked: pd.Series, *, weights: NDArray[np.float64] | None = None) -> RowwiseFit:
    """Fit with an intercept; `weights` (n,) are of sampling and not of repetition."""
    rows = design.predictors.notna().all(axis=1).to_numpy(dtype=bool)
    counts = count_patterns(design.predictors, linked, intercept=True)
    judged = estimability(counts)
    missing = missing_warnings(design.predictors, int(rows.sum()))
    warnings = missing if missing and not rows.any() else missing + judged.warnings
    exog = np.column_stack([np.ones(int(rows.sum())), design.predictors.to_numpy(dtype=float)[rows]])
    exog = exog[:, list(judged.columns)]
    fitted = None
    used = weights[rows] / weights[rows].mean() if weights is not None and rows.any() else None
    if judged.columns:
        keywords = {} if used is None else {"var_weights": used}
        model = GLM(linked.to_numpy(dtype=float)[rows], exog, family=Binomial(), **keywords)
        fitted = model.fit(tol=1e-11, tol_criterion="params", maxiter=100)
    return RowwiseFit(
        design, (INTERCEPT, *map(str, design.predictors.columns)), judged, rows, warnings, exog, fitted, used
    )
