"""The regressions as they should be, and what a statistician asks next.

`campaign_analysis` has the figures that are quick to have: labels, and the regressions as published and with an
intercept. Here are standard errors that allow for annotators and records, the estimators that stand beside the
logit, models set against each other, the four labels in order, claims on the population, and permutation tests
within annotators.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from annotation.analysis.annotation_frame import STRATUM, AnnotationFrame, drawn_column
from annotation.analysis.designs import Design, joint_design, membership_designs, stratum_designs
from annotation.analysis.population import PopulationShare, population_shares, sampling_weights

from .clusters import FEW_CLUSTERS, Clusters, clusterings, improbably_small, record_clusters
from .contrasts import ModelComparison, adjusted_for_all, compare_models
from .logit import Regression
from .mixed import MixedLogit, mixed_logit
from .ordinal import OrdinalAnalysis, ordinal_analysis
from .permutation import SHUFFLES, PermutationTest, permutation_tests
from .robust import annotator_effects_logit, clustered_logit, clustered_logits, exchangeable_gee, firth_logit
from .rowwise import RowwiseFit, fit_rowwise


@dataclass(frozen=True)
class Recommendation:
    """Which standard errors to quote, and why in a sentence or two."""

    covariance: str
    reason: str


@dataclass(frozen=True)
class Inference:
    """`clustered` has the logits of every design under every clustering; `beside` the other estimators."""

    recommended: Recommendation
    clustered: tuple[Regression, ...]
    beside: tuple[Regression, ...]
    spread: dict[str, dict[str, float]]  # by regression: standard deviation of the mixed model's random intercepts
    comparison: ModelComparison
    ordinal: OrdinalAnalysis
    population: tuple[PopulationShare, ...]
    population_reason: str  # why nothing can be weighted up; empty where it can
    permutation: tuple[PermutationTest, ...]


def infer(data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES) -> Inference:
    """All of it. `seed` and `shuffles` are the permutation tests'; nothing else is random."""
    linked = data.frame["linked"]
    designs = (*stratum_designs(data), *membership_designs(data))
    fits = [fit_rowwise(design, linked) for design in designs]
    clusters = clusterings(data)
    mixed = [mixed_logit(fit, data) for fit in fits]
    weights, unweighted = sampling_weights(data)
    joint = joint_design(data)
    joint_fit = fit_rowwise(joint, linked)
    quoted, recommended = _recommendation(data, joint_fit, clusters)
    beside: list[Regression] = []
    for design, fit, crossed in zip(designs, fits, mixed, strict=True):
        beside += _beside(design, fit, crossed, data)
        if weights is not None and design.coding == "stratum":
            weighted = fit_rowwise(design, linked, weights=weights)
            beside.append(_quoted(weighted, quoted, estimator="weighted logit"))
    return Inference(
        recommended=recommended,
        clustered=tuple(table for fit in fits for table in clustered_logits(fit, clusters)),
        beside=(*beside, *_separated([*designs, joint], [*fits, joint_fit], linked)),
        spread={
            f"{crossed.regression.coding}: {crossed.regression.name}": crossed.spread
            for crossed in mixed
            if crossed.spread
        },
        comparison=adjusted_for_all(compare_models(joint_fit, quoted)),
        ordinal=ordinal_analysis(joint_fit, data, quoted),
        population=population_shares(data),
        population_reason=unweighted,
        permutation=_permutation(data, designs, fits, seed=seed, shuffles=shuffles),
    )


def _beside(design: Design, fit: RowwiseFit, crossed: MixedLogit, data: AnnotationFrame) -> list[Regression]:
    if fit.fitted is None:
        return []  # the logits say why, and Firth's follows where cells separate
    return [
        annotator_effects_logit(design, data, record_clusters(data)),
        exchangeable_gee(fit, data),
        crossed.regression,
    ]


def _quoted(fit: RowwiseFit, clusters: Clusters | None, *, estimator: str) -> Regression:
    if clusters is not None:
        return clustered_logit(fit, clusters, estimator=estimator)
    covariance = None if fit.fitted is None else fit.fitted.cov_params()
    return fit.regression(covariance=covariance, name="nonrobust", estimator=estimator)


def _separated(designs: Iterable[Design], fits: Iterable[RowwiseFit], linked: pd.Series) -> list[Regression]:
    """Firth's penalised fit of each design whose cells separate, once for each name."""
    separated = {
        (design.coding, design.name): design for design, fit in zip(designs, fits, strict=True) if fit.judged.separated
    }
    return [firth_logit(design, linked) for design in separated.values()]


def _recommendation(
    data: AnnotationFrame, fit: RowwiseFit, clusters: Sequence[Clusters]
) -> tuple[Clusters | None, Recommendation]:
    """The clusters to quote, None for plain errors, and why."""
    by_name = {found.name: found for found in clusters}
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
        with_annotators, without = (np.diag(fit.clustered(found)[0])[1:] for found in (both, records))
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


def _permutation(
    data: AnnotationFrame, designs: Iterable[Design], fits: Iterable[RowwiseFit], *, seed: int, shuffles: int
) -> tuple[PermutationTest, ...]:
    frame = data.frame
    comparison = frame["comparison"].fillna("").astype(str)
    annotator = frame["annotator"].astype(str)
    kinds = {
        "stratum": (annotator + "|" + comparison, "of one annotator and comparison"),
        "membership": (annotator + "|" + _stratum(data), "of one annotator and stratum"),
    }
    tests: list[PermutationTest] = []
    for design, fit in zip(designs, fits, strict=True):
        blocks, within = kinds[design.coding]
        covariance = None if fit.fitted is None else fit.fitted.cov_params()
        table = fit.regression(covariance=covariance, name="nonrobust")
        tests += permutation_tests(
            design, frame["linked"], table, seed=seed, shuffles=shuffles, blocks=blocks, within=within
        )
    return tuple(tests)


def _stratum(data: AnnotationFrame) -> pd.Series:
    """A text for each annotation's stratum."""
    if STRATUM in data.frame:
        return data.frame[STRATUM].astype(str)
    parts = [data.frame["comparison"].fillna("").astype(str)]
    parts += [data.frame[drawn_column(model)].astype(str) for model in data.models]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined
