"""The split is part of published results: it must never change."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.split import side


def test_known_records_keep_their_side() -> None:
    sides = [side("oca", f"oca-{number:05d}") for number in range(40)]
    assert [number for number, found in enumerate(sides) if found == "evaluation"] == [3, 16, 17, 39]


def test_about_a_tenth_is_held_out() -> None:
    counts = Counter(side("smg", str(number)) for number in range(20_000))
    assert counts["evaluation"] / 20_000 == pytest.approx(0.1, abs=0.01)


def test_seed_and_collection_change_the_split() -> None:
    records = [str(number) for number in range(500)]
    first = [side("smg", record) for record in records]
    assert first != [side("smg", record, seed=1) for record in records]
    assert first != [side("nms", record) for record in records]


@given(st.text(), st.text(), st.integers(0, 2**32 - 1), st.floats(0, 1), st.floats(0, 1))
def test_holding_out_more_only_moves_records_one_way(a: str, b: str, seed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if side(a, b, seed, low) == "evaluation":
        assert side(a, b, seed, high) == "evaluation"


def test_collection_and_record_do_not_run_together() -> None:
    pairs = [("a", "bc"), ("ab", "c"), ("abc", "")]
    assert len({tuple(side(a, b, seed) for seed in range(64)) for a, b in pairs}) == 3


def test_share_outside_0_and_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        side("a", "b", held_out=1.5)
