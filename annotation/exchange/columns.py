"""The columns of a file of annotations. Pure.

    pair                         one number per pair, so that answers to one pair stay together where it has no records
    a, b                         record ids; empty in published tables that name no records
    a_collection, b_collection   slugs of their collections
    comparison                   what the pair was drawn by; may be empty
    MODEL                        one column per model: 1 if its stratum has the pair similar for the model, else 0
    annotator, position          who, and at which place in that annotator's order (from 1)
    label                        one of the four; empty where an annotator left the pair empty
    comment, seconds, created    as given; `created` in ISO 8601 with a time zone
    active_seconds               of the seconds, those in which the annotator was at it
    unsure                       1 where the annotator hesitated
    faulty                       records that look broken to the annotator: a, b or ab
    revision                     1 for an annotator's first answer to a pair, 2 for the correction of it ...
    submission                   identifier of the answer: reading a file twice stores each answer once
    stratum_available            pairs in the stratum, where known
    similarity_kind              what similarities are: plain, centred ..., the same for all pairs of a file; empty
                                 where pairs were imported and their file did not say
    simulated                    1 where a program gave the labels
    finer, finer_key             name and key of the campaign's finer label under the label; empty where the answer was
                                 left at the label itself. Not in files of campaigns that have none
    skipped                      why the annotator skipped the pair: cannot_tell, no_picture, not_my_field or other;
                                 such a row is no answer and has no label. Not in files of campaigns without skips
    gold                         the label that the leads hold to be right; empty where the pair is not gold
    similarity|COMPARISON|MODEL  similarity of the pair
    similar|COMPARISON|MODEL     1 if it is at or above the model's threshold, else 0

Any other column is a model's. One whose slug is among the names above is written `model|SLUG`.
"""

from dataclasses import dataclass

FIRST_COLUMNS = ("a", "b", "comparison")
LAST_COLUMNS = (
    "annotator",
    "label",
    "comment",
    "seconds",
    "active_seconds",
    "unsure",
    "faulty",
    "created",
    "position",
    "revision",
    "submission",
    "pair",
    "a_collection",
    "b_collection",
    "stratum_available",
    "simulated",
    "gold",
    "similarity_kind",
)
FINER_COLUMNS = ("finer", "finer_key")
SKIP_COLUMNS = ("skipped",)
NAMED_COLUMNS = frozenset({*FIRST_COLUMNS, *LAST_COLUMNS, *FINER_COLUMNS, *SKIP_COLUMNS})
TEXT_COLUMNS = frozenset({"a", "b", "comparison", "annotator", "comment", "a_collection", "b_collection", "finer"})


@dataclass(frozen=True)
class ScoreColumn:
    """A column with one figure of every pair: `kind` is "similarity" or "similar"."""

    kind: str
    comparison: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.kind}|{self.comparison}|{self.model}"


def model_column(slug: str) -> str:
    return f"model|{slug}" if slug in NAMED_COLUMNS or "|" in slug else slug


def model_of_column(name: str) -> str | None:
    """The slug of the model whose pattern a column holds; None where it holds something else."""
    if name in NAMED_COLUMNS or score_column(name):
        return None
    return name.removeprefix("model|")


def score_column(name: str) -> ScoreColumn | None:
    kind, *rest = name.split("|", 2)
    if kind in ("similarity", "similar") and len(rest) == 2:
        return ScoreColumn(kind, *rest)
    return None
