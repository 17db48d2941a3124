"""How fine the labels go, where a campaign has finer ones. Pure."""

from typing import Any

from annotation.analysis.wilson import wilson
from annotation.results.charts.label_figures import FinerShare, LabelChart
from heritage.pages.tables import Column, Table, count_cell, table_of

from .figures import flat_rows, per_cent_cell, per_cents_cell
from .section import Said, SectionKind
from .words import Document, finer_words, label_words, share_words

MOST_FINER = 30  # more bars cannot be read at once: the table has them


def _said(document: Document) -> Said:
    words = [
        f"Of {each['n']:,} answer{'' if each['n'] == 1 else 's'} “{label_words(each['label'], document)}”, "
        f"{share_words(_told_apart(each))} have a finer label."
        for each in document["finer_labels"]
        if not each["key"] and each["n"]
    ]
    caveats = ("Every other figure counts the four labels alone. These intervals take answers as independent.",)
    return Said(words or ["No answer has a label with finer ones under it yet."], caveats if words else ())


def _told_apart(left: dict[str, Any]) -> dict[str, float]:
    """The share that has a finer label, from the row of those left at the label itself."""
    finer = left["n"] - left["count"]
    low, high = wilson(finer, left["n"])
    return {"share": finer / left["n"], "low": low, "high": high}


def finer_chart(document: Document) -> LabelChart | None:
    """How often each finer label was given among the answers with the label above it."""
    shares = tuple(
        FinerShare(each["label"], finer_words(each, document), each["count"], each["n"], each["key"])
        for each in document["finer_labels"]
        if each["n"]
    )
    if not 0 < len(shares) <= MOST_FINER:
        return None
    return LabelChart(
        "finer-labels",
        "Finer labels",
        "Of the answers with a label, how many have each finer one, 95 % Wilson interval",
        document["simulated"],
        shares,
    )


def finer_table(document: Document) -> Table:
    """Shares are of the answers with the label that a finer one is under."""
    rows = []
    for each in document["finer_labels"]:
        [row] = flat_rows([each], ("label", "key", "name", "count", "n"), document)
        low, high = wilson(each["count"], each["n"]) if each["n"] else (None, None)
        rows.append(row | {"share": each["count"] / each["n"] if each["n"] else None, "low": low, "high": high})
    columns = (
        Column("Label", lambda row: label_words(row["label"], document), figures=False),
        Column("Finer label", lambda row: finer_words(row, document), figures=False),
        Column("Answers", count_cell("count")),
        Column("Of", count_cell("n")),
        Column("Share", per_cent_cell("share")),
        Column("95 % interval", per_cents_cell("low", "high")),
    )
    return table_of("finer-labels", "Finer labels", columns, rows)


SECTION = SectionKind(
    id="finer-labels",
    heading="How fine do the labels go?",
    say=_said,
    charts={"finer-labels": finer_chart},
    tables={"finer-labels": finer_table},
    applies=lambda document: bool(document["finer_labels"]),
)
