"""Everything that is computed of a campaign, in one frozen result: what the dashboard and `analyse` show."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from .agreement.percent import Agreement, percent_agreement
from .annotation_frame import EMPTY_LABEL, AnnotationFrame
from .designs import Design, membership_designs, stratum_designs
from .distribution import Distributions, LabelDistribution, label_distributions
from .findings import Finding, model_findings
from .regression.clusters import FEW_CLUSTERS
from .regression.logit import Regression, fit_logit
from .regression.permutation import SHUFFLES, PermutationTest, permutation_document, permutation_tests


@dataclass(frozen=True)
class CampaignAnalysis:
    """`n` counts current annotations, `annotators` the people who made them. `models` has the base first."""

    n: int
    annotators: int
    models: tuple[str, ...]
    findings: tuple[Finding, ...]
    stratum_regressions: tuple[Regression, ...]
    membership_regressions: tuple[Regression, ...]
    permutation: tuple[PermutationTest, ...]
    distributions: Distributions
    agreement: Agreement
    caveats: tuple[str, ...]

    @property
    def regressions(self) -> tuple[Regression, ...]:
        """All of them: each design without an intercept, as published, then with one."""
        return (*self.stratum_regressions, *self.membership_regressions)


def analyse(data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES) -> CampaignAnalysis:
    """Run every analysis. `seed` and `shuffles` are the permutation tests'; nothing else is random."""
    linked = data.frame["linked"]
    by_stratum, by_membership = stratum_designs(data), membership_designs(data)
    stratum_regressions = _both_ways(by_stratum, linked)
    membership_regressions = _both_ways(by_membership, linked)
    with_intercept = [fit for fit in (*stratum_regressions, *membership_regressions) if fit.intercept]
    permutation = [
        test
        for design, fit in zip((*by_stratum, *by_membership), with_intercept, strict=True)
        for test in permutation_tests(design, linked, fit, seed=seed, shuffles=shuffles)
    ]
    return CampaignAnalysis(
        n=len(data.frame),
        annotators=len(data.annotators),
        models=data.models,
        findings=model_findings(stratum_regressions),
        stratum_regressions=stratum_regressions,
        membership_regressions=membership_regressions,
        permutation=tuple(permutation),
        distributions=label_distributions(data),
        agreement=percent_agreement(data),
        caveats=tuple(_caveats(data)),
    )


def analysis_document(analysis: CampaignAnalysis) -> dict[str, Any]:
    """The analysis as plain data for JSON: no NaN, None where a figure cannot be estimated."""
    distributions = analysis.distributions
    return {
        "n": analysis.n,
        "annotators": analysis.annotators,
        "models": list(analysis.models),
        "answer": [str(finding) for finding in analysis.findings],
        "labels": _label_counts(distributions.overall),
        "linked": {
            "count": distributions.overall.linked,
            "share": distributions.overall.linked_share,
            "low": distributions.overall.linked_low,
            "high": distributions.overall.linked_high,
        },
        "labels_by_annotator": _grouped_counts(distributions.by_annotator),
        "labels_by_stratum": _grouped_counts(distributions.by_stratum),
        "labels_by_model": _grouped_counts(distributions.by_model),
        "regressions": [regression_document(fit) for fit in analysis.regressions],
        "agreement": asdict(analysis.agreement),
        "permutation": [permutation_document(test) for test in analysis.permutation],
        "caveats": list(analysis.caveats),
    }


def _both_ways(designs: tuple[Design, ...], linked: pd.Series) -> tuple[Regression, ...]:
    return tuple(fit_logit(design, linked, intercept=intercept) for design in designs for intercept in (False, True))


def regression_document(fit: Regression) -> dict[str, Any]:
    """One regression as plain data for JSON."""
    return {
        "name": fit.name,
        "coding": fit.coding,
        "intercept": fit.intercept,
        "covariance": fit.covariance,
        "n": fit.n,
        "rows": [asdict(row) for row in fit.rows],
        "warnings": list(fit.warnings),
        "estimator": fit.estimator,
        "degrees_of_freedom": fit.degrees_of_freedom,
    }


def _grouped_counts(groups: tuple[LabelDistribution, ...]) -> dict[str, dict[str, int]]:
    return {group.group: _label_counts(group) for group in groups}


def _label_counts(distribution: LabelDistribution) -> dict[str, int]:
    return {count.label or "empty": count.count for count in distribution.counts}


def _caveats(data: AnnotationFrame) -> list[str]:
    """What a reader has to know of these data before quoting any figure; one sentence or two each."""
    n, empty = len(data.frame), int((data.frame["label"] == EMPTY_LABEL).sum())
    if n == 0:
        return []
    caveats = [_annotator_caveat(len(data.annotators))]
    if empty:
        were = "was left without a label and counts" if empty == 1 else "were left without a label and count"
        caveats.append(f"{empty} of {n} annotations {were} as not linked, as in the paper.")
    caveats.append(
        "Pairs were drawn in blocks from strata where the models agree or disagree: shares of labels describe "
        "the drawn pairs, not all pairs of the collections."
    )
    if len(data.models) > 2:
        caveats.append(
            f"Each of the {len(data.models) - 1} models is compared with {data.base} in a regression of its own; "
            "no interval is widened for there being several."
        )
    return caveats


def _annotator_caveat(annotators: int) -> str:
    if annotators == 1:
        return (
            "All answers come from one annotator: the figures describe this person's judgement and cannot show "
            "how much experts differ."
        )
    caveat = (
        "Plain standard errors take no account of one annotator's answers, and answers on one record, being alike: the "
        "true intervals are probably wider."
    )
    if annotators < FEW_CLUSTERS:
        caveat += f" With {annotators} annotators, errors that allow for them are uncertain too."
    return caveat
