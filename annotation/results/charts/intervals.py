"""Interval charts in Vega-Lite: forest plots on a logarithmic axis, everything else on a linear one."""

from typing import Any, Literal

import altair as alt

from heritage.pages.plots import linear_marks

from .figures import Estimate, Group, IntervalChart
from .layout import (
    AXIS_HEIGHT,
    EDGE,
    PER_CENT,
    ROWS,
    WIDTH,
    label_room,
    odds_limits,
    odds_marks,
    short,
    where,
    with_finish,
)
from .theme import SIGN_COLOURS, Specification, colour

_STEP = 34  # height of a row
_LONGEST_HEADING = 72


def interval_specification(chart: IntervalChart) -> Specification:
    """One row for each estimate below the heading of its group; dot and interval, a ring where it cannot be told."""
    left = label_room([row.label for _, row in chart.estimates])
    right = EDGE + (8 if chart.measure.kind == "share" else 0)  # the axis ends in "100 %"
    axis = _axis(chart, WIDTH - left - right)
    low, high = axis.pop("limits")
    rows, headings, order = _rows(chart, low, high)
    y = alt.Y("row:N", scale=alt.Scale(domain=order, padding=0), axis=None)

    kind: Literal["log", "linear"] = "log" if chart.measure.kind == "odds" else "linear"
    scale = alt.Scale(type=kind, domain=[low, high], nice=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(**axis))

    signs = list(SIGN_COLOURS)
    colours = alt.Scale(domain=signs, range=[colour(SIGN_COLOURS[sign]) for sign in signs])
    paint = alt.Color("sign:N", scale=colours, legend=None)
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in _tooltip(chart).items()]
    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", fields=["row"], empty=False)
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=y)
    told = base.encode(tooltip=tooltip)
    layers = [
        # The whole row can be pointed at, and not only the dot.
        told.mark_rect(color=colour("ink"))
        .encode(
            x=alt.XValue(-left),
            x2=alt.X2Value("width"),
            fillOpacity=alt.FillOpacityValue(0, condition=where(pointed, 0.06)),
        )
        .add_params(pointed),
        base.mark_rule(color=colour("soft"), strokeDash=[4, 4]).encode(
            x=x("reference"),
            y=alt.Y("row:N", scale=alt.Scale(domain=order, padding=0), axis=None, bandPosition=0),
            y2=alt.Y2("row", bandPosition=1),
        ),
        base.mark_text(align="left", baseline="middle", fontWeight=600).encode(x=alt.XValue(-left), text="short:N"),
        told.mark_rule(strokeWidth=3, strokeCap="round").encode(x=x("from"), x2="to:Q", color=paint),
        *(
            told.transform_filter(f"datum.{end} {sign} datum.{drawn}")
            .mark_point(shape=shape, filled=True, size=110, opacity=1)
            .encode(x=x(drawn), color=paint)
            for end, sign, drawn, shape in (
                ("low", "<", "from", "triangle-left"),
                ("high", ">", "to", "triangle-right"),
            )
        ),
        *_dots(told, x, paint, colours),
    ]
    if headings:
        layers.append(
            alt.Chart(alt.Data(values=headings))
            .mark_text(align="left", baseline="bottom", dy=_STEP / 2 - 7, color=colour("soft"))
            .encode(x=alt.XValue(-left), y=y, text="text:N")
        )
    return with_finish(
        alt.layer(*layers),
        chart,
        rows=rows,
        left=left,
        right=right,
        top=0,
        bottom=AXIS_HEIGHT,
        height=_STEP * len(order),
    )


def _dots(told: Any, x: Any, paint: Any, colours: Any) -> list[Any]:
    inside = told.transform_filter("datum.inside")
    return [
        inside.transform_filter("!datum.hollow").mark_circle(size=150, opacity=1).encode(x=x("value"), color=paint),
        inside.transform_filter("datum.hollow")
        .mark_point(size=95, strokeWidth=3, fill=colour("paper"), opacity=1)
        .encode(x=x("value"), stroke=alt.Stroke("sign:N", scale=colours, legend=None)),
    ]


def _axis(chart: IntervalChart, width: float) -> dict[str, Any]:
    """Options of the horizontal axis, and under "limits" where it begins and ends."""
    measure = chart.measure
    ends = [end for _, row in chart.estimates for end in (row.low, row.high)]
    options = {"title": measure.axis, "grid": False, "labelOverlap": False, "titlePadding": 8, "format": "~f"}
    options["labelFlush"] = False
    if measure.kind == "odds":
        low, high = odds_limits([row.low for _, row in chart.estimates], [row.high for _, row in chart.estimates])
        return options | {"values": odds_marks(low, high, width), "limits": (low, high)}
    ends += [group.reference for group in chart.groups]
    marks = linear_marks(min(ends) if measure.floor is None else measure.floor, max(ends))
    if measure.kind == "share":
        del options["format"]
        options["labelExpr"] = PER_CENT
    return options | {"values": marks, "limits": (marks[0], marks[-1])}


def _rows(
    chart: IntervalChart, low: float, high: float
) -> tuple[list[dict[str, Any]], list[dict[str, str]], list[str]]:
    """Rows and headings as data, and the keys of both from top to bottom."""
    rows, headings, order = [], [], []
    for place, group in enumerate(chart.groups):
        if group.heading:
            order.append(str(place))
            headings.append({"row": str(place), "text": short(group.heading, _LONGEST_HEADING)})
        for number, estimate in enumerate(group.rows):
            order.append(f"{place}.{number}")
            rows.append({"row": order[-1]} | _row(chart, group, estimate, low, high))
    return rows, headings, order


def _row(chart: IntervalChart, group: Group, row: Estimate, low: float, high: float) -> dict[str, Any]:
    return {
        "group": group.heading,
        "label": row.label,
        "short": short(row.label),
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "n": row.n,
        "reference": group.reference,
        "sign": row.sign,
        "hollow": row.hollow,
        # What lies within the axis.
        "inside": low <= row.value <= high,
        "from": min(max(row.low, low), high),
        "to": min(max(row.high, low), high),
        "value_text": chart.measure.text(row.value),
        "interval_text": chart.measure.interval(row.low, row.high),
        "n_text": f"{row.n:,}",
    }


def _tooltip(chart: IntervalChart) -> dict[str, str]:
    """Fields with the words before them; the one called "title" stands above the others."""
    of_group = {"group": "in"} if any(group.heading for group in chart.groups) else {}
    figures = {"value_text": chart.measure.figure, "interval_text": chart.measure.spread, "n_text": "n"}
    return {"label": "title"} | of_group | figures
