"""What is regressed on what: the two codings of "a model finds this pair similar".

*Stratum* coding has one predictor per model: the pattern of the stratum that the pair was drawn from (the
paper's Table 6). *Membership* coding has one per modality and model: whether the pair is above that model's
threshold in that modality, whichever stratum it was drawn from (Table 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .annotation_frame import AnnotationFrame, similar_column

Coding = Literal["stratum", "membership"]

INTERCEPT = "intercept"

# The modalities of Table 7, by the comparison whose threshold they mean.
MODALITIES = {"image-image": "img", "text-text": "txt"}


@dataclass(frozen=True)
class Design:
    """The predictors of one regression: a float frame (n, k) of 0, 1 and, where it is not known, NaN."""

    name: str
    coding: Coding
    predictors: pd.DataFrame


def stratum_designs(data: AnnotationFrame) -> tuple[Design, ...]:
    """One design for each model but the base: base + model. A sampling of one model has just its own."""
    return tuple(Design(" + ".join(models), "stratum", data.drawn(models)) for models in _model_sets(data))


def joint_design(data: AnnotationFrame, models: Sequence[str] | None = None) -> Design:
    """All models at once, or those given, by stratum: the one in which models are set against each other."""
    chosen = data.models if models is None else models
    return Design(" + ".join(chosen), "stratum", data.drawn(chosen))


def membership_designs(data: AnnotationFrame) -> tuple[Design, ...]:
    """The same sets of models, each with one predictor per modality: img_base, img_ft-best, txt_base, ...

    A modality that the sampling did not compare is left out. Of a table that names no comparisons there are both, so
    that what is missing is said; where there are comparisons and none is of a modality alone, there is no design.
    """
    if no_modality(data):
        return ()
    compared = [comparison for comparison in MODALITIES if comparison in data.comparisons] or list(MODALITIES)
    return tuple(
        Design(" + ".join(models), "membership", _membership(data, compared, models)) for models in _model_sets(data)
    )


def no_modality(data: AnnotationFrame) -> str:
    """Why image and text cannot be told apart in these pairs; empty where they can."""
    if not data.models:
        return "No model's findings are known of these pairs."
    if not data.comparisons or any(comparison in data.comparisons for comparison in MODALITIES):
        return ""
    return (
        f"These pairs were compared by {' and '.join(data.comparisons)}, and by neither images nor texts alone: what "
        "either of them adds cannot be told. A sampling that compares image-image and text-text tells it."
    )


@dataclass(frozen=True)
class PatternCounts:
    """The distinct rows of the predictors, with how many annotations each has and how many of them are links."""

    terms: tuple[str, ...]
    design: NDArray[np.float64]  # (patterns, terms)
    linked: NDArray[np.int64]  # (patterns,)
    total: NDArray[np.int64]  # (patterns,)


def count_patterns(predictors: pd.DataFrame, linked: pd.Series, *, intercept: bool) -> PatternCounts:
    """Collapse `predictors` (n, k) and the 0/1 outcome `linked` (n,) to counts; a row with a NaN does not count."""
    columns = list(predictors.columns)
    outcome = linked.rename("|linked")
    # Without a predictor (pairs that no model drew) all rows are alike.
    grouped = predictors.join(outcome).groupby(columns or (lambda row: 0))
    counted = grouped["|linked"].agg(["sum", "size"])
    design = counted.index.to_frame().to_numpy(dtype=float)[:, : len(columns)]
    terms = tuple(columns)
    if intercept:
        terms = (INTERCEPT, *terms)
        design = np.column_stack([np.ones(len(design)), design])
    return PatternCounts(
        terms=terms,
        design=design,
        linked=counted["sum"].to_numpy(dtype=np.int64),
        total=counted["size"].to_numpy(dtype=np.int64),
    )


def _membership(data: AnnotationFrame, comparisons: list[str], models: tuple[str, ...]) -> pd.DataFrame:
    predictors = pd.DataFrame(index=data.frame.index)
    for comparison in comparisons:
        for model in models:
            column = similar_column(comparison, model)
            known = data.frame.get(column, np.nan)
            predictors[f"{MODALITIES[comparison]}_{model}"] = known
    return predictors.astype(float)


def _model_sets(data: AnnotationFrame) -> list[tuple[str, ...]]:
    if len(data.models) < 2:
        return [data.models] if data.models else []
    return [(data.base, model) for model in data.models[1:]]
