"""Wilson's interval is statsmodels'."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from annotation.analysis.wilson import wilson


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_it_is_that_of_statsmodels(share: float, n: float) -> None:
    assert wilson(share * n, n) == pytest.approx(proportion_confint(share * n, n, method="wilson"), abs=1e-9)


def test_of_nothing_anything_may_be() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
