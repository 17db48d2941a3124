"""Where everything lies in the drawings of models, samplings and preference studies: numbers in, coordinates out.
Templates draw them as SVG. Results of campaigns are drawn by `annotation.results.charts`, see docs/adr/0014-charts.md.

Coordinates are in the units of the drawing's viewBox, which are CSS pixels where the drawing has room.
Colours are not decided here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
class IntervalRow:
    label: str
    y: float
    x: float
    x_low: float
    x_high: float
    css_class: str
    hollow: bool


@dataclass(frozen=True)
class Heading:
    text: str
    y: float


@dataclass(frozen=True)
class Reference:
    """A line to compare the rows of one group with."""

    x: float
    y_low: float
    y_high: float


@dataclass(frozen=True)
class IntervalPlot:
    """Rows on a linear axis, with a reference for each group. They may be drawn as bars from it."""

    width: float
    height: float
    left: float
    right: float
    bottom: float  # of the rows, where the axis is
    ticks: tuple[Tick, ...]
    headings: tuple[Heading, ...]
    references: tuple[Reference, ...]
    rows: tuple[IntervalRow, ...]
    bars: tuple[tuple[float, float], ...]  # x and width of each row's bar between reference and estimate


@dataclass(frozen=True)
class Bin:
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
    columns: tuple[Bin, ...]
    threshold: float
    threshold_text: str
    text_before: bool  # whether the threshold's figure stands before the line, where there is room
    ticks: tuple[Tick, ...]


# --- Intervals -------------------------------------------------------------------------------

_WIDTH = 552.0
_ROW_HEIGHT = 40.0
_HEADING_HEIGHT = 32.0
_AXIS_HEIGHT = 32.0
_EDGE = 12.0  # room for half of the last tick's figure


def interval_plot(
    groups: Sequence[tuple[str, Sequence[Interval]]], references: Sequence[float], *, floor: float | None = None
) -> IntervalPlot:
    """One row for each interval, on a linear axis that shows all of them and each group's reference.

    `references` has one figure for each group; the axis begins at `floor` where one is given.
    """
    intervals = [interval for _, members in groups for interval in members]
    left, right = _label_width([interval.label for interval in intervals]), _WIDTH - _EDGE
    ends = [*references, *(end for interval in intervals for end in (interval.low, interval.high))]
    marks = linear_marks(min(ends) if floor is None else floor, max(ends))
    low, high = marks[0], marks[-1]

    def across(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    headings, rows, spans, bottom = _stacked(groups, across)
    of_rows = [reference for (_, members), reference in zip(groups, references, strict=True) for _ in members]
    bars = [
        sorted((across(reference), across(each.estimate))) for reference, each in zip(of_rows, intervals, strict=True)
    ]
    return IntervalPlot(
        width=_WIDTH,
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


def _stacked(
    groups: Sequence[tuple[str, Sequence[Interval]]], across: Callable[[float], float]
) -> tuple[tuple[Heading, ...], tuple[IntervalRow, ...], list[tuple[float, float]], float]:
    """Headings and rows one below the other, where each group's rows begin and end, and the bottom of all."""
    y = 0.0
    headings, rows, spans = [], [], []
    for heading, members in groups:
        if len(groups) > 1:
            y += _HEADING_HEIGHT
            headings.append(Heading(heading, round(y - 8, 1)))
        spans.append((round(y, 1), round(y + _ROW_HEIGHT * len(members), 1)))
        for interval in members:
            rows.append(_interval_row(interval, y + _ROW_HEIGHT / 2, across))
            y += _ROW_HEIGHT
    return tuple(headings), tuple(rows), spans, round(y, 1)


def linear_marks(low: float, high: float) -> list[float]:
    """Round numbers at equal distances, the first at or below `low`, the last at or above `high`; 4 to 9 of them."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = next(step for step in (power / 5, power / 2, power, power * 2) if span / step <= 6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * mark, 10) for mark in range(first, max(last, first + 1) + 1)]


def _interval_row(interval: Interval, y: float, across: Callable[[float], float]) -> IntervalRow:
    return IntervalRow(
        label=short_label(interval.label),
        y=round(y, 1),
        x=round(across(interval.estimate), 1),
        x_low=round(across(interval.low), 1),
        x_high=round(across(interval.high), 1),
        css_class=interval.css_class,
        hollow=interval.hollow,
    )


# --- Histogram -------------------------------------------------------------------------------

_HISTOGRAM_WIDTH = 320.0
_HISTOGRAM_HEIGHT = 96.0
_HISTOGRAM_TOP = 20.0  # room for the threshold's figure


def histogram_plot(counts: Sequence[int], low: float, width: float, threshold: float) -> HistogramPlot:
    """Columns for counts in bins of `width` from `low` on, with a line at the threshold.

    Heights are square roots of shares of the fullest bin, so that a tail of one in a hundred can be seen.
    """
    high = low + width * len(counts)
    marks = [mark for mark in linear_marks(low, high) if low <= mark <= high]
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
            Bin(
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


# --- Labels ----------------------------------------------------------------------------------


def short_label(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def _label_width(labels: Sequence[str]) -> float:
    """Room for the labels at the left, with the gap after them."""
    return 16.0 + _CHARACTER * max([len(short_label(label)) for label in labels], default=0)
