import pytest
from scipy import stats

from benchmarks.linking.seeds import seed_difference, seed_mean


def test_the_interval_is_that_of_students_t() -> None:
    values = [0.4, 0.5, 0.45, 0.6, 0.38]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = seed_mean(values)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.mean == pytest.approx(sum(values) / 5)


def test_one_seed_has_no_interval() -> None:
    assert seed_mean([0.4]).low is None
    assert not seed_mean([-0.4]).is_below_zero


def test_differences_are_by_seed() -> None:
    one, other = {0: 0.5, 1: 0.7, 2: 0.9}, {0: 0.4, 1: 0.6, 3: 0.0}
    found = seed_difference(one, other)
    assert found is not None
    assert (found.mean, found.seeds) == (pytest.approx(0.1), 2)
    assert seed_difference({0: 1.0, 1: 1.0}, {2: 1.0, 3: 1.0}) is None


def test_a_model_before_fine_tuning_stands_for_every_seed() -> None:
    found = seed_difference({1: 0.5, 2: 0.7}, {0: 0.2})
    assert found is not None
    assert (found.mean, found.seeds) == (pytest.approx(0.4), 2)
