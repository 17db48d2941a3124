"""Durations in words."""

from datetime import UTC, datetime, timedelta

import pytest

from heritage.templatetags.durations import duration_until


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (42, "42 s"), (59.7, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (90_000, "25 h 0 min")],
)
def test_two_largest_units(seconds: float, words: str) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    assert duration_until(began, began + timedelta(seconds=seconds)) == words
