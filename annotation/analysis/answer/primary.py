"""What a campaign concludes: one regression, one way to reckon its errors, one family of tests.

The regression is the logit, with an intercept, of a link on what all models find; the family are the differences
between its models, with p after Holm. Everything else stands beside it.
"""

from dataclasses import dataclass

from annotation.analysis.annotation_frame import AnnotationFrame, drawn_column
from annotation.analysis.designs import joint_design
from annotation.analysis.regression.clusters import Clusters
from annotation.analysis.regression.contrasts import ModelComparison, adjusted_for_all, compare_models
from annotation.analysis.regression.logit import Regression
from annotation.analysis.regression.quoted import Recommendation, quoted_errors, quoted_logit
from annotation.analysis.regression.rowwise import RowwiseFit, fit_rowwise

from .estimand import estimand_words
from .findings import Finding, basis_words, model_findings


@dataclass(frozen=True)
class Primary:
    """`regression` and `comparison` are of the same fit under the `recommended` errors, which are those of `clusters`
    (None for plain ones)."""

    fit: RowwiseFit
    clusters: Clusters | None
    recommended: Recommendation
    regression: Regression
    comparison: ModelComparison
    findings: tuple[Finding, ...]
    basis: str
    estimand: str


def primary_analysis(data: AnnotationFrame) -> Primary:
    """Models that find the same of these pairs similar stand in it once, and a finding says so."""
    alike = models_alike(data)
    models = [model for model in data.models if model not in {later for _, later in alike}]
    fit = fit_rowwise(joint_design(data, models), data.frame["linked"])
    clusters, recommended = quoted_errors(data, fit)
    regression = quoted_logit(fit, clusters)
    comparison = adjusted_for_all(compare_models(fit, clusters))
    return Primary(
        fit=fit,
        clusters=clusters,
        recommended=recommended,
        regression=regression,
        comparison=comparison,
        findings=model_findings(comparison, regression, alike),
        basis=basis_words(comparison),
        estimand=estimand_words(len(regression.slopes), recommended.covariance),
    )


def models_alike(data: AnnotationFrame) -> tuple[tuple[str, str], ...]:
    """(earlier, later) models whose findings are the same for every answered pair, and not for want of answers."""
    frame = data.frame
    found: list[tuple[str, str]] = []
    for place, later in enumerate(data.models):
        column = frame[drawn_column(later)]
        for earlier in data.models[:place]:
            if len(frame) and column.nunique() > 1 and (frame[drawn_column(earlier)] == column).all():
                found.append((earlier, later))
                break
    return tuple(found)
