"""An evaluation's figures as tables, in every format."""

import csv
import io

import pytest

from heritage.pages.tables import FORMATS, render
from models_ml.evaluation.tables import evaluation_tables

ROW = {
    "model": "ft_best",
    "target": "name",
    "candidates": 5,
    "subset": "all",
    "n": 2172,
    "accuracy": 0.9387654321,
    "low": 0.92,
    "high": 0.95,
    "precision": 0.953,
    "f1": 0.941,
    "chance": 0.2,
    "majority": 0.031,
}
COMPARISON = {
    "models": ["ft_best", "base"],
    "measure": "accuracy",
    "target": "name",
    "candidates": 5,
    "subset": "all",
    "n": 2172,
    "mean": -0.0123,
    "low": -0.02,
    "high": 0.001,
    "p": 0.0004,
}
NOUN = {
    "models": ["ft_best", "base"],
    "noun": "=HYPERLINK()",
    "candidates": 5,
    "n": 12,
    "mean": 0.1,
    "low": 0,
    "high": 1,
}
DOCUMENT = {
    "evaluation": "zero-shot",
    "rows": [ROW],
    "comparisons": [COMPARISON],
    "by_noun": [NOUN],
    "chat": {"errors": [{"record": "smg/co1", "label": "lamp", "answer": "a 50 % lamp | & more"}]},
}


def tables():
    return {table.name: table for table in evaluation_tables(DOCUMENT)}


def test_there_is_a_table_for_everything_that_has_rows():
    assert list(tables()) == ["figures", "comparisons", "nouns", "errors"]
    assert [table.name for table in evaluation_tables(DOCUMENT | {"by_noun": [], "chat": None, "comparisons": []})] == [
        "figures"
    ]


def test_cells_are_rounded_and_csv_has_the_figures_in_full():
    assert tables()["figures"].cells[0][:7] == ("ft_best", "name", "5", "all", "2,172", "0.939", "0.920 to 0.950")
    assert tables()["comparisons"].cells[0][-3:] == ("−0.012", "−0.020 to 0.001", "< 0.001")
    [heading, row] = csv.reader(io.StringIO(render(tables()["figures"], "csv")))
    assert dict(zip(heading, row, strict=True))["accuracy"] == "0.9387654321"


def test_csv_opens_safely_in_a_spreadsheet():
    [_, row] = csv.reader(io.StringIO(render(tables()["nouns"], "csv")))
    assert "'=HYPERLINK()" in row


def test_latex_escapes_what_would_not_compile():
    latex = render(tables()["errors"], "latex")
    assert r"50 \% lamp | \& more" in latex
    assert r"ft\_best" in render(tables()["figures"], "latex")


def test_markdown_keeps_its_columns():
    table = tables()["figures"]
    lines = render(table, "markdown").splitlines()
    assert all(line.count("|") == len(table.headings) + 1 for line in lines)
    assert r"a 50 % lamp \| & more" in render(tables()["errors"], "markdown")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_ends_with_a_line_break(form):
    assert all(render(table, form).endswith("\n") for table in tables().values())


def test_search_shows_found_only_where_something_was_looked_for():
    row = {"model": "base", "from": "text", "to": "image", "across": False, "top": 10, "n": 9, "documents": 40}
    row |= {"relevance": 2.6, "sd": 1.0, "low": 2.0, "high": 3.0, "chance": 0.1, "recall": 0.4, "recall_n": 8}
    nothing = {"found": None, "found_low": None, "found_high": None, "mrr": None}
    found = {"found": 0.18, "found_low": 0.1, "found_high": 0.3, "mrr": 0.07}
    document = {"evaluation": "search", "comparisons": []}
    assert "Found@10" not in evaluation_tables(document | {"rows": [row | nothing]})[0].headings
    assert "Found@10" in evaluation_tables(document | {"rows": [row | found]})[0].headings
