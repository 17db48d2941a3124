"""Which labels people take for which: between themselves, and against the right label where that is known."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from annotation.analysis.annotation_frame import GOLD, AnnotationFrame
from annotation.analysis.wilson import wilson

MOST_PAIRS_OF_PEOPLE = 300


@dataclass(frozen=True)
class TwoPeople:
    """Two annotators on the `n` pairs that both answered; `kappa` is Cohen's, None where it cannot be told."""

    one: str
    other: str
    n: int
    same_label: float
    same_outcome: float
    kappa: float | None


@dataclass(frozen=True)
class AgainstGold:
    """One annotator's answers, or all ("all annotators"), against the right labels of `n` answers.

    `correct` is the share with the right label and its 95 % Wilson interval, for which answers are independent: where
    several people answered the same few pairs it is too narrow. `found` is the share of true links
    that were linked, `kept_apart` of others that were not; None where there were none.
    """

    annotator: str
    n: int
    correct: float
    low: float
    high: float
    found: float | None
    kept_apart: float | None


@dataclass(frozen=True)
class Confusion:
    """`between[i][j]` counts, over pairs of people on a pair, that one said label i and the other j; each pair of
    people counts once in either direction. `gold[i][j]` counts answers j to pairs whose right label is i.
    `reason` says why people cannot be compared, `gold_reason` why gold cannot; `has_gold`, whether any is known.
    """

    labels: tuple[str, ...]
    between: tuple[tuple[int, ...], ...]
    people: tuple[TwoPeople, ...]
    gold: tuple[tuple[int, ...], ...]
    against_gold: tuple[AgainstGold, ...]
    reason: str = ""
    gold_reason: str = ""
    has_gold: bool = False


def confusion(data: AnnotationFrame) -> Confusion:
    """Answers left empty or outside the scale do not count."""
    frame = data.frame[data.frame["label"].isin(data.labels)]
    codes = frame["label"].map({label: place for place, label in enumerate(data.labels)}).astype(int)
    frame = frame.assign(code=codes)
    overlapping = frame[frame.groupby("pair")["annotator"].transform("size") > 1]
    people, reason = _people(overlapping, len(data.labels))
    gold, against, gold_reason = _against_gold(data, frame)
    return Confusion(
        labels=data.labels,
        between=_between(overlapping, len(data.labels)),
        people=people,
        gold=gold,
        against_gold=against,
        reason=reason,
        gold_reason=gold_reason,
        has_gold=GOLD in data.frame,
    )


def _between(overlapping: pd.DataFrame, labels: int) -> tuple[tuple[int, ...], ...]:
    if not len(overlapping):
        return ()
    counts = pd.crosstab(overlapping["pair"], overlapping["code"]).reindex(columns=range(labels), fill_value=0)
    each = counts.to_numpy(dtype=np.int64)
    return _rows(each.T @ each - np.diag(each.sum(axis=0)))


def _people(overlapping: pd.DataFrame, labels: int) -> tuple[tuple[TwoPeople, ...], str]:
    names = sorted(overlapping["annotator"].unique())
    if len(names) < 2:
        return (), "No pair has been answered by more than one person."
    if len(names) * (len(names) - 1) // 2 > MOST_PAIRS_OF_PEOPLE:
        return (), f"There are {len(names)} annotators, too many to set each against each."
    wide = overlapping.pivot(index="pair", columns="annotator", values="code")
    linked = overlapping.pivot(index="pair", columns="annotator", values="linked")
    found = []
    for one, other in combinations(names, 2):
        both = wide[one].notna() & wide[other].notna()
        if not both.any():
            continue
        first, second = wide[one][both].astype(int), wide[other][both].astype(int)
        table = np.zeros((labels, labels), dtype=np.int64)
        np.add.at(table, (first.to_numpy(), second.to_numpy()), 1)
        constant = first.nunique() == 1 and second.nunique() == 1 and first.iloc[0] == second.iloc[0]
        found.append(
            TwoPeople(
                one=one,
                other=other,
                n=int(both.sum()),
                same_label=float((first == second).mean()),
                same_outcome=float((linked[one][both] == linked[other][both]).mean()),
                kappa=None if constant else float(cohens_kappa(table, return_results=False)),
            )
        )
    return tuple(found), ""


def _against_gold(
    data: AnnotationFrame, frame: pd.DataFrame
) -> tuple[tuple[tuple[int, ...], ...], tuple[AgainstGold, ...], str]:
    if GOLD not in frame:
        return (), (), "No right labels are known."
    known = frame[frame[GOLD].isin(data.labels)]
    if not len(known):
        return (), (), "No pair with a known right label has been answered."
    order = {label: place for place, label in enumerate(data.labels)}
    right = known[GOLD].map(order).astype(int)
    table = np.zeros((len(order), len(order)), dtype=np.int64)
    np.add.at(table, (right.to_numpy(), known["code"].to_numpy()), 1)
    # A link is any label but the least close.
    truth = known.assign(right=right, true_link=right < len(order) - 1)
    groups = [("all annotators", truth), *((str(name), rows) for name, rows in truth.groupby("annotator"))]
    return _rows(table), tuple(_of_gold(name, rows) for name, rows in groups), ""


def _of_gold(name: str, rows: pd.DataFrame) -> AgainstGold:
    correct = int((rows["right"] == rows["code"]).sum())
    low, high = wilson(correct, len(rows))
    links, others = rows[rows["true_link"]], rows[~rows["true_link"]]
    return AgainstGold(
        annotator=name,
        n=len(rows),
        correct=correct / len(rows),
        low=float(low),
        high=float(high),
        found=float(links["linked"].mean()) if len(links) else None,
        kept_apart=float(1 - others["linked"].mean()) if len(others) else None,
    )


def _rows(table: np.ndarray) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(count) for count in row) for row in table)
