"""Two-dimensional charts in Vega-Lite: labels against labels as a heat map, and calibration as a curve."""

import altair as alt

from annotation.analysis.wilson import wilson

from .figures import CalibrationChart
from .label_figures import SquareChart
from .layout import AXIS_HEIGHT, EDGE, PER_CENT, ROWS, label_room, short, where, with_finish
from .theme import Specification, colour

_CELL_HEIGHT = 44
_HEAD = 50  # above a heat map: what it has across, and names
_DARKEST = 0.45  # opacity at which a cell's figure can still be read in both modes
_CURVE_HEIGHT = 340
_CURVE_LEFT = 64


def square_specification(chart: SquareChart) -> Specification:
    """Cells are the stronger the larger their share of their row; each has its count in it."""
    left = label_room([*chart.labels, chart.down])
    order = alt.Scale(domain=list(chart.labels), padding=0)
    x = alt.X("across:N", scale=order, axis=None)
    y = alt.Y("down:N", scale=order, axis=None)
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=x, y=y)
    names = alt.Chart(alt.Data(values=[{"label": label, "text": short(label)} for label in chart.labels]))
    heads = alt.Chart(alt.Data(values=[{"down": chart.down, "across": chart.across}]))
    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", fields=["cell"], empty=False)
    layers = alt.layer(
        base.mark_rect(color=colour("accent"), stroke=colour("paper"), strokeWidth=2)
        .encode(
            fillOpacity=alt.FillOpacity(
                "share:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, _DARKEST], clamp=True), legend=None
            ),
            tooltip=[
                alt.Tooltip("title:N", title="title"),
                alt.Tooltip("count_text:N", title="count"),
                alt.Tooltip("share_text:N", title="share of the row"),
                *([alt.Tooltip("interval_text:N", title="95 % interval")] if chart.independent else []),
                alt.Tooltip("n_text:N", title="in the row"),
            ],
        )
        .add_params(pointed),
        base.mark_rect(filled=False, stroke=colour("ink"), strokeWidth=2).encode(
            strokeOpacity=alt.StrokeOpacityValue(0, condition=where(pointed, 1))
        ),
        base.mark_text(baseline="middle").encode(text="count_text:N"),
        names.mark_text(align="left", baseline="middle").encode(
            x=alt.XValue(-left), y=alt.Y("label:N", scale=order, axis=None), text="text:N"
        ),
        names.mark_text(baseline="bottom").encode(
            x=alt.X("label:N", scale=order, axis=None), y=alt.YValue(-8), text="text:N"
        ),
        heads.mark_text(align="left", baseline="bottom", color=colour("soft")).encode(
            x=alt.XValue(-left), y=alt.YValue(-8), text="down:N"
        ),
        heads.mark_text(align="left", baseline="bottom", color=colour("soft")).encode(
            x=alt.XValue(0), y=alt.YValue(-30), text="across:N"
        ),
    )
    return with_finish(
        layers,
        chart,
        rows=_cells(chart),
        left=left,
        right=0,
        top=_HEAD,
        bottom=4,
        height=_CELL_HEIGHT * len(chart.labels),
    )


def _cells(chart: SquareChart) -> list[dict[str, object]]:
    cells = []
    for label, line in zip(chart.labels, chart.counts, strict=True):
        n = sum(line)
        for other, count in zip(chart.labels, line, strict=True):
            low, high = wilson(count, n)
            cells.append(
                {
                    "down": label,
                    "across": other,
                    "cell": f"{label}/{other}",
                    "count": count,
                    "n": n,
                    "share": count / n if n else 0.0,
                    "title": label if label == other else f"{label}, {other[0].lower()}{other[1:]}",
                    "count_text": f"{count:,}",
                    "share_text": f"{100 * count / n:.0f} %" if n else "–",
                    "interval_text": f"{100 * low:.0f} to {100 * high:.0f} %" if n else "–",
                    "n_text": f"{n:,}",
                }
            )
    return cells


def calibration_specification(chart: CalibrationChart) -> Specification:
    """Shares linked over predictions, both from 0 to 1, with the diagonal on which they are the same."""
    rows = [
        {
            "predicted": each.predicted,
            "linked": each.linked,
            "low": each.low,
            "high": each.high,
            "n": each.n,
            "title": f"Predicted {100 * each.predicted:.1f} %",
            "linked_text": f"{100 * each.linked:.1f} %",
            "interval_text": f"{100 * each.low:.1f} to {100 * each.high:.1f} %",
            "n_text": f"{each.n:,}",
        }
        for each in chart.points
    ]

    def axis(title: str, *, grid: bool) -> alt.Axis:
        return alt.Axis(
            values=[0, 0.2, 0.4, 0.6, 0.8, 1],
            labelExpr=PER_CENT,
            labelFlush=False,
            title=title,
            titlePadding=8,
            grid=grid,
            labelOverlap=False,
        )

    unit = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("predicted:Q", scale=unit, axis=axis("Predicted probability of a link", grid=False))
    y_axis = axis("Share linked", grid=True)
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=x,
        tooltip=[
            alt.Tooltip("title:N", title="title"),
            alt.Tooltip("linked_text:N", title="linked"),
            alt.Tooltip("interval_text:N", title="95 % interval"),
            alt.Tooltip("n_text:N", title="n"),
        ],
    )
    linked = alt.Y("linked:Q", scale=unit, axis=y_axis)
    diagonal = alt.Chart(alt.Data(values=[{"predicted": 0, "linked": 0}, {"predicted": 1, "linked": 1}]))
    pointed = alt.selection_point(
        name="pointed", on="pointerover", clear="pointerout", fields=["predicted"], nearest=True, empty=False
    )
    layers = alt.layer(
        diagonal.mark_line(color=colour("soft"), strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=linked),
        base.mark_line(color=colour("accent"), strokeWidth=1, opacity=0.6, tooltip=None).encode(y=linked),
        base.mark_rule(color=colour("accent"), strokeWidth=3, strokeCap="round").encode(
            y=alt.Y("low:Q", scale=unit, axis=y_axis), y2="high:Q"
        ),
        base.mark_circle(color=colour("accent"), opacity=1)
        .encode(y=linked, size=alt.SizeValue(150, condition=where(pointed, 260)))
        .add_params(pointed),
    )
    return with_finish(
        layers, chart, rows=rows, left=_CURVE_LEFT, right=EDGE + 6, top=10, bottom=AXIS_HEIGHT, height=_CURVE_HEIGHT
    )
