"""Power by simulation: the test is the analysis's own, and the power that of textbooks where these have one."""

import numpy as np
import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from annotation.analysis.answer.primary import primary_analysis
from annotation.analysis.planned_tests import Answered, holm_tests
from annotation.analysis.planning import CampaignPlan, log_odds_of, power_of, sample_size
from tests.unit.annotation.analysis.test_regression import annotation_frame


@pytest.mark.parametrize("seed", [4, 5, 6])
@pytest.mark.parametrize("models", [1, 2, 3])
def test_the_test_is_that_of_the_analysis(models: int, seed: int) -> None:
    """Six annotators, eight pairs of every pattern that each sees alone and three that all see."""
    random = np.random.default_rng(seed)
    k, own, shared = 6, 8, 3
    patterns = CampaignPlan((0.5, 0.4), k, 40, strata=models + 2 if models > 1 else 2, models=models).patterns
    leaning = random.normal(0, 0.7, (1, k, 1))
    alone, common = (
        [random.random((1, k, count)) < 1 / (1 + np.exp(-(0.8 * pattern[0] - 0.3 + leaning))) for pattern in patterns]
        for count in (own, shared)
    )
    counts = np.full(len(patterns), own), np.full(len(patterns), shared)
    links = np.stack([answers.sum(axis=2) for answers in alone], axis=2)
    p, half = holm_tests(Answered(patterns, *counts, links, tuple(common)))

    rows = []
    for place, pattern in enumerate(patterns):
        for person in range(k):
            for number, linked in enumerate([*common[place][0, person], *alone[place][0, person]]):
                who = "all" if number < shared else person
                rows.append((f"person-{person}", f"{place} {who} {number}", int(linked), *pattern))
    people, pair, linked, *flags = zip(*rows, strict=True)
    drawn = {f"m{number}": list(column) for number, column in enumerate(flags)}
    data = annotation_frame(list(linked), drawn, annotators=list(people))
    data.frame["pair"] = pair
    found = primary_analysis(data)
    assert found.comparison.covariance == "cluster-annotator-record"
    if models == 1:
        row, adjusted = found.regression.row("m0"), found.regression.row("m0").p
    else:
        (contrast,) = (each for each in found.comparison.contrasts if {each.model, each.other} == {"m0", "m1"})
        row, adjusted = contrast.coefficient, contrast.p_holm
    assert p[0] == pytest.approx(adjusted, rel=1e-4)
    assert half[0] == pytest.approx((row.high - row.low) / 2, rel=1e-4)  # type: ignore[operator]


def test_holm_s_method_costs_power() -> None:
    plan = CampaignPlan((0.55, 0.40), 6, 105, 0.1)
    three = power_of(plan, simulations=2_000, seed=0).power
    two = power_of(CampaignPlan((0.55, 0.40), 6, 105, 0.1, models=2), simulations=2_000, seed=0).power
    assert plan.differences == 3
    assert three < two - 0.05  # type: ignore[operator]


def test_with_annotators_and_pairs_alike_it_is_the_textbooks_power() -> None:
    plan = CampaignPlan((0.6, 0.45), annotators=60, pairs_each=6, strata=2, annotator_spread=0.0, pair_spread=0.0)
    found = power_of(plan, simulations=2_000, seed=1)
    expected = power_proportions_2indep(0.15, 0.45, nobs1=180, return_results=False)
    assert found.answers == found.pairs == 360
    assert found.power == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("overlap", [0.0, 0.2, 1.0])
def test_where_there_is_no_difference_at_most_five_per_cent_find_one(overlap: float) -> None:
    """The widest of three intervals finds fewer than each of them alone would."""
    plan = CampaignPlan((0.5, 0.5), annotators=8, pairs_each=100, overlap=overlap, strata=2)
    found = power_of(plan, simulations=4_000, seed=2)
    assert 0.015 < found.power < 0.055  # type: ignore[operator]


def test_rates_are_those_asked_for_on_average() -> None:
    noise = np.random.default_rng(0).normal(0, 1.2, 400_000)
    assert (1 / (1 + np.exp(-(log_odds_of(0.3, 1.2) + noise)))).mean() == pytest.approx(0.3, abs=0.002)


def test_overlap_costs_power_and_annotators_add_some() -> None:
    plan = CampaignPlan((0.6, 0.4), annotators=6, pairs_each=60, strata=3)

    def power(**changes: float) -> float:
        found = power_of(CampaignPlan(**{**plan.__dict__, **changes}), simulations=1_500, seed=3).power
        assert found is not None
        return found

    assert power(overlap=1.0) < power() - 0.1
    assert power(annotators=12) > power() + 0.1


def test_the_fewest_pairs_reach_the_power_and_a_block_fewer_do_not() -> None:
    plan = CampaignPlan((0.6, 0.4), annotators=8, pairs_each=5, strata=5)
    found = sample_size(plan, wanted=0.8, simulations=1_000, seed=5)
    assert found.pairs_each is not None
    by_size = {each.pairs_each: each.power for each in found.tried}
    assert by_size[found.pairs_each] >= 0.8  # type: ignore[operator]
    assert by_size[found.pairs_each - 5] < 0.8  # type: ignore[operator]
    assert sample_size(plan, wanted=0.8, simulations=1_000, seed=5) == found


def test_what_cannot_be_reached_is_said() -> None:
    plan = CampaignPlan((0.52, 0.50), annotators=2, pairs_each=100, strata=100, overlap=1.0)
    found = sample_size(plan, wanted=0.9, simulations=100, seed=0)
    assert found.pairs_each is None
    assert "more annotators are needed, or less overlap" in found.reason


def test_a_stratum_without_pairs_has_no_power() -> None:
    assert power_of(CampaignPlan((0.6, 0.4), 3, pairs_each=4, strata=5), simulations=100, seed=0).power is None
