"""An evaluation's drawings: which figures are plotted beside which. Pure; `heritage.pages.plots` lays them out."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from heritage.pages.plots import Interval, IntervalPlot, IntervalRow, interval_plot

from .settings import FOUND_AMONG
from .tables import candidates_words

Row = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """A drawing with its heading. `reference` says in words what the dashed line is; `bars` how rows are drawn."""

    id: str
    heading: str
    explanation: str
    reference: str
    plot: IntervalPlot
    bars: bool = False

    @property
    def rows(self) -> list[tuple[IntervalRow, tuple[float, float] | None]]:
        """The plot's rows, each with its bar where bars are drawn."""
        bars = self.plot.bars if self.bars else [None] * len(self.plot.rows)
        return list(zip(self.plot.rows, bars, strict=True))


def evaluation_panels(document: dict[str, Any]) -> list[Panel]:
    """The drawings of an evaluation: models against chance, and differences by noun where there are any."""
    if document["evaluation"] == "zero-shot":
        return [_accuracy(document), *_by_noun(document)]
    return [_relevance(document), *_found(document)]


def _accuracy(document: dict[str, Any]) -> Panel:
    groups = _grouped(
        document["rows"],
        lambda row: (row["target"], row["candidates"], candidates_words(row), row["subset"], row["n"]),
    )
    plot = interval_plot(
        [
            (f"{target}, {candidates}{of or ' candidates'}, {subset} (n = {n:,})", _models(rows, document, "accuracy"))
            for (target, candidates, of, subset, n), rows in groups.items()
        ],
        [rows[0]["chance"] for rows in groups.values()],
        floor=0.0,
    )
    return Panel("accuracy", "Accuracy", "Share of records whose own label was chosen, 95 % interval", "chance", plot)


def _relevance(document: dict[str, Any]) -> Panel:
    groups = _grouped(document["rows"], lambda row: row["top"])
    plot = interval_plot(
        [(f"top {top}", _models(rows, document, "relevance")) for top, rows in groups.items()],
        [rows[0]["chance"] for rows in groups.values()],
        floor=0.0,
    )
    return Panel(
        "relevance", "Relevant results", "Mean number among the nearest records, 95 % interval", "chance", plot
    )


def _found(document: dict[str, Any]) -> list[Panel]:
    """Own records found do not depend on the top: one row for each model."""
    rows = [row for row in document["rows"] if row["found"] is not None and row["top"] == document["rows"][0]["top"]]
    if not rows:
        return []
    intervals = [
        Interval(row["model"], row["found"], row["found_low"], row["found_high"], _colour(row["model"], document))
        for row in rows
    ]
    chance = min(1.0, FOUND_AMONG / rows[0]["documents"])
    plot = interval_plot([("", intervals)], [chance], floor=0.0)
    explanation = f"Share of queries with their own record among the {FOUND_AMONG} nearest, 95 % interval"
    return [Panel("found", "Own record found", explanation, "chance", plot)]


def _by_noun(document: dict[str, Any]) -> list[Panel]:
    groups = _grouped(document["by_noun"], lambda row: (*row["models"], row["candidates"]))
    panels = []
    for place, ((other, base, candidates), rows) in enumerate(groups.items()):
        intervals = [
            Interval(
                f"{row['noun']} ({row['n']:,})",
                row["mean"],
                row["low"],
                row["high"],
                "same-object" if row["low"] > 0 else "" if row["high"] < 0 else "unrelated",
            )
            for row in rows
        ]
        explanation = (
            f"Accuracy of {other} less that of {base} for the most common nouns, {candidates} candidates; "
            "in brackets how many records, 95 % interval"
        )
        plot = interval_plot([("", intervals)], [0.0])
        panels.append(Panel(f"nouns-{place}", f"By noun: {other}", explanation, "no difference", plot, bars=True))
    return panels


def _models(rows: Sequence[Row], document: dict[str, Any], figure: str) -> list[Interval]:
    return [
        Interval(row["model"], row[figure], row["low"], row["high"], _colour(row["model"], document)) for row in rows
    ]


def _colour(model: str, document: dict[str, Any]) -> str:
    """The base is grey, so that the others stand out."""
    return "unrelated" if model == document["settings"]["models"][0] else ""


def _grouped(rows: Sequence[Row], key: Callable[[Row], Hashable]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
