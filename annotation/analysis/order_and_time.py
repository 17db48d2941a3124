"""Learning and fatigue over an annotator's order, and time on the pairs.

Pairs come in random order, so a trend over the order is the annotator's and not the pairs'. Answers whose position is
missing were given in an order that is not known.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from .annotation_frame import EMPTY_LABEL, AnnotationFrame
from .designs import Design
from .regression.clusters import FEW_CLUSTERS, Clusters
from .regression.logit import Coefficient
from .regression.robust import MOST_ANNOTATOR_EFFECTS
from .regression.rowwise import fit_rowwise
from .regression.shares import clustered_share_interval
from .regression.wald import Spread, wald_row

PER = 100  # trends are for so many pairs
THIRDS = ("first third", "second third", "last third")
FASTEST_SECONDS = 1.5  # below, two pictures and two texts cannot have been looked at
FAST_SHARE = 0.25

_LINKED = "linked, 100 pairs on"
_SECONDS = "seconds, 100 pairs on"


@dataclass(frozen=True)
class Trend:
    """Change over 100 pairs within annotators: `linked` in log odds, `seconds` as a factor (`odds_ratio` of its row,
    whose coefficient is of the logarithm). Rows have no figures where `warnings` say why.
    """

    linked: Coefficient
    seconds: Coefficient
    n: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Third:
    """A third of every annotator's order: share of links with its interval, median seconds (None where no time was
    measured)."""

    name: str
    n: int
    share: float
    low: float
    high: float
    median_seconds: float | None


@dataclass(frozen=True)
class TimeOnTask:
    """Seconds on a pair over `n` timed answers of a group."""

    group: str
    n: int
    lower_quartile: float
    median: float
    upper_quartile: float


@dataclass(frozen=True)
class OrderAndTime:
    trend: Trend
    thirds: tuple[Third, ...]
    overall: TimeOnTask | None
    by_label: tuple[TimeOnTask, ...]
    by_comparison: tuple[TimeOnTask, ...]
    by_annotator: tuple[TimeOnTask, ...]
    warnings: tuple[str, ...]  # on the quality of the data


def order_and_time(data: AnnotationFrame, clusters: Clusters | None = None) -> OrderAndTime:
    """Shares' intervals allow for `clusters`."""
    frame = data.frame
    timed = frame[frame["seconds"].astype(float) > 0].assign(seconds=lambda rows: rows["seconds"].astype(float))
    in_order = frame["position"].notna()
    overall = _times([("all answers", timed)])
    labelled = timed[timed["label"] != EMPTY_LABEL]
    return OrderAndTime(
        trend=_trend(frame, timed, in_order),
        thirds=_thirds(frame[in_order], timed, clusters),
        overall=overall[0] if overall else None,
        by_label=_times(labelled.groupby("label", sort=True)),
        by_comparison=_times(timed[timed["comparison"].fillna("") != ""].groupby("comparison", sort=True)),
        by_annotator=_times(timed.groupby("annotator", sort=True)),
        warnings=tuple(_quality(timed)),
    )


def _trend(frame: pd.DataFrame, timed: pd.DataFrame, in_order: pd.Series) -> Trend:
    if len(frame) and not in_order.any():
        nothing = "The order in which these answers were given is not known."
        return Trend(Coefficient(_LINKED), Coefficient(_SECONDS), 0, (nothing,))
    linked, said = _linked_trend(frame[in_order])
    seconds, said_of_seconds = _seconds_trend(timed[in_order[timed.index]])
    left_out = frame["annotator"][~in_order].nunique()
    unknown = (
        f"{left_out} of {frame['annotator'].nunique()} annotators are left out: the order in which they answered is "
        "not known."
    )
    return Trend(linked, seconds, int(in_order.sum()), (*said, *said_of_seconds, *([unknown] if left_out else [])))


