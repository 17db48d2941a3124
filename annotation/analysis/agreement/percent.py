"""How far annotators agree on the pairs that more than one of them answered."""

from dataclasses import dataclass

import pandas as pd

from annotation.analysis.annotation_frame import EMPTY_LABEL, AnnotationFrame


@dataclass(frozen=True)
class Agreement:
    """Percent agreement: over pairs of records, the mean share of pairs of annotators who gave the same answer.

    `same_label` compares the labels, `same_outcome` only linked or not. Both are None where no pair has two
    answers; `reason` then says so.
    """

    pairs: int  # record pairs with at least two answers
    answers: int  # answers to these
    same_label: float | None
    same_outcome: float | None
    reason: str = ""


def percent_agreement(data: AnnotationFrame) -> Agreement:
    """Agreement over all pairs with two or more answers; an answer left empty does not count as one."""
    answered = data.frame[data.frame["label"] != EMPTY_LABEL]
    overlapping = answered[answered.groupby("pair")["annotator"].transform("nunique") > 1]
    pairs = int(overlapping["pair"].nunique())
    if not pairs:
        reason = (
            "Only one person has answered."
            if len(data.annotators) == 1
            else "No pair has been answered by more than one person."
        )
        return Agreement(pairs=0, answers=0, same_label=None, same_outcome=None, reason=reason)
    return Agreement(
        pairs=pairs,
        answers=len(overlapping),
        same_label=_mean_agreement(overlapping, "label"),
        same_outcome=_mean_agreement(overlapping, "linked"),
    )


def _mean_agreement(answers: pd.DataFrame, column: str) -> float:
    """Mean over pairs of sum_c n_c (n_c - 1) / (n (n - 1)), where n_c of the pair's n answers are c."""
    each = answers.groupby(["pair", column]).size()
    agreeing = (each * (each - 1)).groupby("pair").sum()
    total = each.groupby("pair").sum()
    return float((agreeing / (total * (total - 1))).mean())
