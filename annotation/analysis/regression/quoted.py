"""The standard errors to quote: one way of clustering for all that a campaign concludes."""

from dataclasses import dataclass

import numpy as np

from annotation.analysis.annotation_frame import AnnotationFrame

from .clusters import FEW_CLUSTERS, Clusters, clusterings, improbably_small
from .logit import Regression
from .robust import clustered_logit
from .rowwise import RowwiseFit


@dataclass(frozen=True)
class Recommendation:
    """Which standard errors to quote, and why in a sentence or two."""

    covariance: str
    reason: str


def quoted_errors(data: AnnotationFrame, fit: RowwiseFit) -> tuple[Clusters | None, Recommendation]:
    """The clusters to quote, None for plain errors, and why; `fit` is the logit of all models."""
    by_name = {found.name: found for found in clusterings(data)}
    records, both = by_name.get("cluster-record"), by_name.get("cluster-annotator-record")
    if records is None:
        reason = "All annotations are of one pair or there are none: no standard error allows for more."
        return None, Recommendation("nonrobust", reason)
    if both is None:
        reason = (
            "There is one annotator: the figures describe this person's judgement, and their errors allow for "
            "pairs that share a record."
        )
        return records, Recommendation(records.name, reason)
    if fit.fitted is not None:
        errors, _ = fit.clustered(both)
        ways = dict(zip(errors.names, errors.covariances, strict=True))
        with_annotators, without = (np.diag(ways[found.name])[1:] for found in (both, records))
        if improbably_small(with_annotators, without, annotators=len(data.annotators)):
            reason = (
                "Standard errors that allow for annotators come out smaller than chance explains, so answers were "
                "spread over the annotators by something else than chance: those that allow for records are quoted."
            )
            return records, Recommendation(records.name, reason)
    reason = "Answers of one annotator and answers on one record are alike, and these standard errors allow for both."
    if len(data.annotators) < FEW_CLUSTERS:
        reason += (
            f" There are only {len(data.annotators)} annotators, so intervals are Student's with "
            f"{both.degrees_of_freedom} degrees of freedom; the logit with annotator effects describes these "
            "annotators alone."
        )
    return both, Recommendation(both.name, reason)


def quoted_logit(fit: RowwiseFit, clusters: Clusters | None, *, estimator: str = "logit") -> Regression:
    """The table under the errors to quote."""
    if clusters is not None:
        return clustered_logit(fit, clusters, estimator=estimator)
    return fit.regression(errors=fit.plain_errors, name="nonrobust", estimator=estimator)