def _linked_trend(frame: pd.DataFrame) -> tuple[Coefficient, tuple[str, ...]]:
    """Logit of linked on the position with an intercept for every annotator, clustered by annotator."""
    unknown = Coefficient(_LINKED)
    varied = frame.groupby("annotator").agg(outcomes=("linked", "nunique"), places=("position", "nunique"))
    people = sorted(varied.index[(varied["outcomes"] > 1) & (varied["places"] > 1)])
    if not people:
        return unknown, ("No annotator has given both links and other answers, so a trend cannot be told.",)
    if len(people) > MOST_ANNOTATOR_EFFECTS:
        return unknown, (f"The trend is left out for more than {MOST_ANNOTATOR_EFFECTS} annotators.",)
    rows = frame[frame["annotator"].isin(people)].reset_index(drop=True)
    columns = {unknown.term: rows["position"].astype(float) / PER}
    columns |= {f"annotator {name}": (rows["annotator"] == name).astype(float) for name in people[1:]}
    fit = fit_rowwise(Design("order", "stratum", pd.DataFrame(columns)), rows["linked"])
    if fit.fitted is None:
        return unknown, fit.warnings
    few: tuple[str, ...] = ()
    groups = pd.factorize(rows["annotator"])[0]
    clustered = fit.fitted.model.fit(cov_type="cluster", cov_kwds={"groups": groups}) if len(people) > 1 else fit.fitted
    if 1 < len(people) < FEW_CLUSTERS:
        few = (f"The trends' intervals rest on {len(people)} annotators: they may promise too much.",)
    df = len(people) - 1 if len(people) > 1 else None
    place = fit.fitted_terms.index(unknown.term)
    spread = Spread("cluster-annotator", float(np.asarray(clustered.cov_params())[place, place]), df)
    return wald_row(unknown.term, float(fit.fitted.params[place]), spread), few


def _seconds_trend(timed: pd.DataFrame) -> tuple[Coefficient, tuple[str, ...]]:
    """Least squares of log seconds on the position, each within its annotator's mean."""
    unknown = Coefficient(_SECONDS)
    if len(timed) < 3:
        return unknown, ("Too few answers have a time for a trend.",)
    people = timed["annotator"]
    log_seconds = np.log(timed["seconds"])
    place = timed["position"].astype(float) / PER
    within_seconds = (log_seconds - log_seconds.groupby(people).transform("mean")).to_numpy()
    within_place = (place - place.groupby(people).transform("mean")).to_numpy()
    if not within_place.any() or not within_seconds.any():
        return unknown, ("The times do not vary within annotators, so a trend cannot be told.",)
    groups = pd.factorize(people)[0]
    count = int(groups.max()) + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of small samples; wald_row leaves out what is not finite
        model = OLS(within_seconds, within_place[:, None])
        fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups}) if count > 1 else model.fit()
    df = count - 1 if count > 1 else max(1, len(timed) - 2)
    spread = Spread("cluster-annotator", float(np.asarray(fitted.cov_params())[0, 0]), df)
    return wald_row(unknown.term, float(fitted.params[0]), spread), ()


def _thirds(frame: pd.DataFrame, timed: pd.DataFrame, clusters: Clusters | None) -> tuple[Third, ...]:
    """By each annotator's own place among the pairs that he or she has answered."""
    if not len(frame):
        return ()
    rank = frame.groupby("annotator")["position"].rank(method="first") - 1
    count = frame.groupby("annotator")["position"].transform("size")
    third = (3 * rank / count).astype(int).clip(0, 2)
    found = []
    for number, name in enumerate(THIRDS):
        rows = third == number
        if rows.any():
            seconds = timed["seconds"][timed.index.isin(frame.index[rows])]
            median = float(seconds.median()) if len(seconds) else None
            linked = frame["linked"][rows]
            here = clusters.of(linked.index.to_numpy()) if clusters is not None else None
            low, high = clustered_share_interval(linked.to_numpy() == 1, frame["pair"][rows], here)
            found.append(Third(name, int(rows.sum()), float(linked.mean()), low, high, median))
    return tuple(found)


def _times(groups: Iterable[tuple[object, pd.DataFrame]]) -> tuple[TimeOnTask, ...]:
    found = []
    for name, rows in groups:
        if len(rows):
            low, middle, high = (float(seconds) for seconds in rows["seconds"].quantile([0.25, 0.5, 0.75]))
            found.append(TimeOnTask(str(name), len(rows), low, middle, high))
    return tuple(found)


def _quality(timed: pd.DataFrame) -> list[str]:
    said = []
    for name, rows in timed.groupby("annotator", sort=True):
        fast = float((rows["seconds"] < FASTEST_SECONDS).mean())
        if fast >= FAST_SHARE:
            said.append(
                f"{name} gave {100 * fast:.0f} % of {len(rows)} answers in less than {FASTEST_SECONDS} seconds, faster "
                "than a pair can be looked at: ask before relying on them."
            )
    return said
