"""A mixed logit in which annotators and records cross, each with a random intercept.

Estimates and variances are statsmodels' variational Bayes. Its standard deviations of the fixed effects leave out
how these go with the random effects and are several times too small: measured in docs/statistics.md. So standard
errors here are those of the joint information of fixed and random effects at the variational estimates, after
Breslow and Clayton, "Approximate inference in generalized linear mixed models" (1993), section 2.2.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.special import expit
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.regression.estimability import listed
from annotation.analysis.regression.heterogeneity import warn_of_differences
from annotation.analysis.regression.logit import Coefficient, Regression
from annotation.analysis.regression.rowwise import RowwiseFit
from annotation.analysis.regression.wald import Errors, wald_rows

from .spread import MarginalLikelihood, spread_intervals

MOST_ANNOTATIONS = 10_000
FEWEST_RECURRING = 10  # records seen twice or more, without which their spread cannot be told
MOST_SEEN_ONCE = 0.5  # of the records of a side; with more, their spread is found too small (docs/statistics.md)
_PRIOR_SD = 2.0  # of the fixed effects: normal, statsmodels' default
_ITERATIONS = 2_000


@dataclass(frozen=True)
class MixedLogit:
    """`spread` has the standard deviation, in log odds, of each kind of random intercept, `spread_intervals` its 95 %
    interval, without an upper limit where the answers set none."""

    regression: Regression
    spread: dict[str, float]
    spread_intervals: dict[str, tuple[float, float | None]]


def mixed_logit(fit: RowwiseFit, data: AnnotationFrame, *, all_the_same: bool = False) -> MixedLogit:
    """On the rows of `fit`. Records have intercepts on the sides where some of them occur more than once: only these
    tell how far records differ, but all differ. Elsewhere the effects are averages over records. Where most records of
    a side occur once it is left out: `all_the_same` fits it nevertheless, to show what it would say.
    """
    if fit.fitted is None:
        return _unfitted(fit)
    if fit.n > MOST_ANNOTATIONS:
        said = f"The mixed model is left out above {MOST_ANNOTATIONS:,} annotations: read the clustered logit."
        return _unfitted(fit, said)
    frame = data.frame[fit.rows]
    kinds = {"annotator": _indicators(frame["annotator"])}
    once: dict[str, float] = {}
    for side, kind in (("a", "first record"), ("b", "second record")):
        named = frame[side].where(frame[side].fillna("") != "")
        occurs = named.value_counts()
        if (occurs > 1).sum() >= FEWEST_RECURRING:
            kinds[kind] = _indicators(named)
            once[kind] = float((occurs == 1).mean())
    kinds = {kind: indicators for kind, indicators in kinds.items() if indicators.shape[1] > 1}
    if not kinds:
        return _unfitted(fit, "A mixed model needs at least two annotators, or records that occur in several pairs.")
    if not all_the_same and (once_only := _seen_once(once)):
        return _unfitted(fit, *once_only)
    random = sparse.csr_array(sparse.hstack(list(kinds.values())))
    kind_of = np.repeat(np.arange(len(kinds)), [indicators.shape[1] for indicators in kinds.values()])
    outcome = np.asarray(fit.fitted.model.endog, dtype=float)
    model = BinomialBayesMixedGLM(outcome, fit.exog, random, kind_of, vcp_p=1.0, fe_p=_PRIOR_SD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is asked below
        found = model.fit_vb(fit_method="L-BFGS-B", rng=0, minim_opts={"maxiter": _ITERATIONS})
    stopped = () if found.optim_retvals.success else ("The mixed model's fit stopped before it had converged.",)
    spread = np.exp(found.vcp_mean)
    covariance = _joint_covariance(fit.exog, random, fit.exog @ found.fe_mean + random @ found.vc_mean, spread[kind_of])
    rows = wald_rows(fit.fitted_terms, np.asarray(found.fe_mean), Errors.of("joint-information", covariance))
    told = {fit.terms[column] for column in fit.judged.told}
    by_term = {row.term: row for row in rows if row.term in told}
    regression = Regression(
        name=fit.design.name,
        coding=fit.design.coding,
        intercept=True,
        covariance="joint-information",
        n=fit.n,
        rows=tuple(by_term.get(term, Coefficient(term)) for term in fit.terms),
        warnings=(
            *fit.warnings,
            *stopped,
            *warn_of_differences(fit, frame["annotator"], fit.terms[1:]),
        ),
        estimator="mixed",
    )
    likelihood = MarginalLikelihood(fit.exog, random, outcome, np.concatenate([found.vc_mean, found.fe_mean]))
    intervals = spread_intervals(likelihood, kind_of, spread)
    return MixedLogit(
        regression,
        {kind: float(sd) for kind, sd in zip(kinds, spread, strict=True)},
        dict(zip(kinds, intervals, strict=True)),
    )


def _seen_once(once: dict[str, float]) -> tuple[str, ...]:
    """A sentence where how far records differ rests on few of them; `once` is the share that occurs once, by side."""
    most = [f"{100 * share:.0f} % of {kind}s" for kind, share in once.items() if share > MOST_SEEN_ONCE]
    if not most:
        return ()
    return (
        f"{listed(most)} occur in one answer only, which does not tell how hard a record is from how the answer fell: "
        "the mixed model would find records to differ too little and effects too near to nothing, and is left out. "
        "Read the clustered logit.",
    )


def _joint_covariance(
    fixed: NDArray[np.float64], random: sparse.csr_array, log_odds: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance (k, k) of the fixed effects, the random ones integrated out.

    `fixed` (n, k), `random` (n, q), `log_odds` (n,) at the estimates, `spread` (q,) standard deviations.
    """
    probability = expit(log_odds)
    weight = probability * (1 - probability)
    among_fixed = (fixed.T * weight) @ fixed + np.eye(fixed.shape[1]) / _PRIOR_SD**2
    between = np.asarray(random.T @ (weight[:, None] * fixed))
    among_random = random.T @ sparse.diags_array(weight) @ random + sparse.diags_array(1 / spread**2)
    explained = between.T @ splu(sparse.csc_array(among_random)).solve(between)
    inverse: NDArray[np.float64] = np.linalg.inv(among_fixed - explained)
    return inverse


def _indicators(values: pd.Series) -> sparse.csr_array:
    """(n, levels) of 0 and 1; a missing value has none."""
    codes, levels = pd.factorize(values)
    rows = np.flatnonzero(codes >= 0)
    return sparse.csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(values), len(levels)))


def _unfitted(fit: RowwiseFit, *reasons: str) -> MixedLogit:
    regression = Regression(
        name=fit.design.name,
        coding=fit.design.coding,
        intercept=True,
        covariance="joint-information",
        n=fit.n,
        rows=tuple(Coefficient(term) for term in fit.terms),
        warnings=(*fit.warnings, *reasons),
        estimator="mixed",
    )
    return MixedLogit(regression, {}, {})
