"""All that the command `analyse` prints: the dashboard's analysis and everything that takes longer."""

from dataclasses import asdict, dataclass
from typing import Any

from .annotation_frame import AnnotationFrame
from .campaign_analysis import CampaignAnalysis, analyse, analysis_document, regression_document
from .inference import Inference, infer
from .ordinal import OrdinalAnalysis
from .permutation import SHUFFLES


@dataclass(frozen=True)
class FullAnalysis:
    campaign: CampaignAnalysis
    inference: Inference


def analyse_fully(data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES) -> FullAnalysis:
    """Run every analysis. `seed` decides all that is drawn at random."""
    return FullAnalysis(
        campaign=analyse(data, seed=seed, shuffles=shuffles), inference=infer(data, seed=seed, shuffles=shuffles)
    )


def full_document(analysis: FullAnalysis) -> dict[str, Any]:
    """Plain data for JSON: no NaN, None where a figure cannot be estimated, and a sentence that says why.

    `regressions` holds the binary logits: as published, with an intercept, and with clustered errors. All that is
    estimated otherwise is under "beside".
    """
    document, inference = analysis_document(analysis.campaign), analysis.inference
    document["regressions"] += [regression_document(fit) for fit in inference.clustered]
    return document | {
        "recommended": asdict(inference.recommended),
        "beside": [regression_document(fit) for fit in inference.beside],
        "mixed_spread": inference.spread,
        "model_comparison": asdict(inference.comparison),
        "ordinal": _ordinal_document(inference.ordinal),
        "population": [asdict(share) for share in inference.population],
        "population_reason": inference.population_reason,
        "permutation_within": [asdict(test) for test in inference.permutation],
    }


def _ordinal_document(ordinal: OrdinalAnalysis) -> dict[str, Any]:
    return {
        "labels": list(ordinal.labels),
        "regression": regression_document(ordinal.regression),
        "proportional_odds": {**asdict(ordinal.proportional_odds), "holds": ordinal.proportional_odds.holds},
        "multinomial": None if ordinal.multinomial is None else regression_document(ordinal.multinomial),
    }
