"""How well a record answers a query: words in any order, identifiers exactly, and when one is taken by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.reconciliation.questions import Question
from heritage.reconciliation.scoring import Described, Score, is_the_one, score

TELEPHONE = Described(
    "Candlestick telephone",
    {"identifier": ["1950-12"], "accession": ["E 7"], "term": ["telephone", "communication"], "kind": ["object"]},
)


def total(words: str = "", *values: tuple[str, tuple[str, ...]]) -> float:
    return score(Question(words, values=values), TELEPHONE).total


@pytest.mark.parametrize("words", ["Candlestick telephone", "telephone, CANDLESTICK", "1950-12", "e 7"])
def test_the_same_in_other_letters_is_perfect(words: str) -> None:
    assert total(words) == 100


def test_what_is_less_alike_scores_less() -> None:
    scores = [total(words) for words in ("Candlestick telephone", "Candlestik telephone", "Telephone", "Loom")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert scores[-1] < 40


def test_properties_count_half_of_the_name() -> None:
    assert total("Candlestick telephone", ("identifier", ("1950-12",))) == 100
    assert total("Candlestick telephone", ("identifier", ("1950-13",))) == pytest.approx(66.7)
    assert total("", ("accession", ("E 7",)), ("kind", ("archive",))) < 100
    assert total("", ("term", ("loom", "Communication"))) == 100, "one of the values is enough"
    found = score(Question("Telephone", values=(("term", ("telephone",)),)), TELEPHONE)
    assert [name for name, _ in found.features] == ["name", "term"]
    assert found.features[1] == ("term", 100.0)


def test_an_empty_value_is_like_none() -> None:
    bare = Described("", {"identifier": [""], "accession": [""], "term": [], "kind": [""]})
    for question in (
        Question("x"),
        Question("", values=(("identifier", ("",)),)),
        Question("", values=(("term", ()),)),
    ):
        assert score(question, bare).total == 0


def test_one_is_taken_only_where_it_is_perfect_and_alone() -> None:
    perfect, good = Score(100.0, ()), Score(99.9, ())
    assert is_the_one(perfect, [good], is_all=True)
    assert not is_the_one(good, [], is_all=True)
    assert not is_the_one(perfect, [perfect], is_all=True)
    assert not is_the_one(perfect, [], is_all=False)


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))
def test_scores_are_from_nothing_to_a_hundred(words: str, values: list[str]) -> None:
    found = score(Question(words, values=(("term", tuple(values)), ("identifier", tuple(values)))), TELEPHONE)
    assert 0 <= found.total <= 100
    assert all(0 <= value <= 100 for _, value in found.features)
