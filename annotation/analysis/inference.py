"""The regressions as they should be, and what a statistician asks next.

`campaign_analysis` has the figures that are quick to have: labels, and the regressions as published and with an
intercept. Here are standard errors that allow for annotators and records, the estimators that stand beside the
logit, models set against each other, the four labels in order, claims on the population, and permutation tests
within annotators.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .annotation_frame import STRATUM, AnnotationFrame, drawn_column
from .answer.primary import Primary, primary_analysis
from .designs import Coding, Design, membership_designs, stratum_designs
from .mixed.model import MixedLogit, mixed_logit
from .population import PopulationShare, population_shares, sampling_weights, union_weights
from .regression.clusters import clusterings, record_clusters
from .regression.contrasts import ModelComparison, adjusted_for_all, compare_models
from .regression.logit import Regression
from .regression.ordinal import OrdinalAnalysis, ordinal_analysis
from .regression.permutation import SHUFFLES, PermutationTest, permutation_tests
from .regression.quoted import Recommendation, quoted_logit
from .regression.robust import annotator_effects_logit, clustered_logits, exchangeable_gee, firth_logit
from .regression.rowwise import RowwiseFit, fit_rowwise


@dataclass(frozen=True)
class Inference:
    """`clustered` has the logits of every design under every clustering; `beside` the other estimators."""

    recommended: Recommendation
    clustered: tuple[Regression, ...]
    beside: tuple[Regression, ...]
    spread: dict[str, dict[str, float]]  # by regression: standard deviation of the mixed model's random intercepts
    spread_intervals: dict[str, dict[str, tuple[float, float | None]]]
    comparison: ModelComparison
    ordinal: OrdinalAnalysis
    population: tuple[PopulationShare, ...]
    population_reason: str  # why nothing can be weighted up; empty where it can
    population_comparison: ModelComparison | None  # as `comparison`, of all pairs of the strata; None for that reason
    permutation: tuple[PermutationTest, ...]


def infer(
    data: AnnotationFrame, *, seed: int = 0, shuffles: int = SHUFFLES, primary: Primary | None = None
) -> Inference:
    """All of it. `seed` and `shuffles` are the permutation tests'; nothing else is random. `primary` is made anew where
    it is not given."""
    primary = primary or primary_analysis(data)
    linked = data.frame["linked"]
    designs = (*stratum_designs(data), *membership_designs(data))
    fits = [fit_rowwise(design, linked) for design in designs]
    clusters = clusterings(data)
    mixed = [mixed_logit(fit, data) for fit in fits]
    weights, unweighted = sampling_weights(data)
    beside: list[Regression] = []
    for design, fit, crossed in zip(designs, fits, mixed, strict=True):
        beside += _beside(design, fit, crossed, data)
        if weights is not None:
            # By modality a pair is found similar whatever it was drawn for: all strata are one set of pairs.
            up = weights if design.coding == "stratum" else union_weights(data)[0]
            weighted = fit_rowwise(design, linked, weights=up)
            beside.append(quoted_logit(weighted, primary.clusters, estimator="weighted logit"))
    return Inference(
        recommended=primary.recommended,
        clustered=tuple(table for fit in fits for table in clustered_logits(fit, clusters)),
        beside=(*beside, *_separated([*designs, primary.fit.design], [*fits, primary.fit], linked)),
        spread={_named(crossed): crossed.spread for crossed in mixed if crossed.spread},
        spread_intervals={_named(crossed): crossed.spread_intervals for crossed in mixed if crossed.spread},
        comparison=primary.comparison,
        ordinal=ordinal_analysis(primary.fit, data, primary.clusters),
        population=population_shares(data),
        population_reason=unweighted,
        population_comparison=None if weights is None else _weighted_up(primary, linked, weights),
        permutation=_permutation(data, designs, fits, seed=seed, shuffles=shuffles),
    )


def _named(crossed: MixedLogit) -> str:
    return f"{crossed.regression.coding}: {crossed.regression.name}"


def _weighted_up(primary: Primary, linked: pd.Series, weights: NDArray[np.float64]) -> ModelComparison:
    fit = fit_rowwise(primary.fit.design, linked, weights=weights)
    return adjusted_for_all(compare_models(fit, primary.clusters))


def _beside(design: Design, fit: RowwiseFit, crossed: MixedLogit, data: AnnotationFrame) -> list[Regression]:
    if fit.fitted is None:
        return []  # the logits say why, and Firth's follows where cells separate
    return [
        annotator_effects_logit(design, data, record_clusters(data)),
        exchangeable_gee(fit, data),
        crossed.regression,
    ]


def _separated(designs: Iterable[Design], fits: Iterable[RowwiseFit], linked: pd.Series) -> list[Regression]:
    """Firth's penalised fit of each design whose cells separate, once for each name."""
    separated = {
        (design.coding, design.name): design for design, fit in zip(designs, fits, strict=True) if fit.judged.separated
    }
    return [firth_logit(design, linked) for design in separated.values()]


def _permutation(
    data: AnnotationFrame, designs: Iterable[Design], fits: Iterable[RowwiseFit], *, seed: int, shuffles: int
) -> tuple[PermutationTest, ...]:
    kinds = {"stratum": "whole pairs of one comparison", "membership": "whole pairs of one stratum"}
    tests: list[PermutationTest] = []
    for design, fit in zip(designs, fits, strict=True):
        tests += permutation_tests(
            design,
            data.frame["linked"],
            fit.regression(errors=fit.plain_errors, name="nonrobust"),
            seed=seed,
            shuffles=shuffles,
            pairs=data.frame["pair"],
            blocks=pair_blocks(data, design.coding),
            within=kinds[design.coding],
        )
    return tuple(tests)


def pair_blocks(data: AnnotationFrame, coding: Coding) -> pd.Series:
    """(n,) texts: among which rows whole pairs may change places where no model's finding matters. Those of one
    comparison, or of one stratum where it is membership that is tested; pairs that one person alone answered stay
    among that person's."""
    frame = data.frame
    people = frame.groupby("pair")["annotator"]
    alone = people.transform("first").where(people.transform("nunique") == 1, "").astype(str)
    kind = frame["comparison"].fillna("").astype(str) if coding == "stratum" else _stratum(data)
    return kind + "|" + alone


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
