"""The pure parts of a search: lists fused, queries moved, requests written as addresses and read back."""

from urllib.parse import parse_qs

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from models_ml.search.feedback import moved
from models_ml.search.forms import read_box
from models_ml.search.fusion import RANK_CONSTANT, fuse
from models_ml.search.request import SearchRequest


def test_what_several_lists_agree_on_comes_first() -> None:
    fused = fuse({"words": [1, 2, 3], "picture": [4, 3, 5]})
    assert [each.record for each in fused] == [3, 1, 4, 2, 5]
    assert fused[0].ranks == {"words": 3, "picture": 2}
    assert fused[0].score == pytest.approx(1 / (RANK_CONSTANT + 3) + 1 / (RANK_CONSTANT + 2))


@given(st.lists(st.lists(st.integers(0, 30), unique=True, max_size=12), min_size=1, max_size=4))
def test_fusion_is_that_of_a_naive_reference(lists: list[list[int]]) -> None:
    scores = {
        record: sum(1 / (RANK_CONSTANT + records.index(record) + 1) for records in lists if record in records)
        for record in {record for records in lists for record in records}
    }
    fused = fuse({str(place): records for place, records in enumerate(lists)})
    assert {each.record: pytest.approx(each.score) for each in fused} == scores
    assert [each.score for each in fused] == sorted((each.score for each in fused), reverse=True)


def test_a_list_of_less_weight_is_no_match_for_one_of_more() -> None:
    lists = {"surely": [1, 2, 3], "perhaps": [9, 3]}
    assert [each.record for each in fuse(lists, {"perhaps": 0.25})] == [3, 1, 2, 9]
    assert fuse(lists, {"perhaps": 0.25})[-1].score == pytest.approx(0.25 / (RANK_CONSTANT + 1))


def test_a_query_moves_towards_what_is_wanted() -> None:
    query, more, less = np.array([1.0, 0, 0]), np.array([[0, 1.0, 0]]), np.array([[0, 0, 1.0]])
    vector = moved(query, more, less)
    assert vector == pytest.approx(np.array([1, 0.75, -0.25]) / np.linalg.norm([1, 0.75, -0.25]))
    assert moved(None, more, less[:0]) == pytest.approx([0, 1, 0])
    assert moved(None, more[:0], less[:0]) is None


def test_a_request_is_written_as_its_address() -> None:
    asked = SearchRequest(words="oil lamp", box=(0.1, 0.2, 0.3, 0.4), record=7, more=(1, 2), collections=("smg",))
    assert parse_qs(asked.query()) == {
        "q": ["oil lamp"],
        "record": ["7"],
        "box": ["0.1000,0.2000,0.3000,0.4000"],
        "more": ["1", "2"],
        "collection": ["smg"],
    }
    assert parse_qs(asked.query(words="", more=(), pictured=True)) == {
        "record": ["7"],
        "box": ["0.1000,0.2000,0.3000,0.4000"],
        "collection": ["smg"],
        "pictured": ["on"],
    }


@pytest.mark.parametrize(
    ("asked", "ways"),
    [
        (SearchRequest(words="lamp"), ["words", "text-image", "text-text"]),
        (SearchRequest(words="lamp", by="words"), ["words"]),
        (SearchRequest(picture="0" * 64), ["image-image", "image-text"]),
        (SearchRequest(record=3), ["text-text", "image-image", "image-text"]),
        (SearchRequest(more=(3,)), ["text-text", "image-image"]),
        (SearchRequest(less=(3,)), []),
    ],
)
def test_what_a_request_can_be_answered_by(asked: SearchRequest, ways: list[str]) -> None:
    assert asked.ways == ways


@pytest.mark.parametrize(
    "text", ["1,2", "a,b,c,d", "0.5,0.5,0.6,0.2", "0,0,0,0", "-0.1,0,1,1", "nan,0,1,1", "0,0,inf,1"]
)
def test_a_part_outside_its_picture_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_box(text)


def test_a_part_within_its_picture() -> None:
    assert read_box("") is None
    assert read_box("0.25,0,0.7500001,1") == (0.25, 0.0, 0.75, 1.0)
