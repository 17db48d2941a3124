"""The four labels as they are ordered: proportional-odds logit, a check of it, and the multinomial where it fails.

The coefficient of a model is the log odds ratio of a closer label against all less close ones, the same at every
step of the scale. Whether it is the same is tested by the likelihood ratio of the multinomial logit, which lets each
label have an effect of its own.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.discrete.discrete_model import MNLogit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from annotation.analysis.annotation_frame import EMPTY_LABEL, AnnotationFrame
from annotation.analysis.designs import INTERCEPT, count_patterns

from .clusters import Clusters, clustered_errors
from .estimability import estimability, listed
from .likelihood_rows import LikelihoodRows, multinomial_rows, proportional_odds_rows
from .logit import Coefficient, Regression
from .rowwise import RowwiseFit
from .wald import Errors, wald_rows

FEWEST_ANSWERS = 5  # a label given less often is taken together with the next
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class ProportionalOdds:
    """Likelihood-ratio test that every step of the scale has the same odds ratios; None where it cannot be told."""

    statistic: float | None = None
    degrees_of_freedom: int | None = None
    p: float | None = None

    @property
    def holds(self) -> bool | None:
        return None if self.p is None else self.p >= SIGNIFICANT


@dataclass(frozen=True)
class OrdinalAnalysis:
    """`labels` are the steps of the scale, the least close first, joined by " or " where two were taken together.

    `multinomial` is there where the proportional odds do not hold: its terms are "label: model", against the
    least close label.
    """

    labels: tuple[str, ...]
    regression: Regression
    proportional_odds: ProportionalOdds
    multinomial: Regression | None


def ordinal_analysis(fit: RowwiseFit, data: AnnotationFrame, clusters: Clusters | None) -> OrdinalAnalysis:
    """On the rows of `fit` that have a label of the scale."""
    terms = tuple(term for term in fit.terms if term != INTERCEPT)
    if fit.fitted is None:
        return _unfitted(fit, terms, (), fit.warnings)
    label = data.frame["label"]
    on_scale = label.isin(data.labels).to_numpy(dtype=bool)
    said = list(fit.warnings) + _left_out(label[~on_scale & fit.rows])
    rows = on_scale & fit.rows
    steps, joined = _scale(label[rows], data.labels[::-1])
    said += joined
    if len(steps) < 3:
        return _unfitted(fit, terms, steps, (*said, "Fewer than three labels are in use, so there is no order to fit."))
    outcome = label[rows].map({each: step for step, names in enumerate(steps) for each in names}).to_numpy(dtype=int)
    names = tuple(" or ".join(step) for step in steps)
    exog = fit.exog[on_scale[fit.rows]][:, 1:]
    fitted_terms = fit.fitted_terms[1:]
    if all(_is_separated(exog, fitted_terms, outcome > cut) for cut in range(len(steps) - 1)):
        return _unfitted(fit, terms, names, (*said, "The labels are perfectly separated: no finite estimate exists."))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is asked below
        ordered = OrderedModel(outcome, exog, distr="logit").fit(method="newton", disp=0, maxiter=100)
        if not (ordered.mle_retvals["converged"] and np.isfinite(ordered.bse).all()):
            ordered = OrderedModel(outcome, exog, distr="logit").fit(method="bfgs", disp=0, maxiter=1_000)
    told = {fit.terms[column] for column in fit.judged.told} & set(terms)
    errors, few = _errors(ordered, proportional_odds_rows, rows, clusters)
    slopes = len(fitted_terms)
    errors = replace(errors, covariances=errors.covariances[:, :slopes, :slopes])
    regression = _table(fit, terms, told, np.asarray(ordered.params)[:slopes], errors, fitted_terms)
    regression = replace(regression, n=int(rows.sum()), estimator="ordinal", warnings=(*said, *few))
    check, multinomial = _check(fit, exog, outcome, names, fitted_terms, told, float(ordered.llf), rows, clusters)
    return OrdinalAnalysis(names, regression, check, multinomial)


def _check(
    fit: RowwiseFit,
    exog: NDArray[np.float64],
    outcome: NDArray[np.int64],
    names: tuple[str, ...],
    fitted_terms: tuple[str, ...],
    told: set[str],
    likelihood: float,
    rows: NDArray[np.bool_],
    clusters: Clusters | None,
) -> tuple[ProportionalOdds, Regression | None]:
    """The test, and the multinomial where it speaks against the proportional odds."""
    for step in range(1, len(names)):
        two = (outcome == 0) | (outcome == step)
        if _is_separated(exog[two], fitted_terms, outcome[two] == step):
            return ProportionalOdds(), None
    design = np.column_stack([np.ones(len(exog)), exog])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        multinomial = MNLogit(outcome, design).fit(method="newton", disp=0, maxiter=100)
    if not multinomial.mle_retvals["converged"]:
        return ProportionalOdds(), None
    statistic = max(0.0, 2 * (float(multinomial.llf) - likelihood))
    df = (len(names) - 2) * len(fitted_terms)
    check = ProportionalOdds(statistic, df, float(stats.chi2.sf(statistic, df)))
    if check.holds:
        return check, None
    errors, few = _errors(multinomial, multinomial_rows, rows, clusters)
    columns = (INTERCEPT, *fitted_terms)
    every = [f"{label}: {term}" for label in names[1:] for term in columns]
    estimates = np.asarray(multinomial.params).T.ravel()  # one label after another
    kept = {f"{label}: {term}" for label in names[1:] for term in told}
    wanted = tuple(name for name in every if not name.endswith(f": {INTERCEPT}"))
    table = _table(fit, wanted, kept, estimates, errors, tuple(every))
    against = f"Each label is set against {names[0]}."
    return check, replace(table, n=int(rows.sum()), estimator="multinomial", warnings=(against, *few))


def _errors(
    fitted: Any, of_rows: Callable[[Any], LikelihoodRows], used: NDArray[np.bool_], clusters: Clusters | None
) -> tuple[Errors, tuple[str, ...]]:
    """Of the parameters, and warnings; `used` are the fit's rows."""
    within = clusters.of(used) if clusters else None
    if within is None or within.count < 2:
        return Errors.of("nonrobust", fitted.cov_params()), ()
    return clustered_errors(of_rows(fitted), within), within.warnings


