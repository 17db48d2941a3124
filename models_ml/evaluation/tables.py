"""An evaluation's document as tables: the same for the page, the terminal, Markdown, LaTeX and CSV. Pure.

Cells are texts as they are read, figures rounded; `raw` has them in full, for CSV.
"""

from collections.abc import Sequence
from typing import Any

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
    signed,
    table_of,
    text_cell,
)


def evaluation_tables(document: dict[str, Any]) -> list[Table]:
    """The tables of an evaluation that have rows: figures, comparisons of models, by noun, the chat model's errors."""
    columns = _zero_shot_columns if document["evaluation"] == "zero-shot" else _search_columns
    chat = document.get("chat") or {"errors": []}
    tables = [
        table_of("figures", "Figures", columns(document["rows"]), document["rows"]),
        table_of("comparisons", "Differences between models", _COMPARISONS, document["comparisons"]),
        table_of("nouns", "Difference in accuracy by noun", _NOUNS, document.get("by_noun", [])),
        table_of("errors", "Answers that are no candidate", _ERRORS, chat["errors"]),
    ]
    return [table for table in tables if table.raw]


# --- Cells -----------------------------------------------------------------------------------


def comparison_about(row: Row) -> str:
    """What two models were compared on: "name, 5 candidates of the own collection, all" or "top 10"."""
    if "target" in row:
        return f"{row['target']}, {row['candidates']} candidates{candidates_words(row)}, {row['subset']}"
    return f"top {row['top']}" if "top" in row else NOTHING


def candidates_words(row: Row) -> str:
    """What follows on "5 candidates": where they are from. Nothing in evaluations made before there was a choice."""
    words = {"own": " of the own collection", "all": " of all collections"}
    return words.get(row.get("candidates_from", ""), "")


_INTERVAL = Column("95 % interval", interval_cell("low", "high"))

_ZERO_SHOT = (
    Column("Model", text_cell("model"), figures=False),
    Column("Label", text_cell("target"), figures=False),
    Column("Candidates", count_cell("candidates")),
    Column("Records", text_cell("subset"), figures=False),
    Column("n", count_cell("n")),
    Column("Accuracy", number_cell("accuracy")),
    _INTERVAL,
    Column("Weighted precision", number_cell("precision")),
    Column("Weighted F1", number_cell("f1")),
    Column("Chance", number_cell("chance")),
    Column("Majority", number_cell("majority")),
)

_COMPARISONS = (
    Column("Models", lambda row: " − ".join(row["models"]), figures=False),
    Column("Measure", text_cell("measure"), figures=False),
    Column("On", comparison_about, figures=False),
    Column("n", count_cell("n")),
    Column("Difference", lambda row: signed(row["mean"])),
    _INTERVAL,
    Column("p", lambda row: p_text(row["p"])),
)

_NOUNS = (
    Column("Models", lambda row: " − ".join(row["models"]), figures=False),
    Column("Noun", text_cell("noun"), figures=False),
    Column("Candidates", count_cell("candidates")),
    Column("n", count_cell("n")),
    Column("Difference", lambda row: signed(row["mean"])),
    _INTERVAL,
)

_ERRORS = (
    Column("Record", text_cell("record"), figures=False),
    Column("Label", text_cell("label"), figures=False),
    Column("Answer", text_cell("answer"), figures=False),
)


def _zero_shot_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Where candidates are from only where that was asked."""
    if any("candidates_from" not in row for row in rows):
        return _ZERO_SHOT
    return (*_ZERO_SHOT[:3], Column("From", text_cell("candidates_from"), figures=False), *_ZERO_SHOT[3:])


def _search_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Found and its company only where something was looked for."""
    looked_for = any(row["found"] is not None for row in rows)
    found = (
        (
            Column("Found@10", number_cell("found")),
            Column("95 % interval", interval_cell("found_low", "found_high")),
            Column("MRR", number_cell("mrr")),
        )
        if looked_for
        else ()
    )
    return (
        Column("Model", text_cell("model"), figures=False),
        Column("Search", lambda row: f"{row['from']} to {row['to']}", figures=False),
        Column("Among", lambda row: "other collections" if row["across"] else "all collections", figures=False),
        Column("Top", count_cell("top")),
        Column("n", count_cell("n")),
        Column("Relevant", lambda row: f"{number(row['relevance'])} ± {number(row['sd'])}"),
        _INTERVAL,
        Column("Chance", number_cell("chance")),
        Column("Recall", number_cell("recall")),
        *found,
    )
