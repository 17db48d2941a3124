"""The quick analysis as charts: what the campaign's page draws first. Asks the database for nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotation.analysis.errors import errors_words
from annotation.results.charts.figures import Chart, Estimate, Group, IntervalChart, Measure, Sign, interval_chart
from annotation.results.charts.label_figures import GroupedLabelChart, LabelChart, LabelGroup, LabelShare

from .tables import label_columns

if TYPE_CHECKING:
    from annotation.analysis.campaign_analysis import CampaignAnalysis
    from annotation.analysis.distribution import Distributions, LabelDistribution
    from annotation.analysis.regression.logit import Coefficient, Regression

GROUPED = ("labels-by-model", "labels-by-stratum", "labels-by-annotator")
CODINGS = {"model": "by model", "modality": "by modality and model"}
_ODDS_RATIO = Measure("Odds ratio of a link, logarithmic", "odds ratio", kind="odds")
_ODDS = Measure("Odds of a link, logarithmic", "odds", kind="odds")
MOST_GROUPS = 30  # more bars cannot be read at once: the table has them


@dataclass(frozen=True)
class RegressionPanel:
    """The regressions of one coding, one way: with an intercept or as published."""

    intercept: bool
    fits: tuple["Regression", ...]
    chart: Chart | None  # None where no coefficient could be estimated


def regression_panel(
    fits: Sequence["Regression"], by: str, charts: Mapping[str, Chart], *, intercept: bool
) -> RegressionPanel:
    """`charts` are those of `quick_charts`."""
    return RegressionPanel(
        intercept=intercept,
        fits=tuple(fit for fit in fits if fit.intercept == intercept),
        chart=charts.get(odds_name(by, intercept=intercept)),
    )


def quick_charts(analysis: "CampaignAnalysis", *, label_names: Mapping[str, str], simulated: bool) -> dict[str, Chart]:
    """All charts by name, the labels under theirs; those that nothing could be drawn of are not there."""
    fits = {"model": analysis.shown("stratum"), "modality": analysis.shown("membership")}
    drawn = [
        label_chart(analysis.distributions.overall, label_names, simulated=simulated),
        *grouped_charts(analysis.distributions, label_names, simulated=simulated),
        *(
            odds_chart(found, by, intercept=intercept, simulated=simulated)
            for by, found in fits.items()
            for intercept in (True, False)
        ),
    ]
    return {chart.name: chart for chart in drawn if chart is not None}


def odds_name(by: str, *, intercept: bool) -> str:
    """ "odds-by-model", and "-published" without an intercept."""
    return f"odds-by-{by}" + ("" if intercept else "-published")


def odds_chart(fits: Sequence["Regression"], by: str, *, intercept: bool, simulated: bool) -> IntervalChart | None:
    """The forest plot of the regressions of one coding, with an intercept or as published."""
    chosen = [fit for fit in fits if fit.intercept == intercept]
    what = "Odds ratios of a link" if intercept else "Odds of a link as published"
    how = "Logistic regression with intercept" if intercept else "Logistic regression as published, without intercept"
    allowed = errors_words(chosen[0].covariance) if chosen else ""
    errors = "plain errors" if allowed in ("", "nothing") else f"errors that allow for {allowed}"
    return interval_chart(
        odds_name(by, intercept=intercept),
        f"{what}, {CODINGS[by]}",
        f"{how}, 95 % interval by {errors}; a ring where it includes 1",
        measure=_ODDS_RATIO if intercept else _ODDS,
        reference="no effect" if intercept else "even odds",
        groups=[Group(f"{fit.name} (n = {fit.n:,})", tuple(_estimates(fit)), 1.0) for fit in chosen],
        simulated=simulated,
    )


def _estimates(fit: "Regression") -> list[Estimate]:
    return [
        Estimate(row.term, row.odds_ratio, row.odds_low, row.odds_high, fit.n, _sign(row))
        for row in fit.slopes
        if row.odds_ratio and row.odds_low and row.odds_high
    ]


def _sign(row: "Coefficient") -> Sign:
    if not row.can_be_told_from_chance:
        return "untold"
    return "more" if row.coef is not None and row.coef > 0 else "fewer"


def label_chart(overall: "LabelDistribution", names: Mapping[str, str], *, simulated: bool) -> LabelChart | None:
    """None where there are no answers."""
    if not overall.n:
        return None
    shares = _shares(overall, overall, names)
    return LabelChart(
        "labels", "Labels of all annotations", "How often each label was given, 95 % interval", simulated, shares
    )


def grouped_charts(
    found: "Distributions", names: Mapping[str, str], *, simulated: bool
) -> list[GroupedLabelChart | None]:
    """By model, stratum and annotator."""
    of_each = (
        ("model", "Of the pairs that each model finds similar", found.by_model),
        ("stratum", "Of the pairs drawn where models agree or differ", found.by_stratum),
        ("annotator", "Of all answers of each annotator", found.by_annotator),
    )
    return [_grouped(by, about, groups, found, names, simulated) for by, about, groups in of_each]


def _grouped(
    by: str,
    about: str,
    groups: Sequence["LabelDistribution"],
    found: "Distributions",
    names: Mapping[str, str],
    simulated: bool,
) -> GroupedLabelChart | None:
    kept = tuple(
        LabelGroup(
            group.group, _shares(group, found.overall, names), group.linked_share, group.linked_low, group.linked_high
        )
        for group in groups
        if group.linked_share is not None and group.linked_low is not None and group.linked_high is not None
    )
    if not 0 < len(kept) <= MOST_GROUPS:
        return None
    explanation = f"{about}, the share of each label; in words the share that links, with its 95 % interval"
    return GroupedLabelChart(f"labels-by-{by}", f"Labels by {by}", explanation, simulated, kept)


def _shares(
    group: "LabelDistribution", overall: "LabelDistribution", names: Mapping[str, str]
) -> tuple[LabelShare, ...]:
    """Of the labels that all answers together have columns for."""
    counts = {row.label: row for row in group.counts}
    found = ((column, counts[column.label]) for column in label_columns(overall, names))
    return tuple(
        LabelShare(
            column.label,
            column.name,
            row.count,
            group.n,
            bounds=None if row.low is None or row.high is None else (row.low, row.high),
        )
        for column, row in found
    )
