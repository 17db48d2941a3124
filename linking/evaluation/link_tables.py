"""The tables of an evaluation of links: figures, ranks, and differences of models and of similarities. Pure."""

from typing import Any

from heritage.pages.tables import (
    Column,
    Row,
    Table,
    count_cell,
    interval_cell,
    number_cell,
    p_text,
    signed,
    table_of,
    text_cell,
)

LABEL_WORDS = {"linked": "linked", "similar": "similar or closer", "same": "same object"}


def link_tables(document: dict[str, Any]) -> list[Table]:
    """Those that have rows."""
    rows = [flat(row) for row in document["rows"]]
    ranked = [row for row in rows if row["queries"]]
    tables = [
        table_of("figures", "Links and other pairs told apart", _FIGURES, rows),
        table_of("ranks", "Partners found", _RANKS, ranked),
        table_of("comparisons", "Differences between models", _MODELS, document["comparisons"]),
        table_of("variants", "Differences between similarities", _VARIANTS, document["variants"]),
    ]
    return [table for table in tables if table.raw]


def flat(row: Row) -> Row:
    """What a row holds by size of the top stands beside: top_share_1, top_share_1_low."""
    found: Row = {}
    for key, value in row.items():
        if not isinstance(value, dict):
            found[key] = value
            continue
        name, _, end = key.partition("_low") if key.endswith("_low") else key.partition("_high")
        end = key[len(name) :]
        found |= {f"{name}_{of}{end}": each for of, each in value.items()}
    return found


_ABOUT = (
    Column("Model", text_cell("model"), figures=False),
    Column("Comparison", text_cell("comparison"), figures=False),
    Column("Similarity", text_cell("similarity"), figures=False),
    Column("Label", lambda row: LABEL_WORDS[row["label"]], figures=False),
)

_INTERVAL = Column("95 % interval", interval_cell("low", "high"))

_FIGURES = (
    *_ABOUT,
    Column("Pairs", count_cell("n")),
    Column("Links", count_cell("links")),
    Column("Chance", number_cell("chance")),
    Column("AUC", number_cell("auc")),
    _INTERVAL,
    Column("Average precision", number_cell("average_precision")),
    Column("Top 0.1 %", number_cell("top_share_0.1")),
    Column("Top 1 %", number_cell("top_share_1")),
    Column("95 % interval", interval_cell("top_share_1_low", "top_share_1_high")),
    Column("Top 5 %", number_cell("top_share_5")),
)

_RANKS = (
    *_ABOUT,
    Column("Records", count_cell("queries")),
    Column("Found@1", number_cell("recall_1")),
    Column("Found@5", number_cell("recall_5")),
    Column("Found@10", number_cell("recall_10")),
    Column("95 % interval", interval_cell("recall_10_low", "recall_10_high")),
    Column("MRR", number_cell("mrr")),
)

_DIFFERENCE = (
    Column("Label", lambda row: LABEL_WORDS[row["label"]], figures=False),
    Column("Measure", lambda row: measure_words(row["measure"]), figures=False),
    Column("Pairs", count_cell("n")),
    Column("Difference", lambda row: signed(row["mean"])),
    _INTERVAL,
    Column("p", lambda row: p_text(row["p"])),
)

_MODELS = (
    Column("Models", lambda row: " − ".join(row["models"]), figures=False),
    Column("Comparison", text_cell("comparison"), figures=False),
    Column("Similarity", text_cell("similarity"), figures=False),
    *_DIFFERENCE,
)

_VARIANTS = (
    Column("Model", text_cell("model"), figures=False),
    Column("Comparison", text_cell("comparison"), figures=False),
    Column("Similarities", lambda row: " − ".join(row["similarities"]), figures=False),
    *_DIFFERENCE,
)


def measure_words(measure: str) -> str:
    """ "top_share 1" as "top 1 %"."""
    words = {"auc": "AUC", "average_precision": "average precision"}
    return words.get(measure) or f"top {measure.removeprefix('top_share ')} %"
