"""Files of annotations: cells that spreadsheets do not run, columns, and rows that are refused."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.exchange.columns import model_column, model_of_column, score_column
from annotation.exchange.reading import read_annotations
from heritage.errors import UserError
from heritage.pages.cells import protect_cell, unprotect_cell

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
risky = st.builds("".join, st.tuples(st.sampled_from(["", "'", "''"]), st.sampled_from("=+-@\t\r'x"), storable))


@given(storable | risky)
def test_protected_text_is_no_formula_and_comes_back(text):
    cell = protect_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unprotect_cell(cell) == text


@given(st.lists(storable | risky, min_size=2, max_size=4))
def test_protected_text_survives_csv(texts):
    file = io.StringIO(newline="")
    csv.writer(file).writerow([protect_cell(text) for text in texts])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [unprotect_cell(cell) for cell in row] == texts


@pytest.mark.parametrize("text", ["plain", "", "'quoted'", "it's", "1-2", "'"])
def test_harmless_text_is_left_alone(text):
    assert protect_cell(text) == text == unprotect_cell(text)


@pytest.mark.parametrize("slug", ["base", "ft-best", "label", "pair", "similar|x|y"])
def test_a_model_s_column_is_found_again(slug):
    assert model_of_column(model_column(slug)) == slug


def test_columns_of_figures_are_no_models():
    column = score_column("similarity|image-image|ft-best")
    assert (column.kind, column.comparison, column.model) == ("similarity", "image-image", "ft-best")
    assert model_of_column(column.name) is None
    assert model_of_column("comment") is None


HEADER = "a,b,comparison,base,ft-best,annotator,label,comment,seconds,created\n"


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="annotations.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_annotations(path)

    return read_text


def test_a_row_says_all_that_its_columns_say(read):
    table = read(HEADER + 'co1,N.2,text-text,1,0,ada,same_object,"Two, alike",4.5,2025-03-04T15:06:07\n')
    (row,) = table.rows
    assert table.models == ("base", "ft-best")
    assert (row.line, row.a, row.b, row.comparison) == (2, "co1", "N.2", "text-text")
    assert row.pattern == {"base": 1, "ft-best": 0}
    assert (row.annotator, row.label, row.comment, row.seconds) == ("ada", "same_object", "Two, alike", 4.5)
    assert row.created == datetime(2025, 3, 4, 15, 6, 7, tzinfo=UTC)


def test_a_file_is_of_one_kind_of_similarity(read):
    table = read("annotator,label,base,similarity_kind\nada,,1,\nada,,1,fused+centred\n")
    assert table.similarity_kind == "centred+fused"
    with pytest.raises(UserError, match="line 3, column similarity_kind: another row says plain, and a file has one"):
        read("annotator,label,base,similarity_kind\nada,,1,plain\nada,,1,csls\n")
    with pytest.raises(UserError, match="column similarity_kind: No similarity is called 'cosy'; choose from plain"):
        read("annotator,label,base,similarity_kind\nada,,1,cosy\n")


def test_what_may_be_left_out_may_be_left_out(read):
    (row,) = read("annotator,label,base\nada,,1\n").rows
    assert (row.a, row.b, row.comparison, row.label, row.comment) == ("", "", "", "", "")
    assert (row.seconds, row.created, row.position, row.submission) == (None, None, None, None)


def test_spreadsheets_habits_are_understood(read):
    (row,) = read("\ufeffannotator,label,base,position\r\nada,Same object,TRUE,7.0\r\n\r\n").rows
    assert (row.label, row.pattern, row.position) == ("same_object", {"base": 1}, 7)


def test_json_lines_say_the_same(read):
    line = {"annotator": "ada", "label": "unrelated", "base": 1, "ft-best": False, "seconds": 4.5, "comment": None}
    table = read(json.dumps(line) + "\n\n", "annotations.jsonl")
    assert table.models == ("base", "ft-best")
    assert (table.rows[0].pattern, table.rows[0].seconds) == ({"base": 1, "ft-best": 0}, 4.5)
    assert read("\ufeff" + json.dumps(line), "annotations.jsonl") == table


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",,,2,0,ada,unrelated,,,", "line 2, column base: '2' is neither 0 nor 1"),
        (",,,,0,ada,unrelated,,,", "line 2, column base: may not be empty"),
        (",,,1,0,,unrelated,,,", "line 2, column annotator: may not be empty"),
        (f",,,1,0,{'x' * 151},unrelated,,,", "column annotator: a username has at most 150"),
        (",,,1,0,ada,identical,,,", "column label: 'identical' is no label; use same_object"),
        (",,,1,0,ada,unrelated,,soon,", "column seconds: 'soon' is not a number"),
        (",,,1,0,ada,unrelated,,-3,", "column seconds: '-3' is not from 0 to 2592000"),
        (",,,1,0,ada,unrelated,,inf,", "column seconds: 'inf' is not a finite number"),
        (",,,1,0,ada,unrelated,,,yesterday", "column created: 'yesterday' is no time"),
        ("co1,,,1,0,ada,unrelated,,,", "column b: give both records of a pair, or neither"),
        (",,,1,0,ada,unrelated,a\0b,,", "column comment: NUL"),
        (",,,1,0,ada", "line 2: 6 cells in a table of 10 columns"),
    ],
)
def test_a_bad_row_is_named_by_line_column_and_reason(read, row, sentence):
    with pytest.raises(UserError) as refused:
        read(f"{HEADER}{row}\n")
    assert sentence in str(refused.value)


def test_all_bad_rows_are_found_and_the_first_named(read):
    with pytest.raises(UserError, match=r"nothing was stored.*line 2.*line 6.*; and 3 more"):
        read(HEADER + ",,,1,0,ada,identical,,,\n" * 8)


def test_the_line_of_a_row_counts_line_breaks_in_cells(read):
    with pytest.raises(UserError, match="line 5, column label"):
        read(HEADER + ',,,1,0,ada,unrelated,"one\ntwo\nthree",,\n,,,1,0,ada,identical,,,\n')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no annotations"),
        (HEADER, "has no annotations"),
        ("a,b,base\n,,1\n", "lacks the column annotator and label"),
        ("annotator,label\nada,unrelated\n", "no column of a model"),
        ("annotator,label,base,base\nada,unrelated,1,0\n", "the column base twice"),
        (b"annotator,label,base\n\xff\xfe,unrelated,1\n", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_annotations_is_refused(read, text, sentence):
    with pytest.raises(UserError, match=sentence):
        read(text)


@pytest.mark.parametrize("text", ["{", "[1]", "7"])
def test_bad_json_lines_are_refused(read, text):
    with pytest.raises(UserError, match="line 1"):
        read(text, "annotations.jsonl")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_annotations(tmp_path / "nothing.csv")
