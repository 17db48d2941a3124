"""Terms below their broader ones, whatever the records' lists say."""

import pytest

from models_ml.search.term_tree import TermNode, term_tree

LAMPS = [["oil lamps", "lamps", "lighting"]] * 3 + [["desk lamps", "lamps", "lighting"]] * 2 + [["candles", "lighting"]]


def shown(*taxonomies: list[str], most: int = 20, wanted: tuple[str, ...] = ()) -> list[tuple[int, str, int]]:
    return [(node.depth, node.term, node.count) for node in term_tree(taxonomies, most=most, wanted=wanted)]


def test_terms_stand_below_their_broader_ones_the_frequent_first() -> None:
    assert shown(*LAMPS, ["radios"]) == [
        (0, "lighting", 6),
        (1, "lamps", 5),
        (2, "oil lamps", 3),
        (2, "desk lamps", 2),
        (1, "candles", 1),
        (0, "radios", 1),
    ]


def test_what_is_left_out_between_two_terms_does_not_part_them() -> None:
    assert shown(*LAMPS, most=1, wanted=("oil lamps", "unheard of")) == [(0, "lighting", 6), (1, "oil lamps", 3)]


def test_the_broader_term_is_that_of_most_records() -> None:
    assert shown(["a", "b"], ["a", "b"], ["a", "c"]) == [(0, "b", 2), (1, "a", 3), (0, "c", 1)]


@pytest.mark.parametrize("taxonomies", [[["a", "b"], ["b", "a"]], [["a", "b", "c"], ["c", "a"]], [["a", "a"]], [[""]]])
def test_every_term_is_shown_once_even_where_lists_go_round(taxonomies: list[list[str]]) -> None:
    terms = [node.term for node in term_tree(taxonomies, most=20)]
    assert sorted(terms) == sorted({term for taxonomy in taxonomies for term in taxonomy if term})


def test_nothing_found_has_no_terms() -> None:
    assert list(term_tree([], most=5, wanted=("lamps",))) == []
    assert term_tree([["lamps"]], most=5) == [TermNode("lamps", 1, 0)]
