"""How often each label was given, in Vega-Lite: as bars, and as shares of each group."""

import math

import altair as alt

from .figures import Row
from .label_figures import GroupedLabelChart, LabelChart, LabelShare, count_words
from .layout import NARROW, NARROWEST, ROWS, label_room, short, where, with_finish
from .theme import Specification, colour, label_colour

_STEP = 36
_TEXT_ROOM = 96  # for "1,234 · 56 %" after the longest interval
_LINE = 20  # of words above or below a bar
_GROUP_BAR = 16
_GROUP_STEP = 2 * _LINE + _GROUP_BAR + 10
_LONGEST_GROUP = 46
_LEGEND_COLUMNS = 2
_LEGEND_LINE = 20


def label_specification(chart: LabelChart) -> Specification:
    """A bar for each label from its share, with its interval, and count and share after it."""
    left = label_room([each.name for each in chart.labels])
    rows = [
        {"name": each.name, "short": short(each.name), "text": count_words(each), **_row(each)} for each in chart.labels
    ]
    largest = max(row["high"] for row in rows if row["count"]) if any(row["count"] for row in rows) else 1.0
    y = alt.Y("name:N", scale=alt.Scale(domain=[row["name"] for row in rows], padding=0.36), axis=None)
    scale = alt.Scale(domain=[0, largest], nice=False)
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=y)
    told = base.encode(
        tooltip=[
            alt.Tooltip("name:N", title="title"),
            alt.Tooltip("share_text:N", title="share"),
            alt.Tooltip("interval_text:N", title="95 % interval"),
            alt.Tooltip("n_text:N", title="answers"),
        ]
    )
    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", fields=["name"], empty=False)
    layers = alt.layer(
        told.mark_rect(color=colour("ink"))
        .encode(
            x=alt.XValue(-left),
            x2=alt.X2Value(NARROW - left),
            fillOpacity=alt.FillOpacityValue(0, condition=where(pointed, 0.06)),
        )
        .add_params(pointed),
        base.mark_text(align="left", baseline="middle", fontWeight=600).encode(x=alt.XValue(-left), text="short:N"),
        told.mark_bar(cornerRadiusEnd=2).encode(
            x=alt.X("share:Q", scale=scale, axis=None, stack=None),
            color=alt.Color("label:N", scale=_colours(chart.labels), legend=None),
        ),
        # The interval lies half on the bar and half on the ground: the wider line sets it off from both.
        *(
            told.transform_filter("datum.count")
            .mark_rule(color=colour(token), strokeWidth=width)
            .encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
            for token, width in (("paper", 5), ("ink", 1.5))
        ),
        base.mark_text(align="left", baseline="middle", dx=8, color=colour("soft")).encode(
            x=alt.X("end:Q", scale=scale), text="text:N"
        ),
    )
    return with_finish(
        layers, chart, rows=rows, width=NARROW, left=left, right=_TEXT_ROOM, top=0, bottom=0, height=_STEP * len(rows)
    )


def grouped_specification(chart: GroupedLabelChart) -> Specification:
    """For each group its name, a bar of equal length and what links; a label pressed in the legend pales the others."""
    labels = chart.groups[0].labels
    rows = [
        {"group": group.name, "name": each.name, "place": place, **_row(each)}
        for group in chart.groups
        for place, each in enumerate(group.labels)
        if each.count
    ]
    heads = [
        {"group": group.name, "short": short(group.name, _LONGEST_GROUP), "text": group.linked_words}
        for group in chart.groups
    ]
    order = [group.name for group in chart.groups]
    names = alt.Scale(domain=[each.name for each in labels], range=[label_colour(each.label) for each in labels])
    chosen = alt.selection_point(name="chosen", fields=["name"], bind="legend")
    # Bars take a part of their rows: names stand above them, what links below.
    between = 1 - _GROUP_BAR / _GROUP_STEP
    y = alt.Y("group:N", scale=alt.Scale(domain=order, paddingInner=between, paddingOuter=0), axis=None)
    legend = _LEGEND_LINE * math.ceil(len(labels) / _LEGEND_COLUMNS)
    top = legend + 8 + _LINE
    words = alt.Chart(alt.Data(values=heads)).encode(x=alt.XValue(0), y=y)
    layers = alt.layer(
        words.mark_text(align="left", baseline="bottom", dy=-_GROUP_BAR / 2 - 4, fontWeight=600).encode(text="short:N"),
        words.mark_text(align="left", baseline="top", dy=_GROUP_BAR / 2 + 5, color=colour("soft")).encode(
            text="text:N"
        ),
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(stroke=colour("paper"), strokeWidth=1.5)
        .encode(
            x=alt.X("share:Q", stack="zero", scale=alt.Scale(domain=[0, 1], nice=False), axis=None),
            y=y,
            order=alt.Order("place:Q"),
            color=alt.Color(
                "name:N",
                scale=names,
                legend=alt.Legend(
                    orient="none",
                    direction="horizontal",
                    columns=_LEGEND_COLUMNS,
                    columnPadding=24,
                    rowPadding=_LEGEND_LINE - 15,
                    legendX=0,
                    legendY=-top,
                ),
            ),
            opacity=alt.OpacityValue(0.2, condition=where(chosen, 1)),
            tooltip=[
                alt.Tooltip("group:N", title="title"),
                alt.Tooltip("name:N", title="label"),
                alt.Tooltip("share_text:N", title="share"),
                alt.Tooltip("interval_text:N", title="95 % interval"),
                alt.Tooltip("n_text:N", title="answers"),
            ],
        )
        .add_params(chosen),
    )
    height = _GROUP_STEP * (len(order) - 1) + _GROUP_BAR
    return with_finish(
        layers, chart, rows=rows, width=NARROWEST, left=0, right=0, top=top, bottom=_LINE + 4, height=height
    )


def _row(each: LabelShare) -> Row:
    low, high = each.interval
    return {
        "label": each.label,
        "count": each.count,
        "n": each.n,
        "share": each.share,
        "low": low,
        "high": high,
        "end": high if each.count else 0,  # where words may begin
        "share_text": count_words(each),
        "interval_text": f"{100 * low:.0f} to {100 * high:.0f} %",
        "n_text": f"{each.n:,}",
    }


def _colours(labels: tuple[LabelShare, ...]) -> alt.Scale:
    distinct = list(dict.fromkeys(each.label for each in labels))
    return alt.Scale(domain=distinct, range=[label_colour(label) for label in distinct])
