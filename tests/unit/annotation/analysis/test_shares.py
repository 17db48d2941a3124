"""Intervals of shares allow for annotators and records."""

import numpy as np
import pandas as pd
import pytest

from annotation.analysis.campaign_analysis import analyse
from annotation.analysis.distribution import label_distributions
from annotation.analysis.regression.clusters import clusterings
from annotation.analysis.regression.shares import clustered_share_interval
from annotation.analysis.simulation import SimulatedCampaign, SimulatedStratum, simulate
from annotation.analysis.subsets import by_comparison
from annotation.analysis.wilson import wilson
from tests.reference.known_effects import average_probability

STRATA = tuple(SimulatedStratum(pattern, -0.4) for pattern in [(1, 1), (0, 1), (1, 0)])


@pytest.mark.parametrize("annotators", [6, 20])
def test_they_cover_where_wilson_s_do_not(annotators: int) -> None:
    campaign = SimulatedCampaign(("base", "tuned"), STRATA, annotators, 60, 0.2)
    truth = average_probability(-0.4, (0.5**2 + 2 * 0.5**2) ** 0.5)
    clustered, independent = [], []
    for seed in range(150):
        frame = (data := simulate(campaign, seed=seed)).frame
        (both,) = (each for each in clusterings(data) if each.name == "cluster-annotator-record")
        linked = frame["linked"].to_numpy() == 1
        low, high = clustered_share_interval(linked, frame["pair"], both)
        clustered.append(low <= truth <= high)
        low, high = wilson(linked.sum(), len(linked))
        independent.append(low <= truth <= high)
    assert np.mean(independent) < 0.85
    assert np.mean(clustered) > 0.91


def test_independent_answers_have_about_wilson_s_interval() -> None:
    given = np.array([True] * 130 + [False] * 270)
    assert clustered_share_interval(given, pd.Series(range(400)), None) == wilson(130, 400)


def test_answers_that_are_all_the_same_stand_for_their_pairs() -> None:
    data = simulate(SimulatedCampaign(("base", "tuned"), STRATA, 6, 30, 1.0), seed=1)
    (both,) = (each for each in clusterings(data) if each.name == "cluster-annotator-record")
    assert clustered_share_interval(np.zeros(180, dtype=bool), data.frame["pair"], both) == wilson(0, 30)


def test_every_share_of_an_analysis_allows_for_them() -> None:
    data = simulate(SimulatedCampaign(("base", "tuned"), STRATA, 6, 60, 0.2, annotator_spread=1.5), seed=3)
    found, plain = analyse(data, shuffles=19).distributions, label_distributions(data)
    pairs = zip((found.overall, *found.by_model), (plain.overall, *plain.by_model), strict=True)
    for wide, narrow in pairs:
        assert wide.linked_share == narrow.linked_share
        assert wide.linked_high - wide.linked_low > 1.3 * (narrow.linked_high - narrow.linked_low)  # type: ignore[operator]
    (part,) = by_comparison(data, next(each for each in clusterings(data) if each.count > 1))
    low, high = wilson(part.linked, part.n)
    assert part.high - part.low > 1.3 * (high - low)  # type: ignore[operator]
    for count in found.overall.counts:
        assert count.low is not None or not count.count
