"""Queries as clients write them, and whatever else may be sent."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.reconciliation.questions import (
    MOST_CANDIDATES,
    MOST_QUERIES,
    Extension,
    Question,
    TooLargeError,
    read_batch,
    read_extension,
    read_query,
)


def one(query: Any) -> Question:
    return read_batch(json.dumps({"q0": query}))["q0"]


def test_a_full_query() -> None:
    asked = one(
        {
            "query": " Candlestick telephone ",
            "type": ["smg", "nms"],
            "limit": 3,
            "properties": [
                {"pid": "identifier", "v": "1950-12"},
                {"pid": "term", "v": ["telephone", {"id": "12", "name": "Telephony"}, 7, True]},
            ],
            "type_strict": "should",
        }
    )
    assert asked == Question(
        words="Candlestick telephone",
        types=("smg", "nms"),
        limit=3,
        values=(("identifier", ("1950-12",)), ("term", ("telephone", "Telephony", "7", "True"))),
    )


def test_the_least_and_the_most() -> None:
    assert one({"query": "Loom"}) == Question("Loom")
    assert one({"query": "Loom", "type": "smg"}).types == ("smg",)
    assert one({"query": "Loom", "type": {"id": "smg", "name": "Museum"}}).types == ("smg",)
    assert one({"query": "", "properties": [{"pid": "term", "v": "loom"}]}).words == ""
    assert one({"query": "Loom", "limit": 10_000}).limit == MOST_CANDIDATES
    assert one({"query": "a\x00b"}).words == "a b"
    assert one({"query": "Loom", "type": None, "limit": None, "properties": None}) == Question("Loom")
    assert len(read_batch(json.dumps({f"q{number}": {"query": "x"} for number in range(MOST_QUERIES)}))) == 50


def test_a_single_query_is_words_or_json() -> None:
    assert read_query("Loom") == Question("Loom")
    assert read_query('{"query": "Loom", "limit": 2}') == Question("Loom", limit=2)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("Loom", "Query 'q0' has to be an object"),
        ({}, "asks for nothing"),
        ({"query": "  "}, "asks for nothing"),
        ({"query": 7}, "query has to be a text"),
        ({"query": "x" * 5001}, "5,001 characters"),
        ({"query": "x", "limit": 0}, "limit has to be a number from 1 up"),
        ({"query": "x", "limit": "5"}, "limit has to be a number from 1 up"),
        ({"query": "x", "limit": float("nan")}, "limit has to be a number from 1 up"),
        ({"query": "x", "type": [7]}, "type has to be the short name"),
        ({"query": "x", "properties": {"pid": "term"}}, "properties a list"),
        ({"query": "x", "properties": [{"pid": "term", "v": "x"}] * 9}, "9 properties, and 8 at most"),
        ({"query": "x", "properties": [{"pid": "term"}]}, "a property has to be an object"),
        (
            {"query": "x", "properties": [{"pid": "colour", "v": "red"}]},
            "'colour' is not compared. Compared are: ident",
        ),
        ({"query": "x", "properties": [{"pid": ["term"], "v": "red"}]}, "is not compared"),
    ],
)
def test_a_wrong_query_is_one_sentence(query: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        one(query)


@pytest.mark.parametrize("text", ["", "{", "[]", '["q0"]', "7", "null", "[" * 100_000, "\x00"])
def test_what_is_no_batch_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError):
        read_batch(text)


def test_a_batch_of_ten_thousand_is_told_to_come_in_parts() -> None:
    with pytest.raises(TooLargeError, match=r"50 queries at most \(batchSize\), this one has 10,000: send it in parts"):
        read_batch(json.dumps({f"q{number}": {"query": "Loom"} for number in range(10_000)}))


def test_an_extension() -> None:
    wanted = read_extension('{"ids": ["12", 13], "properties": [{"id": "term"}, {"id": "term"}, {"id": "page"}]}')
    assert wanted == Extension(("12", "13"), ("term", "page"))
    for text in ('{"ids": "12", "properties": []}', "[]", '{"ids": [], "properties": [{"id": "x"}]}', '{"ids": []}'):
        with pytest.raises(UserError):
            read_extension(text)
    with pytest.raises(TooLargeError, match="200 records are extended at once, these are 10,000"):
        read_extension(json.dumps({"ids": ["1"] * 10_000, "properties": []}))


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("query", "type", "limit", "properties", "pid", "v", "id", "ids")
queries = st.dictionaries(
    st.sampled_from(KEYS), documents | st.lists(st.dictionaries(st.sampled_from(KEYS), documents), max_size=3)
)


@given(st.dictionaries(st.text(max_size=3), queries, max_size=3), queries)
@example({"\n": {}}, {})
def test_whatever_is_sent_is_read_or_is_one_sentence(batch: dict[str, Any], wanted: dict[str, Any]) -> None:
    said = []
    for read, text in ((read_batch, json.dumps(batch)), (read_extension, json.dumps(wanted))):
        try:
            read(text)
        except UserError as error:
            said.append(str(error))
    assert all("\n" not in sentence and len(sentence) < 400 for sentence in said)
