"""Where everything lies in drawings: numbers in, coordinates out. Templates draw them as SVG.

Coordinates are in the units of the drawing's viewBox, which are CSS pixels where the drawing has room.
Colours are not decided here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_CHARACTER = 7.6  # generous width of a character of a 13 px label
_LONGEST_LABEL = 30  # characters of a label before it is cut; the table beside the drawing has the whole


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, to be drawn in the colour of `css_class`."""

    label: str
    estimate: float
    low: float
    high: float
    css_class: str
    hollow: bool = False


@dataclass(frozen=True)
class ForestRow:
    """`x_low` and `x_high` end at the plot's edge where the interval goes on; then there is an arrow head."""

    label: str
    y: float
    x: float | None  # None where the estimate itself lies outside the plot
    x_low: float
    x_high: float
    arrow_low: str  # points of a polygon, empty where the interval ends inside
    arrow_high: str
    css_class: str
    hollow: bool


@dataclass(frozen=True)
class ForestHeading:
    text: str
    y: float


@dataclass(frozen=True)
class ForestPlot:
    width: float
    height: float
    left: float
    right: float
    bottom: float  # of the rows, where the axis is
    reference: float  # x of no effect: 1
    ticks: tuple[Tick, ...]
    headings: tuple[ForestHeading, ...]
    rows: tuple[ForestRow, ...]


@dataclass(frozen=True)
class Reference:
    """A line to compare the rows of one group with."""

    x: float
    y_low: float
    y_high: float


@dataclass(frozen=True)
class IntervalPlot:
    """As `ForestPlot`, on a linear axis and with a reference for each group. Rows may be drawn as bars from it."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    ticks: tuple[Tick, ...]
    headings: tuple[ForestHeading, ...]
    references: tuple[Reference, ...]
    rows: tuple[ForestRow, ...]
    bars: tuple[tuple[float, float], ...]  # x and width of each row's bar between reference and estimate


@dataclass(frozen=True)
class Bar:
    label: str
    css_class: str
    text: str
    y: float
    width: float
    text_x: float


@dataclass(frozen=True)
class BarChart:
    width: float
    height: float
    left: float
    bar_height: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Segment:
    css_class: str
    x: float
    width: float


@dataclass(frozen=True)
class Column:
    """One bin of a histogram; `beyond` is True from the threshold on."""

    x: float
    y: float
    height: float
    beyond: bool


@dataclass(frozen=True)
class HistogramPlot:
    width: float
    height: float
    bottom: float
    column_width: float
    columns: tuple[Column, ...]
    threshold: float
    threshold_text: str
    text_before: bool  # whether the threshold's figure stands before the line, where there is room
    ticks: tuple[Tick, ...]


# --- Forest plot -----------------------------------------------------------------------------

_FOREST_WIDTH = 552.0
_ROW_HEIGHT = 40.0
_HEADING_HEIGHT = 32.0
_AXIS_HEIGHT = 32.0
_TICK_SPACING = 40.0
_ARROW = 6.0
# The axis always shows a half and a double, so that small differences look small, and never more than a
# hundredfold either way: an interval that goes on gets an arrow head.
_NARROWEST = (0.5, 2.0)
_WIDEST = (0.01, 100.0)
# Multiples of each power of ten that may be marked, from many to few.
_MARKS = ((1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 4, 6), (1, 2, 5), (1, 3), (1,))


def forest_plot(groups: Sequence[tuple[str, Sequence[Interval]]]) -> ForestPlot:
    """One row for each interval, under the heading of its group, on a logarithmic axis of odds.

    Estimates and ends of intervals are above 0. A single group has no heading.
    """
    intervals = [interval for _, members in groups for interval in members]
    left, right = _plot_sides(intervals)
    low, high = _axis_limits(intervals)

    def across(odds: float) -> float:
        return left + (right - left) * math.log(odds / low) / math.log(high / low)

    headings, rows, _, bottom = _stacked(groups, across, low, high)
    return ForestPlot(
        width=_FOREST_WIDTH,
        height=round(bottom + _AXIS_HEIGHT, 1),
        left=round(left, 1),
        right=round(right, 1),
        bottom=bottom,
        reference=round(across(1.0), 1),
        ticks=_ticks(low, high, across),
        headings=headings,
        rows=rows,
    )


def interval_plot(
    groups: Sequence[tuple[str, Sequence[Interval]]], references: Sequence[float], *, floor: float | None = None
) -> IntervalPlot:
    """One row for each interval, on a linear axis that shows all of them and each group's reference.

    `references` has one figure for each group; the axis begins at `floor` where one is given.
    """
    intervals = [interval for _, members in groups for interval in members]
    left, right = _plot_sides(intervals)
    ends = [*references, *(end for interval in intervals for end in (interval.low, interval.high))]
    marks = _linear_marks(min(ends) if floor is None else floor, max(ends))
    low, high = marks[0], marks[-1]

    def across(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    headings, rows, spans, bottom = _stacked(groups, across, low, high)
    of_rows = [reference for (_, members), reference in zip(groups, references, strict=True) for _ in members]
    bars = [
        sorted((across(reference), across(each.estimate))) for reference, each in zip(of_rows, intervals, strict=True)
    ]
    return IntervalPlot(
        width=_FOREST_WIDTH,
        height=round(bottom + _AXIS_HEIGHT, 1),
        left=round(left, 1),
        right=round(right, 1),
        bottom=bottom,
        ticks=tuple(Tick(round(across(mark), 1), f"{mark:g}".replace("-", "−")) for mark in marks),
        headings=headings,
        references=tuple(
            Reference(round(across(reference), 1), *span) for reference, span in zip(references, spans, strict=True)
        ),
        rows=rows,
        bars=tuple((round(start, 1), round(end - start, 1)) for start, end in bars),
    )


def _plot_sides(intervals: Sequence[Interval]) -> tuple[float, float]:
    return _label_width([interval.label for interval in intervals]), _FOREST_WIDTH - 2 * _ARROW


def _stacked(
    groups: Sequence[tuple[str, Sequence[Interval]]], across: Callable[[float], float], low: float, high: float
) -> tuple[tuple[ForestHeading, ...], tuple[ForestRow, ...], list[tuple[float, float]], float]:
    """Headings and rows one below the other, where each group's rows begin and end, and the bottom of all."""
    y = 0.0
    headings, rows, spans = [], [], []
    for heading, members in groups:
        if len(groups) > 1:
            y += _HEADING_HEIGHT
            headings.append(ForestHeading(heading, round(y - 8, 1)))
        spans.append((round(y, 1), round(y + _ROW_HEIGHT * len(members), 1)))
        for interval in members:
            rows.append(_forest_row(interval, y + _ROW_HEIGHT / 2, across, low, high))
            y += _ROW_HEIGHT
    return tuple(headings), tuple(rows), spans, round(y, 1)


