"""Preference studies without a database: slices and queries, the order of choices and rows, drawn queries."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from annotation.preference.arrangement import arrange, distinct_rows, secret_seed
from annotation.preference.likely_queries import draw_queries
from annotation.preference.ranking import in_slice
from annotation.preference.recipe import check_queries, parse_slices, query_lines
from heritage.errors import UserError


def test_slices_come_in_the_order_of_their_ranks() -> None:
    assert list(map(str, parse_slices(["25-29", "1-4", "5–9", "10"]))) == ["1-4", "5-9", "10-10", "25-29"]


@pytest.mark.parametrize(
    ("slices", "sentence"),
    [
        (["first"], "'first' is no slice of the ranking: write the first and last rank, such as 1-4"),
        (["0-4"], "The slice 0-4 has no results: ranks count from 1"),
        (["4-1"], "The slice 4-1 has no results"),
        (["1-11"], "too long for a row: at most 10 results fit"),
        (["1-4", "4-9"], "The slices 1-4 and 4-9 overlap"),
        (["5-9", "1-4", "6"], "The slices 5-9 and 6-6 overlap"),
        ([], "Name at least one slice"),
        (["1-4; DROP"], "is no slice"),
    ],
)
def test_slices_that_make_no_sense_are_refused(slices: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse_slices(slices)


def test_queries_are_lines_with_single_spaces() -> None:
    assert check_queries(query_lines("arc  lamp\r\n telephone \n\n\n")) == ("arc lamp", "telephone")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one query"),
        ("lamp\n\nloom", "Query 2 is empty: write one or remove the line"),
        ("lamp\nloom\nLamp ", "Queries 1 and 3 are both 'Lamp': remove one"),
        ("x" * 201, "at most 200"),
        ("a\0b", "plain characters"),
    ],
)
def test_queries_that_make_no_sense_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        check_queries(query_lines(text))


def test_models_with_the_same_records_share_a_row_whatever_their_order() -> None:
    found = {"a": (1, 2, 3), "b": (4, 5, 6), "c": (3, 1, 2), "d": (1, 2, 4)}
    assert distinct_rows(found) == (("a", "c"), ("b",), ("d",))


def test_a_slice_of_a_ranking_counts_from_one() -> None:
    found = {"a": np.arange(20).reshape(2, 10)}
    assert in_slice(found, 1, 5, 9) == {"a": (14, 15, 16, 17, 18)}


def test_everybody_makes_every_choice_once_with_every_row() -> None:
    arranged = arrange([3, 2, 3, 4], annotators=5, seed=7)
    for order in arranged:
        assert sorted(shown.item for shown in order) == [0, 1, 2, 3]
        assert all(sorted(shown.order) == list(range([3, 2, 3, 4][shown.item])) for shown in order)
    assert arranged == arrange([3, 2, 3, 4], annotators=5, seed=7)
    assert arranged != arrange([3, 2, 3, 4], annotators=5, seed=8)


def test_orders_are_each_person_s_own_and_no_row_has_a_place() -> None:
    arranged = arrange([3] * 600, annotators=4, seed=1)
    assert len({tuple(shown.item for shown in order) for order in arranged}) == 4
    places = Counter((row, place) for order in arranged for shown in order for place, row in enumerate(shown.order))
    # 2,400 orders of three rows: 800 expected at each place, with a standard deviation of 23.
    assert len(places) == 9
    assert all(abs(count - 800) < 4 * 23 for count in places.values())
    # Whoever has found out one choice's order knows nothing of the next one's.
    following = Counter((one.order, other.order) for order in arranged for one, other in pairwise(order))
    assert len(following) == 36
    # And two people's orders of the same rows agree one time in six.
    by_item = [{shown.item: shown.order for shown in order} for order in arranged]
    same = sum(by_item[0][item] == by_item[1][item] for item in range(600))
    assert abs(same - 100) < 4 * 9.2


def test_a_secret_seed_is_another_each_time() -> None:
    assert len({secret_seed() for _ in range(20)}) == 20


def test_queries_are_drawn_from_the_frequent_terms() -> None:
    names = [
        ("Lamp, electric", 5),
        ("lamp (arc)", 4),
        ("Telephone", 6),
        ("Telephone; candlestick", 1),
        ("Loom", 1),
        ("Model of a ship", 50),
        ("1932", 50),
        ("A very long name of an object that nobody would search for", 50),
    ]
    assert draw_queries(names, count=24, seed=0) == ["lamp", "loom", "telephone"]
    many = [(f"thing {chr(97 + number % 26)}{number}", 1000 - number) for number in range(500)]
    drawn = draw_queries(many, count=24, seed=0)
    assert len(set(drawn)) == 24
    assert set(drawn) <= {name for name, _ in many[:48]}
    assert drawn == draw_queries(many[::-1], count=24, seed=0)
    assert drawn != draw_queries(many, count=24, seed=1)
