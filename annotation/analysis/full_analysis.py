"""All that the command `analyse` prints: the dashboard's analysis and everything that takes longer."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from .agreement.coefficients import AgreementCoefficient, agreement_coefficients
from .agreement.confusion import Confusion, confusion
from .annotation_frame import AnnotationFrame
from .answer.primary import primary_analysis
from .answer.sensitivity import Variant, sensitivity
from .campaign_analysis import (
    CampaignAnalysis,
    analyse,
    analysis_document,
    comparison_document,
    regression_document,
)
from .inference import Inference, infer
from .link_model import LinkModel, fit_link_model
from .order_and_time import OrderAndTime, order_and_time
from .population import union_weights
from .regression.clusters import clusterings
from .regression.ordinal import OrdinalAnalysis
from .regression.permutation import SHUFFLES, permutation_document
from .subsets import Interactions, Subset, TermEffect, by_annotator, by_comparison, by_term, interactions


@dataclass(frozen=True)
class Exploration:
    """Where and for whom the models work."""

    by_comparison: tuple[Subset, ...]
    interactions: Interactions
    by_term: tuple[TermEffect, ...]
    by_term_reason: str
    by_annotator: tuple[Subset, ...]
    by_annotator_reason: str
    order_and_time: OrderAndTime


@dataclass(frozen=True)
class FullAnalysis:
    campaign: CampaignAnalysis
    inference: Inference
    exploration: Exploration
    agreement: tuple[AgreementCoefficient, ...]
    confusion: Confusion
    link_model: LinkModel
    sensitivity: tuple[Variant, ...]


def analyse_fully(
    data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES, skipped: pd.DataFrame | None = None
) -> FullAnalysis:
    """Run every analysis. `seed` decides all that is drawn at random; `skipped` as for `sensitivity`."""
    primary = primary_analysis(data)
    return FullAnalysis(
        campaign=analyse(data, seed=seed, shuffles=shuffles, primary=primary),
        inference=infer(data, seed=seed, shuffles=shuffles, primary=primary),
        exploration=_explore(data, primary.recommended.covariance),
        agreement=agreement_coefficients(data, seed=seed),
        confusion=confusion(data),
        link_model=fit_link_model(data, seed=seed, weights=union_weights(data)[0]),
        sensitivity=sensitivity(data, primary, skipped),
    )


def _explore(data: AnnotationFrame, covariance: str) -> Exploration:
    by_name = {clusters.name: clusters for clusters in clusterings(data)}
    quoted, records = by_name.get(covariance), by_name.get("cluster-record")
    terms, no_terms = by_term(data, quoted)
    annotators, no_annotators = by_annotator(data, records)
    return Exploration(
        by_comparison=by_comparison(data, quoted),
        interactions=interactions(data, quoted),
        by_term=terms,
        by_term_reason=no_terms,
        by_annotator=annotators,
        by_annotator_reason=no_annotators,
        order_and_time=order_and_time(data, quoted),
    )


def full_document(analysis: FullAnalysis) -> dict[str, Any]:
    """Plain data for JSON: no NaN, None where a figure cannot be estimated, and a sentence that says why.

    `regressions` holds the binary logits: as published, with an intercept, and with clustered errors. All that is
    estimated otherwise is under "beside".
    """
    document, inference = analysis_document(analysis.campaign), analysis.inference
    document["regressions"] += [regression_document(fit) for fit in inference.clustered]
    return document | {
        "beside": [regression_document(fit) for fit in inference.beside],
        "mixed_spread": inference.spread,
        "mixed_spread_intervals": inference.spread_intervals,
        "ordinal": _ordinal_document(inference.ordinal),
        "population": [asdict(share) for share in inference.population],
        "population_reason": inference.population_reason,
        "population_comparison": None
        if inference.population_comparison is None
        else comparison_document(inference.population_comparison),
        "permutation_within": [permutation_document(test) for test in inference.permutation],
        "agreement": document["agreement"]
        | {"coefficients": [asdict(each) for each in analysis.agreement], "confusion": asdict(analysis.confusion)},
        **asdict(analysis.exploration),
        "sensitivity": [asdict(each) for each in analysis.sensitivity],
        "link_model": _link_document(analysis.link_model),
    }


def _link_document(model: LinkModel) -> dict[str, Any]:
    return asdict(replace(model, held_out=None, fitted=None, coefficients=())) | {
        "coefficients": dict(model.coefficients)
    }


def _ordinal_document(ordinal: OrdinalAnalysis) -> dict[str, Any]:
    return {
        "labels": list(ordinal.labels),
        "regression": regression_document(ordinal.regression),
        "proportional_odds": {**asdict(ordinal.proportional_odds), "holds": ordinal.proportional_odds.holds},
        "multinomial": None if ordinal.multinomial is None else regression_document(ordinal.multinomial),
    }
