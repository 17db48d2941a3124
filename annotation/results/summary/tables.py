"""A campaign's analysis laid out for the dashboard as tables, and as rows of CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotation.vocabulary import Label

if TYPE_CHECKING:
    from annotation.analysis.campaign_analysis import CampaignAnalysis
    from annotation.analysis.distribution import Distributions, LabelDistribution
    from annotation.analysis.regression.logit import Regression


@dataclass(frozen=True)
class BothWays:
    """One regression with an intercept and as published, to stand side by side."""

    name: str
    coding: str
    fits: tuple["Regression", ...]


@dataclass(frozen=True)
class LabelColumn:
    label: str
    name: str
    css_class: str


@dataclass(frozen=True)
class GroupRow:
    """`counts` are in the order of the columns."""

    distribution: "LabelDistribution"
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Grouping:
    heading: str
    explanation: str
    rows: tuple[GroupRow, ...]


def both_ways(fits: Sequence["Regression"]) -> tuple[BothWays, ...]:
    """The regressions by coding and name, each with an intercept first: that is the one to read."""
    found: dict[tuple[str, str], list[Regression]] = {}
    for fit in fits:
        found.setdefault((fit.coding, fit.name), []).append(fit)
    return tuple(
        BothWays(name=name, coding=coding, fits=tuple(sorted(pair, key=lambda fit: not fit.intercept)))
        for (coding, name), pair in found.items()
    )


def label_columns(overall: "LabelDistribution", names: Mapping[str, str]) -> tuple[LabelColumn, ...]:
    """All labels under their names, the closest relation first; answers left empty only where there are any."""
    return tuple(
        LabelColumn(row.label, label_name(row.label, names), css_class(row.label))
        for row in overall.counts
        if row.label in Label.values or row.count
    )


def groupings(found: "Distributions", names: Mapping[str, str]) -> tuple[Grouping, ...]:
    """Who and what the labels are broken down by, under the columns of all labels together."""
    columns = label_columns(found.overall, names)

    def grouping(heading: str, explanation: str, groups: Sequence["LabelDistribution"]) -> Grouping:
        return Grouping(heading, explanation, tuple(_group_row(group, columns) for group in groups))

    return (
        grouping("By model", "Pairs drawn because the model finds them similar", found.by_model),
        grouping("By stratum", "Pairs drawn where models agree or differ", found.by_stratum),
        grouping("By annotator", "All answers of each", found.by_annotator),
    )


def _group_row(group: "LabelDistribution", columns: Sequence[LabelColumn]) -> GroupRow:
    found = {row.label: row.count for row in group.counts}
    return GroupRow(distribution=group, counts=tuple(found[column.label] for column in columns))


def label_name(label: str, names: Mapping[str, str]) -> str:
    return names.get(label, label) if label else "Left empty"


def css_class(label: str) -> str:
    """The class that gives a label its colour; see the scale of four in the style sheet."""
    return label.replace("_", "-") if label in Label.values else "unlabelled"


# --- CSV -------------------------------------------------------------------------------------

_ABOUT_COLUMNS = ["simulated", "regression", "coding", "intercept", "covariance", "n", "term"]
_FIGURE_COLUMNS = ["coef", "se", "z", "p", "low", "high", "odds_ratio", "odds_low", "odds_high"]


def regression_csv(analysis: "CampaignAnalysis", *, simulated: bool) -> Iterator[list[Any]]:
    """Rows with a heading; figures in full precision and empty where they could not be estimated."""
    yield [*_ABOUT_COLUMNS, *_FIGURE_COLUMNS, "note"]
    for fit in analysis.regressions:
        for row in fit.rows:
            about = [int(simulated), fit.name, fit.coding, int(fit.intercept), fit.covariance, fit.n, row.term]
            yield [*about, *(getattr(row, column) for column in _FIGURE_COLUMNS), " ".join(fit.warnings)]


def label_csv(analysis: "CampaignAnalysis", *, simulated: bool) -> Iterator[list[Any]]:
    """Rows with a heading: counts of every label in every group, the share that links with its interval, and counts of
    the campaign's finer labels, if any, each under a heading such as same_category/same-maker."""
    found = analysis.distributions
    labels = [row.label or "empty" for row in found.overall.counts]
    finer = [row.label for row in found.overall.finer]
    linked = ["linked", "linked_share", "linked_low", "linked_high"]
    yield ["simulated", "grouping", "group", "n", *labels, *linked, *finer]
    groupings = {
        "all": (found.overall,),
        "model": found.by_model,
        "stratum": found.by_stratum,
        "annotator": found.by_annotator,
    }
    for grouping, groups in groupings.items():
        for group in groups:
            counts = [row.count for row in group.counts]
            figures = [getattr(group, name) for name in linked]
            finer_counts = [row.count for row in group.finer]
            yield [int(simulated), grouping, group.group, group.n, *counts, *figures, *finer_counts]
