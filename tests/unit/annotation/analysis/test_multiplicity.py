"""Adjusted p-values: those of statsmodels, and what is not known stays so."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from annotation.analysis.regression.multiplicity import adjust, holm


@pytest.mark.parametrize("method", ["holm", "fdr_bh"])
@pytest.mark.parametrize("seed", range(6))
def test_they_are_those_of_statsmodels(method, seed) -> None:
    p = np.random.default_rng(seed).beta(0.5, 3, size=2 + seed)
    assert adjust(p.tolist(), method=method) == pytest.approx(multipletests(p, method=method)[1])


def test_what_is_not_known_is_in_no_family() -> None:
    assert adjust([0.01, None, 0.02], method="holm") == (0.02, None, 0.02)
    assert adjust([None, 0.3], method="holm") == (None, 0.3)
    assert adjust([], method="fdr_bh") == ()


def test_families_side_by_side_and_tests_without_a_figure() -> None:
    found = holm(np.array([[0.01, 0.04, 0.03], [np.nan, 0.01, 0.2]]))
    assert found[0] == pytest.approx([0.03, 0.06, 0.06])
    assert found[1] == pytest.approx([np.nan, 0.03, 0.4], nan_ok=True)
    assert holm(np.array([])).shape == (0,)
