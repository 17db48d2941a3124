"""The permutation tests: the fast refits equal statsmodels', p-values follow the definition and the seed."""

import itertools

import numpy as np
import pandas as pd
import pytest

from annotation.analysis.designs import Design
from annotation.analysis.regression.logit import fit_logit
from annotation.analysis.regression.permutation import BINS, logit_coefficients, permutation_tests


def drawn_design(n: int, seed: int) -> tuple[Design, pd.Series]:
    generator = np.random.default_rng(seed)
    predictors = pd.DataFrame(generator.integers(0, 2, (n, 2)).astype(float), columns=["base", "tuned"])
    return Design("base + tuned", "stratum", predictors), pd.Series(generator.integers(0, 2, n))


def test_refits_equal_statsmodels_on_shuffled_rows() -> None:
    design, linked = drawn_design(120, seed=3)
    patterns = np.array([[1.0, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
    total = np.array([int((design.predictors == pattern[1:]).all(axis=1).sum()) for pattern in patterns])
    generator = np.random.default_rng(0)
    for _ in range(5):
        shuffled = pd.Series(generator.permutation(linked))
        counts = [int(shuffled[(design.predictors == pattern[1:]).all(axis=1)].sum()) for pattern in patterns]
        expected = [row.coef for row in fit_logit(design, shuffled, intercept=True).rows]
        assert logit_coefficients(patterns, np.array([counts]), total)[0] == pytest.approx(expected, abs=1e-9)


def test_separated_tables_have_infinite_coefficients() -> None:
    design = np.array([[1.0, 0], [1, 1]])
    found = logit_coefficients(design, np.array([[5, 10], [5, 5]]), np.array([10, 10]))
    assert np.isinf(found[0]).all()
    assert found[1] == pytest.approx([0, 0])


def test_p_is_near_the_exact_share_of_all_arrangements() -> None:
    """Few enough rows to try every way of dealing the links to them."""
    predictors = pd.DataFrame({"tuned": [0.0, 0, 0, 0, 0, 1, 1, 1, 1, 1]})
    linked = pd.Series([1, 0, 0, 0, 0, 1, 1, 1, 0, 1])
    design = Design("tuned", "stratum", predictors)
    (test,) = permutation_tests(design, linked, fit_logit(design, linked, intercept=True), seed=1)
    in_group = [sum(place >= 5 for place in places) for places in itertools.combinations(range(10), 5)]
    exact = np.mean([abs(count - 2.5) >= 1.5 for count in in_group])
    assert test.p == pytest.approx(exact, abs=0.02)


def test_the_histogram_counts_every_shuffle_and_reaches_the_observed_coefficient() -> None:
    design, linked = drawn_design(80, seed=4)
    tests = permutation_tests(design, linked, fit_logit(design, linked, intercept=True), seed=1, shuffles=999)
    for test in tests:
        assert test.histogram is not None
        assert sum(test.histogram.counts) == 999
        assert len(test.histogram.counts) == BINS
        assert test.histogram.low == -test.histogram.high
        assert abs(test.coef) < test.histogram.high
        # Even about 0, with most of them near it.
        assert max(test.histogram.counts) == max(test.histogram.counts[BINS // 2 - 8 : BINS // 2 + 9])


def test_shuffles_without_a_finite_coefficient_are_counted_at_the_ends() -> None:
    predictors = pd.DataFrame({"tuned": [0.0] * 30 + [1.0] * 3})
    linked = pd.Series([0, 1] * 15 + [0, 1, 1])
    design = Design("tuned", "stratum", predictors)
    (test,) = permutation_tests(design, linked, fit_logit(design, linked, intercept=True), seed=1, shuffles=500)
    assert test.histogram is not None
    assert sum(test.histogram.counts) == 500
    assert test.histogram.counts[-1] > 30  # all three of the rare kind are links


def test_the_seed_decides() -> None:
    design, linked = drawn_design(80, seed=4)
    fit = fit_logit(design, linked, intercept=True)
    runs = [permutation_tests(design, linked, fit, seed=seed, shuffles=500) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert all(1 / 501 <= test.p <= 1 for test in runs[0])


def test_p_is_uniform_enough_when_there_is_no_effect() -> None:
    found = []
    for seed in range(200):
        design, linked = drawn_design(100, seed=seed)
        tests = permutation_tests(design, linked, fit_logit(design, linked, intercept=True), seed=seed, shuffles=199)
        found.append(tests[1].p)
    # 200 draws at 5 %: 10 expected, standard deviation 3.1
    assert 1 <= sum(p <= 0.05 for p in found) <= 19
    assert 0.4 < np.mean(found) < 0.6
