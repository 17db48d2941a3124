"""Power by simulation: the test is the analysis's own, and the power that of textbooks where these have one."""

import numpy as np
import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from annotation.analysis.designs import joint_design
from annotation.analysis.planning import CampaignPlan, difference_tests, log_odds_of, power_of, sample_size
from annotation.analysis.regression.clusters import clusterings
from annotation.analysis.regression.contrasts import compare_models
from annotation.analysis.regression.rowwise import fit_rowwise
from tests.unit.annotation.analysis.test_regression import annotation_frame


def test_the_test_is_that_of_the_analysis() -> None:
    """Six annotators, twenty pairs of either stratum each, the first five of them shared."""
    random = np.random.default_rng(4)
    k, m, shared = 6, 20, 5
    leaning = random.normal(0, 0.7, (1, k, 1))
    one, other = (random.random((1, k, m)) < 1 / (1 + np.exp(-(mean + leaning))) for mean in (0.4, -0.4))
    p, half = difference_tests(one, other, shared)

    answers = np.concatenate([one[0], other[0]], axis=1)
    pair = np.tile(np.arange(2 * m), (k, 1)) + 1_000 * np.arange(k)[:, None]
    for start in (0, m):
        pair[:, start : start + shared] = np.arange(start, start + shared)
    flags = np.tile([1] * m + [0] * m, (k, 1))
    people = [f"person-{place}" for place in range(k) for _ in range(2 * m)]
    data = annotation_frame(answers.ravel().astype(int).tolist(), {"tuned": flags.ravel().tolist()}, annotators=people)
    data.frame["pair"] = pair.ravel()
    (clusters,) = [each for each in clusterings(data) if each.name == "cluster-annotator-record"]
    (effect,) = compare_models(fit_rowwise(joint_design(data), data.frame["linked"]), clusters).effects
    assert effect.points == pytest.approx(100 * (one.mean() - other.mean()))
    assert effect.high - effect.points == pytest.approx(100 * half[0], rel=1e-4)  # type: ignore[operator]
    assert effect.p == pytest.approx(p[0], rel=1e-3)


def test_with_annotators_and_pairs_alike_it_is_the_textbooks_power() -> None:
    plan = CampaignPlan((0.6, 0.45), annotators=60, pairs_each=6, strata=2, annotator_spread=0.0, pair_spread=0.0)
    found = power_of(plan, simulations=2_000, seed=1)
    expected = power_proportions_2indep(0.15, 0.45, nobs1=180, return_results=False)
    assert found.answers == found.pairs == 360
    assert found.power == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("overlap", [0.0, 0.2, 1.0])
def test_where_there_is_no_difference_five_per_cent_find_one(overlap: float) -> None:
    plan = CampaignPlan((0.5, 0.5), annotators=8, pairs_each=100, overlap=overlap, strata=2)
    found = power_of(plan, simulations=4_000, seed=2)
    assert found.power == pytest.approx(0.05, abs=0.02)


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