def _linear_marks(low: float, high: float) -> list[float]:
    """Round numbers at equal distances, the first at or below `low`, the last at or above `high`; 4 to 9 of them."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = next(step for step in (power / 5, power / 2, power, power * 2) if span / step <= 6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * mark, 10) for mark in range(first, max(last, first + 1) + 1)]


def _axis_limits(intervals: Sequence[Interval]) -> tuple[float, float]:
    lows, highs = [interval.low for interval in intervals], [interval.high for interval in intervals]
    low = max(_WIDEST[0], min([_NARROWEST[0], *(0.9 * low for low in lows)]))
    high = min(_WIDEST[1], max([_NARROWEST[1], *(1.1 * high for high in highs)]))
    return low, high


def _forest_row(interval: Interval, y: float, across: Callable[[float], float], low: float, high: float) -> ForestRow:
    x_low, x_high = (round(across(min(max(odds, low), high)), 1) for odds in (interval.low, interval.high))
    return ForestRow(
        label=short_label(interval.label),
        y=round(y, 1),
        x=round(across(interval.estimate), 1) if low <= interval.estimate <= high else None,
        x_low=x_low,
        x_high=x_high,
        arrow_low=_arrow(x_low, y, -_ARROW) if interval.low < low else "",
        arrow_high=_arrow(x_high, y, _ARROW) if interval.high > high else "",
        css_class=interval.css_class,
        hollow=interval.hollow,
    )


def _arrow(x: float, y: float, length: float) -> str:
    """Points of a head whose foot is at x, pointing right for a positive length."""
    return f"{x:.1f},{y - _ARROW:.1f} {x + length:.1f},{y:.1f} {x:.1f},{y + _ARROW:.1f}"


def _ticks(low: float, high: float, across: Callable[[float], float]) -> tuple[Tick, ...]:
    """As many marks as fit without touching; 1 is always among them."""
    for marks in _MARKS:
        values = sorted(
            mark * 10.0**power for power in range(-2, 3) for mark in marks if low <= mark * 10.0**power <= high
        )
        places = [across(value) for value in values]
        if all(later - earlier >= _TICK_SPACING for earlier, later in pairwise(places)):
            break
    return tuple(Tick(round(x, 1), f"{value:g}") for value, x in zip(values, places, strict=True))


# --- Histogram -------------------------------------------------------------------------------

_HISTOGRAM_WIDTH = 320.0
_HISTOGRAM_HEIGHT = 96.0
_HISTOGRAM_TOP = 20.0  # room for the threshold's figure


def histogram_plot(counts: Sequence[int], low: float, width: float, threshold: float) -> HistogramPlot:
    """Columns for counts in bins of `width` from `low` on, with a line at the threshold.

    Heights are square roots of shares of the fullest bin, so that a tail of one in a hundred can be seen.
    """
    high = low + width * len(counts)
    marks = [mark for mark in _linear_marks(low, high) if low <= mark <= high]
    fullest = max(counts, default=0) or 1
    step = _HISTOGRAM_WIDTH / max(len(counts), 1)
    bottom = _HISTOGRAM_TOP + _HISTOGRAM_HEIGHT

    def across(value: float) -> float:
        return round(_HISTOGRAM_WIDTH * (value - low) / ((high - low) or 1.0), 1)

    heights = [_HISTOGRAM_HEIGHT * math.sqrt(count / fullest) for count in counts]
    line = min(max(across(threshold), 0.0), _HISTOGRAM_WIDTH)
    return HistogramPlot(
        width=_HISTOGRAM_WIDTH,
        height=bottom + _AXIS_HEIGHT,
        bottom=bottom,
        column_width=round(step, 2),
        columns=tuple(
            Column(
                x=round(step * place, 2),
                y=round(bottom - height, 1),
                height=round(height, 1),
                beyond=low + width * (place + 1) > threshold,
            )
            for place, height in enumerate(heights)
            if height
        ),
        threshold=line,
        threshold_text=f"{threshold:.3f}".replace("-", "−"),
        text_before=line > _HISTOGRAM_WIDTH / 2,
        ticks=tuple(Tick(across(mark), f"{mark:g}".replace("-", "−")) for mark in marks),
    )


# --- Bars ------------------------------------------------------------------------------------

_BARS_WIDTH = 392.0
_BAR_HEIGHT = 24.0
_BAR_STEP = 40.0
_BAR_TEXT = 84.0  # room for "1,234 · 56 %" after the longest bar


def bar_chart(counts: Sequence[tuple[str, str, int, float | None]]) -> BarChart:
    """One bar for each (label, CSS class, count, share); the longest fills the drawing, none is invisible."""
    left = _label_width([label for label, *_ in counts])
    room = _BARS_WIDTH - left - _BAR_TEXT
    largest = max([count for _, _, count, _ in counts], default=0)
    bars = []
    for place, (label, css_class, count, share) in enumerate(counts):
        width = max(2.0, room * count / largest) if count else 0.0
        bars.append(
            Bar(
                label=label,
                css_class=css_class,
                text=_count_text(count, share),
                y=place * _BAR_STEP,
                width=round(width, 1),
                text_x=round(left + width + 8, 1),
            )
        )
    return BarChart(
        width=_BARS_WIDTH,
        height=len(counts) * _BAR_STEP - (_BAR_STEP - _BAR_HEIGHT),
        left=round(left, 1),
        bar_height=_BAR_HEIGHT,
        bars=tuple(bars),
    )


def _count_text(count: int, share: float | None) -> str:
    if share is None:
        return f"{count:,}"
    percent = "< 1" if count and share < 0.005 else f"{100 * share:.0f}"
    return f"{count:,} · {percent} %"


def stacked_bar(counts: Sequence[tuple[str, int]], *, width: float) -> tuple[Segment, ...]:
    """Segments side by side that share `width` as (CSS class, count) do; a count of 0 has none."""
    total = sum(count for _, count in counts)
    segments, before = [], 0
    for css_class, count in counts:
        if count:
            start, end = width * before / total, width * (before + count) / total
            segments.append(Segment(css_class, round(start, 1), round(end - start, 1)))
            before += count
    return tuple(segments)


def short_label(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def _label_width(labels: Sequence[str]) -> float:
    """Room for the labels at the left, with the gap after them."""
    return 16.0 + _CHARACTER * max([len(short_label(label)) for label in labels], default=0)