def _scale(found: pd.Series, labels: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Steps of the scale, the least close first, each of at least `FEWEST_ANSWERS`; and what was taken together."""
    counts = found.value_counts()
    steps: list[list[str]] = []
    sizes: list[int] = []
    for label in labels:
        count = int(counts.get(label, 0))
        if not count:
            continue
        if steps and min(count, sizes[-1]) < FEWEST_ANSWERS:
            steps[-1].append(label)
            sizes[-1] += count
        else:
            steps.append([label])
            sizes.append(count)
    joined = [
        f"{listed([label.replace('_', ' ') for label in step])} are taken together: "
        f"one of them was given fewer than {FEWEST_ANSWERS} times."
        for step in steps
        if len(step) > 1
    ]
    return [tuple(step) for step in steps], joined


def _left_out(labels: pd.Series) -> list[str]:
    empty = int((labels == EMPTY_LABEL).sum())
    other = sorted(set(labels) - {EMPTY_LABEL})
    said = []
    if empty:
        said.append(f"{empty} annotations without a label are left out of the scale.")
    if other:
        said.append(f"{len(labels) - empty} annotations are left out: the scale has no place for {listed(other)}.")
    return said


def _is_separated(exog: NDArray[np.float64], terms: Sequence[str], outcome: NDArray[np.bool_]) -> bool:
    """Does a binary logit of `outcome` (n,) on `exog` (n, k) and an intercept lack a finite estimate?"""
    predictors = pd.DataFrame(exog, columns=list(terms))
    counts = count_patterns(predictors, pd.Series(outcome.astype(int)), intercept=True)
    judged = estimability(counts)
    return len(judged.columns) < len(counts.terms)


def _table(
    fit: RowwiseFit,
    terms: tuple[str, ...],
    told: set[str],
    estimates: NDArray[np.float64],
    errors: Errors,
    names: tuple[str, ...],
) -> Regression:
    found = {row.term: row for row in wald_rows(names, estimates, errors)}
    return Regression(
        name=fit.design.name,
        coding=fit.design.coding,
        intercept=True,
        covariance=errors.names[0],
        n=fit.n,
        rows=tuple(found[term] if term in told and term in found else Coefficient(term) for term in terms),
        degrees_of_freedom=errors.degrees_of_freedom[0],
    )


def _unfitted(
    fit: RowwiseFit, terms: tuple[str, ...], labels: Sequence[Any], reasons: Sequence[str]
) -> OrdinalAnalysis:
    regression = Regression(
        name=fit.design.name,
        coding=fit.design.coding,
        intercept=True,
        covariance="nonrobust",
        n=fit.n,
        rows=tuple(Coefficient(term) for term in terms),
        warnings=tuple(reasons),
        estimator="ordinal",
    )
    names = tuple(label if isinstance(label, str) else " or ".join(label) for label in labels)
    return OrdinalAnalysis(names, regression, ProportionalOdds(), None)
