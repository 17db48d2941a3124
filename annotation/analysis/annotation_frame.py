"""The table that all analyses read: one row per annotator and pair, holding the answer that counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

# Columns that are there whatever the sampling; the predictors are named by the two functions below.
COLUMNS = ("annotator", "pair", "a", "b", "comparison", "label", "linked", "position", "seconds", "created")

# Columns that a frame may have besides.
STRATUM = "stratum"  # an integer for each stratum that pairs were drawn from
STRATUM_SIZE = "stratum_size"  # pairs in that stratum; NaN where it is not known
STRATUM_DRAWN = "stratum_drawn"  # pairs drawn for that stratum; NaN where it is not known
WEIGHT = "weight"  # inverse of the pair's inclusion probability
TERMS = "terms"  # tuple of the taxonomy terms that either record has
GOLD = "gold"  # the right label of the pair, empty where it is not known
UNSURE = "unsure"  # True where the annotator hesitated
FAULTY = "faulty"  # True where a record was reported as broken
FINER = "finer"  # code of the finer label, empty where the answer was left at the label itself

EMPTY_LABEL = ""


def drawn_column(model: str) -> str:
    """Name of the 0/1 column: is `model` above its threshold in the stratum that the pair was drawn from?"""
    return f"drawn|{model}"


def similar_column(comparison: str, model: str) -> str:
    """Name of the 0/1/NaN column: is the pair above `model`'s threshold under `comparison`? NaN: not known."""
    return f"similar|{comparison}|{model}"


def similarity_column(comparison: str, model: str) -> str:
    """Name of the column with the pair's similarity by `model` under `comparison`; NaN: not known."""
    return f"similarity|{comparison}|{model}"


@dataclass(frozen=True)
class AnnotationFrame:
    """A campaign's current annotations.

    `frame` has the columns of `COLUMNS`, `drawn_column` for every model and `similar_column` for every
    comparison and model; it may have `similarity_column` and those named above. `label` is empty where the
    annotator left it so; `linked` is 1 for any label but *unrelated*, and 0 for an empty one, as in the paper.
    """

    models: tuple[str, ...]  # slugs in the order of the sampling: the first is the base
    comparisons: tuple[str, ...]
    labels: tuple[str, ...]  # codes, the closest relation first
    frame: pd.DataFrame
    finer: tuple[str, ...] = ()  # codes of the campaign's finer labels in their order; with any, FINER is a column

    @property
    def base(self) -> str:
        return self.models[0]

    @property
    def annotators(self) -> tuple[str, ...]:
        """Names of those who answered, in alphabetical order."""
        return tuple(sorted(self.frame["annotator"].unique()))

    def drawn(self, models: Sequence[str]) -> pd.DataFrame:
        """Float frame (n, len(models)) of the strata's patterns, columns named after the models."""
        return self.frame[[drawn_column(model) for model in models]].astype(float).set_axis(list(models), axis=1)
