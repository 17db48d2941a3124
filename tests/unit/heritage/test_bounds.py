import math

import pytest

from heritage.bounds import LONGEST_SECONDS, bounded_seconds


def test_times_are_no_longer_than_a_month():
    assert [bounded_seconds(each) for each in (None, 0, 2.5, LONGEST_SECONDS, 1e308)] == [
        None, 0, 2.5, LONGEST_SECONDS, LONGEST_SECONDS,
    ]  # fmt: skip


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan, -math.inf])
def test_what_is_no_time_is_refused(seconds):
    with pytest.raises(ValueError, match="no time"):
        bounded_seconds(seconds)
