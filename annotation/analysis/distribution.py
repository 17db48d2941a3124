"""How often each label was given: overall, and by annotator, stratum and model."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from .annotation_frame import EMPTY_LABEL, FINER, AnnotationFrame, drawn_column
from .regression.clusters import Clusters, record_clusters
from .regression.shares import clustered_share_interval


@dataclass(frozen=True)
class LabelCount:
    """`label` is empty for annotations that were left without one; `share` is of all n, None where n is 0. Its 95 %
    interval is given for all annotations together."""

    label: str
    count: int
    share: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LabelDistribution:
    """The labels of one group of annotations, with the share that links and its 95 % interval.

    Where the campaign has finer labels, `finer` counts them once more by their codes.
    """

    group: str
    n: int
    counts: tuple[LabelCount, ...]
    linked: int
    linked_share: float | None
    linked_low: float | None
    linked_high: float | None
    finer: tuple[LabelCount, ...] = ()


@dataclass(frozen=True)
class Distributions:
    overall: LabelDistribution
    by_annotator: tuple[LabelDistribution, ...]
    by_stratum: tuple[LabelDistribution, ...]
    by_model: tuple[LabelDistribution, ...]


def label_distributions(data: AnnotationFrame, clusters: Clusters | None = None) -> Distributions:
    """Count labels in all groups. A pair counts for every model that its stratum's pattern marks as similar.

    Intervals allow for `clusters` of the answers; those of one annotator's answers for records alone.
    """
    frame = data.frame
    labels = label_order(data)

    def distribution(group: str, rows: pd.DataFrame) -> LabelDistribution:
        return _distribution(group, rows, labels, data.finer, _within(rows, clusters))

    def of_person(name: str) -> LabelDistribution:
        rows = frame[frame["annotator"] == name]
        return _distribution(name, rows, labels, data.finer, records.of(rows.index.to_numpy()) if len(rows) else None)

    records = record_clusters(data)
    drawn = [drawn_column(model) for model in data.models]
    strata = frame.groupby(["comparison", *drawn], sort=True) if len(frame) else ()
    return Distributions(
        overall=_with_intervals(distribution("all annotations", frame), frame, clusters),
        by_annotator=tuple(of_person(name) for name in data.annotators),
        by_stratum=tuple(distribution(stratum_name(str(key[0]), data.models, key[1:]), rows) for key, rows in strata),
        by_model=tuple(distribution(model, frame[frame[drawn_column(model)] == 1]) for model in data.models),
    )


def label_order(data: AnnotationFrame) -> tuple[str, ...]:
    """The campaign's labels, the closest first, then any other that was found, then the empty one."""
    found = set(data.frame["label"].unique()) - set(data.labels) - {EMPTY_LABEL}
    return (*data.labels, *sorted(found), EMPTY_LABEL)


def stratum_name(comparison: str, models: Iterable[str], pattern: Iterable[int]) -> str:
    """Such as "image-image: ft-best and ft-last, not base"."""
    flags = dict(zip(models, pattern, strict=True))
    similar = [model for model, flag in flags.items() if flag]
    others = [model for model, flag in flags.items() if not flag]
    words = " and ".join(similar) or "no model"
    if not others:
        words = "all models" if len(similar) > 1 else words
    elif similar:
        words += ", not " + " or ".join(others)
    return f"{comparison}: {words}" if comparison else words


def _within(rows: pd.DataFrame, clusters: Clusters | None) -> Clusters | None:
    """The clusters of these rows, whose index are their places."""
    return clusters.of(rows.index.to_numpy()) if clusters is not None and len(rows) else None


def _with_intervals(overall: LabelDistribution, frame: pd.DataFrame, clusters: Clusters | None) -> LabelDistribution:
    if not overall.n:
        return overall
    counts = []
    for each in overall.counts:
        low, high = clustered_share_interval((frame["label"] == each.label).to_numpy(), frame["pair"], clusters)
        counts.append(replace(each, low=low, high=high))
    return replace(overall, counts=tuple(counts))


def _distribution(
    group: str, rows: pd.DataFrame, labels: tuple[str, ...], finer: tuple[str, ...], clusters: Clusters | None
) -> LabelDistribution:
    n, linked = len(rows), int(rows["linked"].sum())
    low, high = clustered_share_interval(rows["linked"].to_numpy() == 1, rows["pair"], clusters) if n else (None, None)
    return LabelDistribution(
        group=group,
        n=n,
        counts=_counts(rows["label"], labels),
        linked=linked,
        linked_share=linked / n if n else None,
        linked_low=None if low is None else float(low),
        linked_high=None if high is None else float(high),
        finer=_counts(rows[FINER], finer) if finer else (),
    )


def _counts(given: pd.Series, labels: tuple[str, ...]) -> tuple[LabelCount, ...]:
    n, counts = len(given), given.value_counts()
    return tuple(
        LabelCount(label, int(counts.get(label, 0)), int(counts.get(label, 0)) / n if n else None) for label in labels
    )
