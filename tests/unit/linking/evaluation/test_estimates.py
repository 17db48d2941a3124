"""Intervals hold what they promise in simulations where the truth is known, and paired tests err as often as said."""

import numpy as np
import pytest

from linking.evaluation.estimates import Estimate, Influence, paired_difference
from linking.evaluation.known_pairs import KnownPairs
from linking.evaluation.link_metrics import link_figures

KINDS = 12


def similarity_of_drawn_records(random, sizes, *, noise=1.0, house=0.0):
    """Records of two sides that are of kinds, with effects of their own on all their similarities: the clusters.

    Returns two models' similarities, equally good, and which pairs are links.
    """
    kinds = [random.integers(0, KINDS, size) for size in sizes]
    links = kinds[0][:, None] == kinds[1][None, :]
    clear = [random.normal(0, 0.6, size) for size in sizes]
    common = 1.2 * links + clear[0][:, None] + clear[1][None, :]
    # How well a record's links are seen is its own too.
    common = common + links * (random.normal(0, 0.5, sizes[0])[:, None] + random.normal(0, 0.5, sizes[1])[None, :])
    return [common + random.normal(0, noise, links.shape) for _ in range(2)], links


class Held:
    def __init__(self, values):
        self.values = values.astype(np.float32)

    @property
    def shape(self):
        return self.values.shape

    def tiles(self):
        yield 0, self.values


def estimates(values, links):
    a, b = np.nonzero(links)
    known = KnownPairs(a, b, np.full(len(a), 3), np.ones(len(a)), complete=True)
    return link_figures(Held(values), known)["same"].estimates


@pytest.fixture(scope="module")
def rounds():
    """Estimates of two models in repeated draws of all records."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(400):
        (one, other), links = similarity_of_drawn_records(random, (60, 40))
        found.append((estimates(one, links), estimates(other, links)))
    return found


MEASURES = ["auc", "average_precision", ("top_share", 1.0), ("top_share", 5.0), ("recall", 5), "mrr"]


@pytest.mark.parametrize("measure", MEASURES, ids=str)
def test_intervals_hold_the_mean_in_about_95_of_100_draws(rounds, measure):
    values = np.array([one[measure].value for one, _ in rounds])
    intervals = np.array([one[measure].interval for one, _ in rounds])
    held = ((intervals[:, 0] <= values.mean()) & (values.mean() <= intervals[:, 1])).mean()
    assert 0.91 <= held <= 0.995


@pytest.mark.parametrize("measure", MEASURES, ids=str)
def test_equal_models_are_told_apart_in_about_5_of_100_draws(rounds, measure):
    p = np.array([paired_difference(one[measure], other[measure]).p for one, other in rounds])
    assert (p < 0.05).mean() <= 0.085
    if measure in ("auc", "average_precision"):
        assert (p < 0.05).mean() >= 0.01  # nor so rarely that a real difference would go unseen


def test_intervals_by_pair_alone_would_be_too_narrow(rounds):
    """What the clusters are for: the same simulation with records' effects ignored."""
    values = np.array([one["auc"].value for one, _ in rounds])
    alone = np.array([np.sqrt(np.sum(one["auc"].influence.cells ** 2)) for one, _ in rounds])
    held = (np.abs(values - values.mean()) <= 1.96 * alone).mean()
    assert held < 0.85


def test_one_to_one_partners_are_not_counted_twice():
    """Each record of a pair is in no other link: by record of A, of B and by pair the variance is the same."""
    random = np.random.default_rng(2)
    inside, found = [], []
    for _ in range(300):
        values = random.normal(size=(50, 50)) + 1.5 * np.eye(50)
        found.append(estimates(values, np.eye(50, dtype=bool))["auc"])
    mean = np.mean([estimate.value for estimate in found])
    errors = [np.sqrt(estimate.influence.variance(estimate.records)) for estimate in found]
    assert np.mean(errors) == pytest.approx(np.std([estimate.value for estimate in found]), rel=0.15)
    inside = [low <= mean <= high for low, high in (estimate.interval for estimate in found)]
    assert 0.92 <= np.mean(inside) <= 0.99


def test_an_interval_lies_between_0_and_1_and_needs_two_records_a_side():
    nothing = Influence(np.zeros(5), np.zeros(5), np.zeros(3))
    assert Estimate(0.3, nothing, (1, 4)).interval is None
    assert paired_difference(Estimate(0.3, nothing, (1, 4)), Estimate(0.2, nothing, (1, 4))) is None
    low, high = Estimate(1.0, nothing, (5, 4)).interval
    assert 0.3 < low < 0.7
    assert high == 1
    low, high = Estimate(0.5, nothing, (500, 400), pairs=2).interval
    assert low < 0.25
    assert high > 0.75
    none, every = Estimate(0.0, nothing, (50, 40), pairs=3), Estimate(1.0, nothing, (50, 40), pairs=3)
    assert 0.01 < paired_difference(every, none).p < 0.2  # three pairs prove little
    same = Estimate(0.4, nothing, (5, 4))
    assert paired_difference(same, same).p == 1
