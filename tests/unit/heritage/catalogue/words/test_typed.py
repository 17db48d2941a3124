"""Words as typed: what is asked for, what is left out, what may be spelt otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.catalogue.words.typed import MOST_TERMS, Term, alternatives, as_identifier, single_words


def test_blanks_quotes_or_and_minus() -> None:
    assert alternatives('brass lamp or "miner\'s lamp" -oil -"street lamp"') == [
        [Term("brass"), Term("lamp")],
        [
            Term("miner's lamp", is_phrase=True),
            Term("oil", is_excluded=True),
            Term("street lamp", is_phrase=True, is_excluded=True),
        ],
    ]


@pytest.mark.parametrize("typed", ["", "  ", "or", "-lamp", "& | ! <-> :*", '""', '"', "- -"])
def test_nothing_is_asked_for(typed: str) -> None:
    assert alternatives(typed) == []


def test_a_quote_that_is_never_closed() -> None:
    assert alternatives('"oil lamp') == [[Term("oil lamp", is_phrase=True)]]


def test_only_single_words_are_spelt_otherwise() -> None:
    groups = alternatives('Keetle keetle "oil lamp" -brass 1932-0001 黒楽茶碗')
    assert single_words(groups) == ["keetle", "黒楽茶碗"]


@pytest.mark.parametrize(
    ("typed", "identifier"),
    [(" 1932-0001 ", "1932-0001"), ("T.12", "T.12"), ("lamp", ""), ("12", ""), ("lamp 1932-0001", "")],
)
def test_pieces_of_identifiers(typed: str, identifier: str) -> None:
    assert as_identifier(typed) == identifier


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read(typed: str) -> None:
    groups = alternatives(typed)
    assert sum(map(len, groups)) <= MOST_TERMS
    assert all(any(not term.is_excluded for term in group) for group in groups)
