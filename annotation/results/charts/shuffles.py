"""Histograms of shuffled coefficients in Vega-Lite, one below the other on one axis, the observed ones marked."""

import altair as alt

from heritage.pages.figures import figure
from heritage.pages.plots import linear_marks

from .figures import ShuffleChart
from .layout import AXIS_HEIGHT, EDGE, ROWS, label_room, short, where, with_finish
from .theme import Specification, colour

_HISTOGRAM = 52  # height of the highest bar
_GAP = 18  # above a histogram
_HEADING = 30
_LONGEST_HEADING = 84


def shuffle_specification(chart: ShuffleChart) -> Specification:
    """Bars, the observed coefficient as a line with a dot, and a dashed line as far on the other side of 0."""
    left = label_room([text for each in chart.shuffles for text in (each.label, each.p_words)])
    bars, lines, headings, height = _placed(chart)
    reach = max(each.high for each in chart.shuffles)
    marks = [mark for mark in linear_marks(-reach, reach) if abs(mark) <= reach]
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(
        values=marks,
        title="Coefficient, log odds",
        grid=False,
        labelOverlap=False,
        labelFlush=False,
        titlePadding=8,
        format="~f",
    )

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=None, axis=None)  # in pixels

    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", fields=["bar"], empty=False)
    base = alt.Chart(alt.NamedData(ROWS))
    observed = alt.Chart(alt.Data(values=lines)).encode(y=y("top"))
    layers = [
        base.mark_rect(color=colour("unrelated"))
        .encode(
            x=x("from"),
            x2="to:Q",
            y=y("top"),
            y2="bottom:Q",
            fillOpacity=alt.FillOpacityValue(1, condition=where(pointed, 0.7)),
            tooltip=[
                alt.Tooltip("label:N", title="title"),
                alt.Tooltip("group:N", title="in"),
                alt.Tooltip("between:N", title="coefficient"),
                alt.Tooltip("count_text:N", title="shuffles"),
            ],
        )
        .add_params(pointed),
        observed.mark_rule(color=colour("line")).encode(x=alt.XValue(0), x2=alt.X2Value("width"), y=y("bottom")),
        observed.mark_rule(color=colour("accent"), strokeDash=[4, 4]).encode(x=x("other_side"), y2="bottom:Q"),
        # The wider line sets it off from the bars.
        observed.mark_rule(color=colour("paper"), strokeWidth=6).encode(x=x("coef"), y2="bottom:Q"),
        observed.mark_rule(color=colour("accent"), strokeWidth=2.5).encode(x=x("coef"), y2="bottom:Q"),
        observed.mark_circle(color=colour("accent"), size=90, opacity=1).encode(x=x("coef")),
        observed.mark_text(align="left", baseline="bottom", fontWeight=600).encode(
            x=alt.XValue(-left), y=y("middle"), text="short:N"
        ),
        observed.mark_text(align="left", baseline="top", color=colour("soft")).encode(
            x=alt.XValue(-left), y=y("below"), text="p_text:N"
        ),
        alt.Chart(alt.Data(values=headings))
        .mark_text(align="left", baseline="bottom", color=colour("soft"))
        .encode(x=alt.XValue(-left), y=y("bottom"), text="text:N"),
    ]
    return with_finish(
        alt.layer(*layers), chart, rows=bars, left=left, right=EDGE, top=0, bottom=AXIS_HEIGHT, height=height
    )


def _placed(
    chart: ShuffleChart,
) -> tuple[list[dict[str, object]], list[dict[str, object]], list[dict[str, object]], int]:
    """Bars, observed coefficients and headings with their places from the top in pixels, and the height of all."""
    bars: list[dict[str, object]] = []
    lines: list[dict[str, object]] = []
    headings: list[dict[str, object]] = []
    down, group = 0, ""
    for each in chart.shuffles:
        if each.group != group:
            group = each.group
            down += _HEADING
            headings.append({"bottom": down - 6, "text": short(group, _LONGEST_HEADING)})
        bottom = down + _GAP + _HISTOGRAM
        highest = max(each.counts)
        for place, (start, end, count) in enumerate(each.bins):
            bars.append(
                {
                    "bar": f"{len(lines)}.{place}",
                    "group": group,
                    "label": each.label,
                    "from": start,
                    "to": end,
                    "count": count,
                    "top": bottom - _HISTOGRAM * count / highest,
                    "bottom": bottom,
                    "between": f"{figure(start, 2)} to {figure(end, 2)}",
                    "count_text": f"{count:,}",
                }
            )
        lines.append(
            {
                "coef": each.coef,
                "other_side": -each.coef,
                "top": down + _GAP / 2,
                "bottom": bottom,
                "middle": bottom - _HISTOGRAM / 2,
                "below": bottom - _HISTOGRAM / 2 + 2,
                "short": short(each.label),
                "p_text": each.p_words,
            }
        )
        down = bottom
    return bars, lines, headings, down
