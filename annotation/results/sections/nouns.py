"""Which objects the models name better, beside the answers. Pure."""

from typing import Any

from annotation.results.charts.figures import Estimate, IntervalChart, interval_chart
from heritage.pages.tables import Column, Table, count_cell, interval_cell, number, number_cell, table_of, text_cell

from .figures import POINTS, flat_rows, groups_of, sign_of
from .section import Said, SectionKind
from .words import Document


def _said(document: Document) -> Said:
    """The paper's Figure 5, of the newest evaluation of the same models."""
    found = document["by_noun"]
    by_model: dict[str, list[dict[str, Any]]] = {}
    for row in found["rows"]:
        by_model.setdefault(row["models"][0], []).append(row)
    words = [
        f"{model} gains most on {_noun_words(max(rows, key=_gain))} and least on {_noun_words(min(rows, key=_gain))}."
        for model, rows in by_model.items()
    ]
    caveats = (
        f"No annotator’s answer is in these figures. In evaluation {found['evaluation']} of {found['made']} models "
        f"chose the noun of a picture among {found['candidates']}, on records that none of them learnt from. Each noun "
        "has few records, and no difference is tested.",
    )
    return Said(words, caveats)


def _gain(row: dict[str, Any]) -> float:
    return float(row["mean"])


def _noun_words(row: dict[str, Any]) -> str:
    mean, low, high = (number(100 * row[key], 0) for key in ("mean", "low", "high"))
    return f"“{row['noun']}” ({mean} percentage points, 95 % interval {low} to {high}, n = {row['n']:,})"


def nouns_chart(document: Document) -> IntervalChart | None:
    """The paper's Figure 5: by noun, how much more often than the first model the others name a picture right."""
    found = document["by_noun"]
    groups: dict[str, list[Estimate]] = {}
    for row in found["rows"]:
        other, base = row["models"]
        value, low, high = (100 * row[key] for key in ("mean", "low", "high"))
        estimate = Estimate(f"{row['noun']} ({row['n']:,})", value, low, high, row["n"], sign_of(low, high))
        groups.setdefault(f"{other} less {base}", []).append(estimate)
    return interval_chart(
        "nouns",
        "Pictures named right, by noun",
        f"Difference in accuracy among {found['candidates']} nouns, percentage points, 95 % interval; "
        "in brackets how many records",
        measure=POINTS,
        reference="no difference",
        groups=groups_of(groups, 0.0),
        simulated=document["simulated"],
    )


def nouns_table(document: Document) -> Table:
    rows = [
        flat_rows([row], ("noun", "n"), document)[0]
        | {"model": row["models"][0], "base": row["models"][1]}
        | {f"points{end}": 100 * row[key] for end, key in (("", "mean"), ("_low", "low"), ("_high", "high"))}
        for row in document["by_noun"]["rows"]
    ]
    columns = (
        Column("Model", text_cell("model"), figures=False),
        Column("less", text_cell("base"), figures=False),
        Column("Noun", text_cell("noun"), figures=False),
        Column("n", count_cell("n")),
        Column("points", number_cell("points", 1)),
        Column("95 % interval", interval_cell("points_low", "points_high", 1)),
    )
    return table_of("nouns", "Pictures named right, by noun", columns, rows)


SECTION = SectionKind(
    id="nouns",
    heading="And which objects do the models name better?",
    say=_said,
    charts={"nouns": nouns_chart},
    tables={"nouns": nouns_table},
    applies=lambda document: bool(document.get("by_noun")),
)
