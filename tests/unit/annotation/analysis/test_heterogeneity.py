"""Whether annotators follow a model alike: found where they do not, and seldom elsewhere."""

from dataclasses import replace

import pandas as pd
import pytest

from annotation.analysis.designs import stratum_designs
from annotation.analysis.mixed.model import mixed_logit
from annotation.analysis.regression.clusters import record_clusters
from annotation.analysis.regression.heterogeneity import followed_differently, warn_of_differences
from annotation.analysis.regression.robust import annotator_effects_logit
from annotation.analysis.regression.rowwise import RowwiseFit, fit_rowwise
from annotation.analysis.simulation import SimulatedCampaign, simulate
from tests.reference.known_effects import MODELS, strata

ALIKE = SimulatedCampaign(MODELS, strata(), 12, 90, record_spread=0.3)
DIFFERENT = replace(ALIKE, following_spread=0.6)


def fitted(campaign: SimulatedCampaign, seed: int) -> tuple[RowwiseFit, pd.Series]:
    data = simulate(campaign, seed=seed)
    fit = fit_rowwise(stratum_designs(data)[0], data.frame["linked"])
    return fit, data.frame["annotator"][fit.rows]


@pytest.mark.parametrize(("campaign", "least", "most"), [(ALIKE, 0, 6), (DIFFERENT, 18, 30)])
def test_found_where_it_is(campaign: SimulatedCampaign, least: int, most: int) -> None:
    """5 % of 30 are 1.5, and 7 would be one chance in a thousand."""
    warned = 0
    for seed in range(30):
        fit, annotators = fitted(campaign, seed)
        warned += bool(warn_of_differences(fit, annotators, fit.terms[1:]))
    assert least <= warned <= most


def test_leaning_to_links_is_no_difference() -> None:
    """Some link nearly everything and some nearly nothing, and all follow the models alike."""
    p = [min(followed_differently(fit, annotators, fit.terms[1:]).values()) for fit, annotators in leaning()]
    assert sum(each < 0.025 for each in p) <= 4


def leaning() -> list[tuple[RowwiseFit, pd.Series]]:
    return [fitted(replace(ALIKE, annotator_spread=1.5), seed) for seed in range(20)]


def test_models_that_take_it_for_granted_say_so() -> None:
    data = simulate(replace(DIFFERENT, following_spread=1.2), seed=1)
    design = stratum_designs(data)[0]
    tables = [
        mixed_logit(fit_rowwise(design, data.frame["linked"]), data, all_the_same=True).regression,
        annotator_effects_logit(design, data, record_clusters(data)),
    ]
    for table in tables:
        [said] = [each for each in table.warnings if "differently" in each]
        assert "too narrow" in said
        assert "p < 0.001" in said
        assert all(term in said for term in design.predictors.columns)
