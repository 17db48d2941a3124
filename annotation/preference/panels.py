"""A study's analysis laid out for its page: a drawing of the wins with their intervals, and the table beside it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heritage.pages.plots import Interval, interval_plot
from models_ml.evaluation.panels import Panel

if TYPE_CHECKING:
    from annotation.analysis.preference.whole import PreferenceAnalysis
    from annotation.analysis.preference.wins import Wins, WinShare


@dataclass(frozen=True)
class WinGrouping:
    """Groups of answers under one heading; `has_intervals` where queries could be resampled."""

    heading: str
    groups: tuple["Wins", ...]
    has_intervals: bool


def wins_panel(analysis: "PreferenceAnalysis") -> Panel | None:
    """Overall, then by slice. None without answers."""
    groups = [wins for wins in (analysis.overall, *analysis.by_slice) if wins.n]
    if not groups:
        return None
    plot = interval_plot(
        [(f"{wins.group.capitalize()}, n = {wins.n:,}", _intervals(wins)) for wins in groups],
        [100 / len(analysis.models)] * len(groups),
        floor=0.0,
    )
    explanation = "Share of answers in per cent, 95 % interval over queries"
    return Panel("wins", "Whose rows were chosen?", explanation, "an equal share for each model", plot)


def win_groupings(analysis: "PreferenceAnalysis") -> tuple[WinGrouping, ...]:
    return (
        WinGrouping("All results", (analysis.overall,), has_intervals=True),
        WinGrouping("By slice of the ranking", analysis.by_slice, has_intervals=True),
        WinGrouping("By expert", analysis.by_annotator, has_intervals=False),
    )


def _intervals(wins: "Wins") -> list[Interval]:
    rows = [_interval(row.model, row) for row in wins.by_model]
    return [*rows, _interval("none better", wins.none_better, "unrelated")] if wins.none_better.wins else rows


def _interval(label: str, row: "WinShare", css_class: str = "") -> Interval:
    """In per cent. Where too few queries allow no interval, the estimate stands alone."""
    share = 100 * (row.share or 0.0)
    if row.low is None or row.high is None:
        return Interval(label, share, share, share, css_class)
    return Interval(label, share, 100 * row.low, 100 * row.high, css_class)
