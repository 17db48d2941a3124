"""The binary logit with errors that allow for annotators and records, and its relatives.

* the logit with standard errors clustered by annotator, by record, and by both;
* the logit with an intercept of its own for each annotator, clustered by record: it describes these annotators;
* a generalised estimating equation, exchangeable within annotators, with the standard errors of Mancl and
  DeRouen, "A covariance estimator for GEE with improved small-sample properties" (2001);
* the logit weighted up to the population from which the pairs were drawn;
* Firth's penalised likelihood, where cells separate and the others have no finite estimate.

The first, third and fourth estimate effects on the average of all annotators' odds; the second and fifth, like the
mixed model of `annotation.analysis.mixed`, effects for a given annotator, which are a little further from 0.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from firthmodels import FirthLogisticRegression
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.designs import INTERCEPT, Design, count_patterns

from .clusters import Clusters
from .heterogeneity import warn_of_differences
from .logit import Coefficient, Regression
from .rowwise import RowwiseFit, fit_rowwise
from .wald import Errors, wald_rows

# Beyond these, estimators whose work grows with the square of a cluster are left out; clustered errors say the same.
LARGEST_GEE_CLUSTER = 1_500
MOST_ANNOTATOR_EFFECTS = 200

ANNOTATOR_PREFIX = "annotator "


def clustered_logits(fit: RowwiseFit, clusterings: Sequence[Clusters]) -> tuple[Regression, ...]:
    """One table for each way of clustering."""
    return tuple(clustered_logit(fit, clusters) for clusters in clusterings)


def clustered_logit(fit: RowwiseFit, clusters: Clusters, *, estimator: str = "logit") -> Regression:
    if fit.fitted is None:
        return fit.regression(errors=None, name=clusters.name, estimator=estimator)
    errors, used = fit.clustered(clusters)
    if used.count < 2:
        only = ("All pairs that this could be fitted on are of one cluster: errors cannot be told.",)
        return fit.regression(errors=None, name=clusters.name, estimator=estimator, warnings=only)
    return fit.regression(errors=errors, name=clusters.name, estimator=estimator, warnings=used.warnings)


def annotator_effects_logit(design: Design, data: AnnotationFrame, records: Clusters) -> Regression:
    """Slopes within annotators. Those who always gave the same answer tell nothing of them and are left out."""
    frame = data.frame
    known = design.predictors.notna().all(axis=1)
    varied = frame["linked"].where(known).groupby(frame["annotator"]).nunique()
    people = sorted(varied.index[varied > 1])
    kept = (known & frame["annotator"].isin(people)).to_numpy(dtype=bool)
    left_out = len(data.annotators) - len(people)
    said = []
    if left_out and len(people) > 1:
        said.append(
            f"{left_out} of {len(data.annotators)} annotators are left out of this fit: all their answers are the same."
        )
    refusal = ""
    if len(people) < 2:
        refusal = "Annotator effects need two annotators who each gave links and other answers."
    elif len(people) > MOST_ANNOTATOR_EFFECTS:
        refusal = f"Annotator effects are left out for more than {MOST_ANNOTATOR_EFFECTS} annotators."
    slopes = tuple(map(str, design.predictors.columns))
    if refusal:
        return _unfitted(design, "annotator effects", "cluster-record", len(frame), slopes, refusal)
    predictors = design.predictors[kept].reset_index(drop=True)
    answered = frame["annotator"][kept].reset_index(drop=True)
    dummies = {f"{ANNOTATOR_PREFIX}{name}": (answered == name).astype(float) for name in people[1:]}
    within = Design(design.name, design.coding, pd.concat([predictors, pd.DataFrame(dummies)], axis=1))
    fit = fit_rowwise(within, frame["linked"][kept].reset_index(drop=True))
    used = records.of(kept)
    errors = None
    if fit.fitted is not None:
        errors = fit.clustered(used)[0]
        said += warn_of_differences(fit, answered, slopes)
    return fit.regression(
        errors=errors,
        name="cluster-record",
        estimator="annotator effects",
        warnings=(*said, *used.warnings),
        terms=slopes,
    )


def exchangeable_gee(fit: RowwiseFit, data: AnnotationFrame) -> Regression:
    """GEE with annotators as clusters."""
    estimator, name = "gee", "cluster-annotator-bias-reduced"
    groups = pd.factorize(data.frame["annotator"][fit.rows])[0]
    sizes = np.bincount(groups)
    refusal = ""
    if fit.fitted is None:
        return fit.regression(errors=None, name=name, estimator=estimator)
    if len(sizes) < 2:
        refusal = "A generalised estimating equation needs at least two annotators."
    elif sizes.max() > LARGEST_GEE_CLUSTER:
        refusal = (
            f"The generalised estimating equation is left out where an annotator has more than "
            f"{LARGEST_GEE_CLUSTER:,} answers: the clustered logit allows for the same."
        )
    if refusal:
        return _unfitted(fit.design, estimator, name, fit.n, fit.terms, refusal)
    model = GEE(fit.fitted.model.endog, fit.exog, groups=groups, family=Binomial(), cov_struct=Exchangeable())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is asked below
        try:
            fitted = model.fit(cov_type="bias_reduced", maxiter=100)
        except (ValueError, ZeroDivisionError, np.linalg.LinAlgError):
            fitted = None
    if fitted is None or not fitted.converged:
        said = "The generalised estimating equation did not converge on these data: read the clustered logit."
        return _unfitted(fit.design, estimator, name, fit.n, fit.terms, said)
    used = Clusters(name, (groups,), ("annotators",))
    answered = data.frame[fit.rows].groupby("pair").size()
    shared = int((answered > 1).sum())
    dependent: tuple[str, ...] = ()
    if shared:
        dependent = (
            f"It takes annotators to be independent, and {shared} pairs were answered by several: its errors are too "
            "small.",
        )
    rows = wald_rows(
        fit.fitted_terms,
        np.asarray(fitted.params),
        Errors.of(name, fitted.cov_params(), used.degrees_of_freedom),
    )
    told = {fit.terms[column] for column in fit.judged.told}
    found = {row.term: row for row in rows if row.term in told}
    return Regression(
        name=fit.design.name,
        coding=fit.design.coding,
        intercept=True,
        covariance=name,
        n=fit.n,
        rows=tuple(found.get(term, Coefficient(term)) for term in fit.terms),
        warnings=(*fit.warnings, *dependent, *used.warnings),
        estimator=estimator,
        degrees_of_freedom=used.degrees_of_freedom,
    )


def firth_logit(design: Design, linked: pd.Series) -> Regression:
    """Firth's penalised likelihood with profile intervals and likelihood-ratio p, after Heinze and Schemper, "A
    solution to the problem of separation in logistic regression" (2002). Its `z` is the estimate over its error.
    """
    fit = fit_rowwise(design, linked)
    columns = fit.judged.fittable
    if not columns:
        return _unfitted(design, "firth", "penalised-likelihood", fit.n, fit.terms, *fit.warnings)
    counts = count_patterns(design.predictors, linked, intercept=True)
    exog = np.vstack([counts.design, counts.design])[:, list(columns)]
    outcome = np.repeat([1, 0], len(counts.design))
    repeated = np.concatenate([counts.linked, counts.total - counts.linked]).astype(float)
    kept = repeated > 0
    model = FirthLogisticRegression(fit_intercept=False, gtol=1e-8, xtol=1e-8, max_iter=500, backend="numpy")
    rows = [Coefficient(term) for term in counts.terms]
    said = list(fit.warnings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not converge comes back as NaN and is said below
        model.fit(exog[kept], outcome[kept], sample_weight=repeated[kept])
        model.lrt()
        intervals = model.conf_int(method="pl", max_iter=200)
    for place, column in enumerate(columns):
        if column in fit.judged.told:
            rows[column] = _firth_row(counts.terms[column], model, place, intervals)
    if fit.judged.separated:
        said = [
            f"Links and other pairs are perfectly separated by {', '.join(fit.judged.separated)}, so Firth's "
            "penalised likelihood is used: its estimates are finite and its intervals wide."
        ]
    unknown = [row.term for row in rows if not row.is_estimated and not fit.judged.warnings]
    if unknown:
        said.append(f"The profile interval of {', '.join(unknown)} could not be found.")
    return Regression(
        name=design.name,
        coding=design.coding,
        intercept=True,
        covariance="penalised-likelihood",
        n=fit.n,
        rows=tuple(rows),
        warnings=tuple(said),
        estimator="firth",
    )


def _firth_row(term: str, model: FirthLogisticRegression, place: int, intervals: np.ndarray) -> Coefficient:
    coef, se, p = float(model.coef_[place]), float(model.bse_[place]), float(model.lrt_pvalues_[place])
    low, high = (float(bound) for bound in intervals[place])
    with np.errstate(over="ignore"):
        odds = [float(ratio) for ratio in np.exp([coef, low, high])]
    if not np.isfinite([coef, se, p, low, high, *odds]).all():
        return Coefficient(term)
    return Coefficient(term, coef, se, coef / se, p, low, high, *odds)


def _unfitted(
    design: Design, estimator: str, covariance: str, n: int, terms: Sequence[str], *reasons: str
) -> Regression:
    return Regression(
        name=design.name,
        coding=design.coding,
        intercept=True,
        covariance=covariance,
        n=n,
        rows=tuple(Coefficient(term) for term in terms if term != INTERCEPT),
        warnings=reasons,
        estimator=estimator,
    )
