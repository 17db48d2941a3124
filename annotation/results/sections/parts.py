"""Where, and for whom, models find links: comparisons, terms, annotators. Pure."""

from collections.abc import Sequence
from typing import Any

from annotation.results.charts.figures import IntervalChart, interval_chart
from heritage.pages.tables import (
    NOTHING,
    Column,
    Row,
    Table,
    count_cell,
    interval_cell,
    number,
    number_cell,
    p_text,
    table_of,
    text_cell,
)

from .figures import POINTS, flat_rows, groups_of, p_cell, per_cent_cell, per_cents_cell, points_estimates
from .section import Said, SectionKind
from .words import Document, share_words


def _said(document: Document) -> Said:
    words = [
        f"By {part['name']}, {share_words(part)} of the answers link, n = {part['n']:,}."
        for part in document["by_comparison"]
        if part["share"] is not None
    ]
    reasons = [document["by_term_reason"], document["by_annotator_reason"]]
    caveats = [
        "All of this is exploration: what stands out is a question for the next campaign. p are after "
        "Benjamini and Hochberg, over all effects by comparison, by annotator, by term, and over all interactions.",
        *filter(None, reasons),
        *document["interactions"]["warnings"],
    ]
    return Said(words or ["The comparisons of these pairs are not known."], caveats)


def comparisons_chart(document: Document) -> IntervalChart | None:
    return _parts_chart("comparison", document["by_comparison"], document)


def annotators_chart(document: Document) -> IntervalChart | None:
    return _parts_chart("annotator", document["by_annotator"], document)


def _parts_chart(by: str, parts: Sequence[dict[str, Any]], document: Document) -> IntervalChart | None:
    """Each model's effect in each part of the answers."""
    groups = {
        f"{part['name']} (n = {part['n']:,})": points_estimates(
            [(each["term"], each) for each in part["effects"]], part["n"]
        )
        for part in parts
    }
    return interval_chart(
        f"{by}s",
        f"What a model’s finding adds, by {by}",
        f"What a model’s finding adds by {by}, in percentage points, 95 % interval",
        measure=POINTS,
        reference="no difference",
        groups=groups_of(groups, 0.0),
        simulated=document["simulated"],
    )


def comparisons_table(document: Document) -> Table:
    return _parts_table("comparisons", "By comparison", document["by_comparison"], document)


def annotators_table(document: Document) -> Table:
    return _parts_table("annotators", "By annotator", document["by_annotator"], document)


def _parts_table(name: str, title: str, parts: list[Row], document: Document) -> Table:
    """Parts of the answers (`Subset`): share of links, and each model's effect in percentage points."""
    models = [effect["term"] for effect in parts[0]["effects"]] if parts else []
    rows = []
    for part in parts:
        row = flat_rows([part], ("name", "n", "pairs", "share", "low", "high"), document)[0]
        for effect in part["effects"]:
            row |= {f"{effect['term']} {key}": effect[key] for key in ("points", "low", "high", "p_adjusted")}
        rows.append(row)
    columns = [
        Column("", text_cell("name"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", per_cent_cell("share")),
        Column("95 % interval", per_cents_cell("low", "high")),
    ]
    columns += [Column(f"{model}, points", _points_cell(model)) for model in models]
    return table_of(name, title, columns, rows)


def interactions_table(document: Document) -> Table:
    rows = [
        {
            "simulated": int(document["simulated"]),
            "term": each["term"],
            "n": document["interactions"]["n"],
            **{key: each["coefficient"][key] for key in ("coef", "se", "low", "high", "p")},
            "p_adjusted": each["p_adjusted"],
        }
        for each in document["interactions"]["rows"]
    ]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("log odds", number_cell("coef")),
        Column("95 % interval", interval_cell("low", "high")),
        Column("p", p_cell("p")),
        Column("adjusted", p_cell("p_adjusted")),
    )
    return table_of("interactions", f"Against {document['interactions']['reference']}", columns, rows)


def terms_table(document: Document) -> Table:
    rows = [
        flat_rows([each], ("term", "n", "pairs", "share", "low", "high"), document)[0]
        | {f"points{end}": each["effect"][key] for end, key in (("", "points"), ("_low", "low"), ("_high", "high"))}
        | {"p": each["effect"]["p"], "p_adjusted": each["p_adjusted"]}
        for each in document["by_term"]
    ]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", per_cent_cell("share")),
        Column("95 % interval", per_cents_cell("low", "high")),
        Column("points against the rest", number_cell("points", 1)),
        Column("95 % interval", interval_cell("points_low", "points_high", 1)),
        Column("adjusted p", p_cell("p_adjusted")),
    )
    return table_of("terms", "By taxonomy term", columns, rows)


def _points_cell(model: str) -> Any:
    def cell(row: Row) -> str:
        points, low, high = (row[f"{model} {key}"] for key in ("points", "low", "high"))
        if points is None:
            return NOTHING
        adjusted = row[f"{model} p_adjusted"]
        p = "" if adjusted is None else f", p {p_text(adjusted)}"
        return f"{number(points, 1)} ({number(low, 1)} to {number(high, 1)}){p}"

    return cell


SECTION = SectionKind(
    id="parts",
    heading="Where, and for whom?",
    say=_said,
    charts={
        "comparisons": comparisons_chart,
        "annotators": annotators_chart,
    },
    tables={
        "comparisons": comparisons_table,
        "interactions": interactions_table,
        "terms": terms_table,
        "annotators": annotators_table,
    },
)
