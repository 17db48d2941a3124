"""Everything that is computed of a campaign, in one frozen result: what the dashboard and `analyse` show."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from .agreement.percent import Agreement, percent_agreement
from .annotation_frame import EMPTY_LABEL, AnnotationFrame
from .answer.findings import Finding
from .answer.primary import Primary, primary_analysis
from .designs import Design, membership_designs, no_modality, stratum_designs
from .distribution import Distributions, LabelDistribution, label_distributions
from .regression.clusters import FEW_CLUSTERS
from .regression.contrasts import ModelComparison
from .regression.logit import Regression, fit_logit
from .regression.permutation import SHUFFLES, PermutationTest, permutation_document, permutation_tests
from .regression.quoted import Recommendation, quoted_logit
from .regression.rowwise import fit_rowwise


@dataclass(frozen=True)
class CampaignAnalysis:
    """`n` counts current annotations, `annotators` the people who made them. `models` has the base first.

    `findings` rest on `comparison`, as `basis` says. `quoted` has the logit of all models and those of every design,
    with an intercept, under the `recommended` errors.
    """

    n: int
    annotators: int
    models: tuple[str, ...]
    findings: tuple[Finding, ...]
    basis: str
    estimand: str
    recommended: Recommendation
    comparison: ModelComparison
    quoted: tuple[Regression, ...]
    stratum_regressions: tuple[Regression, ...]
    membership_regressions: tuple[Regression, ...]
    permutation: tuple[PermutationTest, ...]
    distributions: Distributions
    agreement: Agreement
    caveats: tuple[str, ...]
    no_modality: str  # why nothing is regressed by modality; empty where it is

    @property
    def regressions(self) -> tuple[Regression, ...]:
        """With plain errors: each design without an intercept, as published, then with one."""
        return (*self.stratum_regressions, *self.membership_regressions)

    def shown(self, coding: str) -> tuple[Regression, ...]:
        """Those to quote of that coding, and the same designs as published."""
        published = (fit for fit in self.regressions if not fit.intercept)
        return tuple(fit for fit in (*self.quoted, *published) if fit.coding == coding)


def analyse(
    data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES, primary: Primary | None = None
) -> CampaignAnalysis:
    """Run every analysis. `seed` and `shuffles` are the permutation tests'; nothing else is random. `primary` is made
    anew where it is not given."""
    primary = primary or primary_analysis(data)
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
        findings=primary.findings,
        basis=primary.basis,
        estimand=primary.estimand,
        recommended=primary.recommended,
        comparison=primary.comparison,
        quoted=_quoted(primary, (*by_stratum, *by_membership), linked),
        stratum_regressions=stratum_regressions,
        membership_regressions=membership_regressions,
        permutation=tuple(permutation),
        distributions=label_distributions(data, primary.clusters),
        agreement=percent_agreement(data),
        caveats=tuple(_caveats(data)),
        no_modality=no_modality(data),
    )


def analysis_document(analysis: CampaignAnalysis) -> dict[str, Any]:
    """The analysis as plain data for JSON: no NaN, None where a figure cannot be estimated."""
    distributions = analysis.distributions
    return {
        "n": analysis.n,
        "annotators": analysis.annotators,
        "models": list(analysis.models),
        "answer": [str(finding) for finding in analysis.findings],
        "basis": analysis.basis,
        "estimand": analysis.estimand,
        "evidence": [line for finding in analysis.findings for line in finding.evidence],
        "recommended": asdict(analysis.recommended),
        "model_comparison": comparison_document(analysis.comparison),
        "primary_regression": regression_document(analysis.quoted[0]),
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
        "no_modality": analysis.no_modality,
    }


def _both_ways(designs: tuple[Design, ...], linked: pd.Series) -> tuple[Regression, ...]:
    return tuple(fit_logit(design, linked, intercept=intercept) for design in designs for intercept in (False, True))


def comparison_document(comparison: ModelComparison) -> dict[str, Any]:
    """Effects and contrasts as plain data for JSON."""
    return asdict(comparison) | {
        "effects": [asdict(effect) for effect in comparison.effects],
        "contrasts": [asdict(contrast) for contrast in comparison.contrasts],
        "warnings": list(comparison.warnings),
    }


def _quoted(primary: Primary, designs: tuple[Design, ...], linked: pd.Series) -> tuple[Regression, ...]:
    """The logit of all models first; a design that is the same is there once."""
    others = [design for design in designs if (design.coding, design.name) != ("stratum", primary.regression.name)]
    fits = (quoted_logit(fit_rowwise(design, linked), primary.clusters) for design in others)
    return (primary.regression, *fits)


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
            "p of differences between models allows for there being several, their intervals do not: each is of 95 % "
            "by itself."
        )
    return caveats


def _annotator_caveat(annotators: int) -> str:
    if annotators == 1:
        return (
            "All answers come from one annotator: the figures describe this person's judgement and cannot show "
            "how much experts differ."
        )
    if annotators < FEW_CLUSTERS:
        return (
            f"There are {annotators} annotators. Errors that allow for them are uncertain with fewer than "
            f"{FEW_CLUSTERS}, and tell little of other experts."
        )
    return f"The {annotators} annotators stand for experts like them, if nothing but chance brought them here."
