"""Standard deviations of random intercepts: the likelihood against integration, and intervals that know of nothing."""

import numpy as np
import pytest
from scipy import sparse
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from annotation.analysis.mixed.spread import MarginalLikelihood, spread_intervals


def answers(groups: int, each: int, spread: float, seed: int) -> MarginalLikelihood:
    """People who lean by `spread` and answer `each` times; no other effect."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(groups), each)
    outcome = (random.random(len(who)) < expit(0.3 + random.normal(0, spread, groups)[who])).astype(float)
    indicators = sparse.csr_array((np.ones(len(who)), (np.arange(len(who)), who)), shape=(len(who), groups))
    return MarginalLikelihood(np.ones((len(who), 1)), indicators, outcome, np.zeros(groups + 1))


@pytest.mark.parametrize("spread", [0.3, 0.8, 1.5])
def test_the_likelihood_is_the_integral_over_intercepts(spread: float) -> None:
    likelihood = answers(5, 80, 0.8, seed=1)
    found = likelihood.at(np.full(5, spread))
    intercept = likelihood.known[-1]

    def of_group(links: float) -> float:
        def density(leaning: float) -> float:
            chance = expit(intercept + leaning)
            return float(
                np.exp(links * np.log(chance) + (80 - links) * np.log1p(-chance)) * norm.pdf(leaning, scale=spread)
            )

        return float(np.log(quad(density, -8 * spread, 8 * spread, points=[0.0])[0]))

    links = likelihood.random.T @ likelihood.outcome
    assert found == pytest.approx(sum(map(of_group, links)), abs=0.03)


def test_where_people_do_not_differ_the_interval_begins_at_nothing() -> None:
    (same,) = spread_intervals(answers(12, 60, 0.0, seed=3), np.zeros(12, int), np.array([0.1]))
    (different,) = spread_intervals(answers(12, 60, 1.0, seed=3), np.zeros(12, int), np.array([0.9]))
    assert same[0] == 0.0
    assert same[1] is not None
    assert same[1] < 0.7
    assert different[0] > 0.4
    assert different[1] is not None
    assert 1.0 < different[1] < 3.0


def test_without_a_bound_above_there_is_none() -> None:
    """Two people, one of whom always links and the other never."""
    likelihood = answers(2, 40, 1.0, seed=0)
    likelihood.outcome = np.repeat([0.0, 1.0], 40)
    ((low, high),) = spread_intervals(likelihood, np.zeros(2, int), np.array([3.0]))
    assert low > 0.5
    assert high is None
