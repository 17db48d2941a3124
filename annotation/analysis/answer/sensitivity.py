"""Whether the answer hangs on what may be decided otherwise: answers that are left out, and where a link begins."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from annotation.analysis.annotation_frame import EMPTY_LABEL, FAULTY, UNSURE, AnnotationFrame

from .findings import SIGNIFICANT
from .primary import Primary, primary_analysis

FEWEST_OF_EITHER = 10  # links, and other answers, that a cut must leave to be fitted


@dataclass(frozen=True)
class Difference:
    """`model` less `other`, as odds ratio, under the errors to quote; None where it cannot be told. Of one model alone,
    `other` is empty and p its own."""

    model: str
    other: str
    odds_ratio: float | None
    low: float | None
    high: float | None
    p_holm: float | None

    @property
    def direction(self) -> int:
        """1 or -1 where it is told from chance, 0 where not."""
        if self.p_holm is None or self.odds_ratio is None or self.p_holm >= SIGNIFICANT:
            return 0
        return 1 if self.odds_ratio > 1 else -1


@dataclass(frozen=True)
class Variant:
    """The answer's regression on other answers or another outcome. `changed` counts the answers that it treats
    otherwise; `same` says whether it tells the same differences; None where nothing can be fitted, as `reason` says."""

    name: str
    n: int
    changed: int
    differences: tuple[Difference, ...]
    same: bool | None
    reason: str = ""


def sensitivity(data: AnnotationFrame, primary: Primary, skipped: pd.DataFrame | None = None) -> tuple[Variant, ...]:
    """As planned first. `skipped` has a row for each pair that somebody passed over, with the columns of `data.frame`
    that say who, what pair, which records and which models find it similar."""
    planned = _variant("As planned", data, 0, primary, None)
    if not data.models or not len(data.frame):
        return ()
    variants = [planned]
    for name, frame, changed in _others(data, skipped):
        links = int(frame["linked"].sum())
        if min(links, len(frame) - links) < FEWEST_OF_EITHER:
            reason = (
                f"{links} of {len(frame)} answers are links then: at least {FEWEST_OF_EITHER} of either are needed."
            )
            variants.append(Variant(name, len(frame), changed, (), None, reason))
            continue
        other = replace(data, frame=frame.reset_index(drop=True))
        variants.append(_variant(name, other, changed, primary_analysis(other), planned.differences))
    return tuple(variants)


def _others(data: AnnotationFrame, skipped: pd.DataFrame | None) -> Iterator[tuple[str, pd.DataFrame, int]]:
    """Name, answers, and how many of them are treated otherwise; only those that change something."""
    frame = data.frame
    for name, column in (("Without unsure answers", UNSURE), ("Without answers on records reported as broken", FAULTY)):
        if column in frame and (left_out := frame[column].astype(bool)).any():
            yield name, frame[~left_out], int(left_out.sum())
    empty = frame["label"] == EMPTY_LABEL
    if empty.any():
        yield "Without answers left empty", frame[~empty], int(empty.sum())
    if skipped is not None and len(skipped):
        passed_over = skipped.assign(linked=0, label=EMPTY_LABEL)
        yield "With skipped pairs as not linked", pd.concat([frame, passed_over], ignore_index=True), len(skipped)
    # A link is any label but the farthest; at each closer cut, what else counts as none.
    for cut in range(len(data.labels) - 2, 0, -1):
        linked = frame["label"].isin(data.labels[:cut]).astype(int)
        changed = int((linked != frame["linked"]).sum())
        if changed:
            counted = data.labels[cut - 1].replace("_", " ")
            closer = " or closer" if cut > 1 else ""
            yield f"A link is “{counted}”{closer}", frame.assign(linked=linked), changed


def _variant(
    name: str, data: AnnotationFrame, changed: int, primary: Primary, planned: tuple[Difference, ...] | None
) -> Variant:
    found = tuple(_differences(primary))
    same = None if planned is None else _told(found) == _told(planned)
    reason = "" if any(each.odds_ratio is not None for each in found) else " ".join(primary.regression.warnings)
    return Variant(name, len(data.frame), changed, found, None if reason else same, reason)


def _told(differences: tuple[Difference, ...]) -> set[tuple[str, str, int]]:
    return {(each.model, each.other, each.direction) for each in differences if each.direction}


def _differences(primary: Primary) -> Iterator[Difference]:
    for each in primary.comparison.contrasts:
        row = each.coefficient
        yield Difference(each.model, each.other, row.odds_ratio, row.odds_low, row.odds_high, each.p_holm)
    if not primary.comparison.contrasts:
        for row in primary.regression.slopes:
            yield Difference(row.term, "", row.odds_ratio, row.odds_low, row.odds_high, row.p)
