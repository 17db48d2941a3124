"""The estimators against R: `r/campaign.csv` is simulated, `r/figures.json` is what `r/figures.R` makes of it.

Clustered errors are clubSandwich's CR3, times (G - 1) / G, by inclusion and exclusion.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from annotation.analysis.annotation_frame import COLUMNS, STRATUM_SIZE, AnnotationFrame, drawn_column
from annotation.analysis.designs import joint_design
from annotation.analysis.population import population_shares, sampling_weights
from annotation.analysis.regression.clusters import clusterings, record_clusters
from annotation.analysis.regression.contrasts import adjust, compare_models
from annotation.analysis.regression.logit import Regression, fit_logit
from annotation.analysis.regression.ordinal import ordinal_analysis
from annotation.analysis.regression.robust import annotator_effects_logit, exchangeable_gee, firth_logit
from annotation.analysis.regression.rowwise import RowwiseFit, fit_rowwise
from annotation.analysis.simulation import LABELS
from annotation.analysis.wilson import wilson

HERE = Path(__file__).parent / "r"
MODELS = ("base", "tuned")


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return json.loads((HERE / "figures.json").read_text())


@pytest.fixture(scope="module")
def data() -> AnnotationFrame:
    frame = pd.read_csv(HERE / "campaign.csv").rename(columns={model: drawn_column(model) for model in MODELS})
    frame = frame.assign(comparison="image-image", seconds=np.nan, created=None, position=0)
    rest = [name for name in frame.columns if name not in COLUMNS]
    frame[STRATUM_SIZE] = frame[STRATUM_SIZE].astype(float)
    return AnnotationFrame(MODELS, ("image-image",), LABELS, frame[[*COLUMNS, *rest]])


@pytest.fixture(scope="module")
def fit(data: AnnotationFrame) -> RowwiseFit:
    return fit_rowwise(joint_design(data), data.frame["linked"])


def column(table: Regression, name: str) -> dict[str, float]:
    return {model: getattr(table.row(model), name) for model in MODELS}


@pytest.mark.parametrize(("intercept", "name"), [(False, "published"), (True, "logit")])
def test_logits(data: AnnotationFrame, figures: dict[str, Any], intercept: bool, name: str) -> None:
    table = fit_logit(joint_design(data), data.frame["linked"], intercept=intercept)
    for figure in ("coef", "se", "p"):
        assert column(table, figure) == pytest.approx(figures[name][figure], rel=1e-7)


def test_clustered_errors(data: AnnotationFrame, fit: RowwiseFit, figures: dict[str, Any]) -> None:
    for clusters in (*clusterings(data), record_clusters(data)):
        errors, _ = fit.clustered(clusters)
        found = np.sqrt(np.diag(errors.covariances[0]))
        assert errors.names[0] == clusters.name
        assert dict(zip(fit.fitted_terms[1:], found[1:], strict=True)) == pytest.approx(
            figures["errors"][clusters.name], rel=1e-6
        )


def test_a_difference_between_models_and_its_errors(
    data: AnnotationFrame, fit: RowwiseFit, figures: dict[str, Any]
) -> None:
    """The error by both is smaller than either here, so the interval by annotators, who are the fewest, is quoted."""
    expected = figures["contrast"]
    towards = np.array([0.0, -1.0, 1.0])
    for clusters in clusterings(data):
        covariance = fit.clustered(clusters)[0].covariances[0]
        assert np.sqrt(towards @ covariance @ towards) == pytest.approx(expected["se"][clusters.name], rel=1e-6)
    both = clusterings(data)[-1]
    (contrast,) = compare_models(fit, both).contrasts
    assert contrast.coefficient.coef == pytest.approx(expected["coef"], rel=1e-7)
    assert expected["se"][both.name] < expected["se"]["cluster-record"] < expected["se"]["cluster-annotator"]
    assert contrast.coefficient.se == pytest.approx(expected["se"]["cluster-annotator"], rel=1e-6)


def test_percentage_points(data: AnnotationFrame, fit: RowwiseFit, figures: dict[str, Any]) -> None:
    found = {effect.term: effect for effect in compare_models(fit, clusterings(data)[-1]).effects}
    degrees_of_freedom = {clusters.name: clusters.degrees_of_freedom for clusters in clusterings(data)}
    for model, expected in figures["points"].items():
        assert found[model].points == pytest.approx(expected["points"], rel=1e-7)
        halves = {way: t.ppf(0.975, df) * expected["se"][way] for way, df in degrees_of_freedom.items()}
        assert found[model].high - found[model].low == pytest.approx(2 * max(halves.values()), rel=1e-6)  # type: ignore[operator]


def test_weighted_up_to_the_population(data: AnnotationFrame, figures: dict[str, Any]) -> None:
    weights, _ = sampling_weights(data)
    weighted = fit_rowwise(joint_design(data), data.frame["linked"], weights=weights)
    coefficients = dict(zip(weighted.fitted_terms[1:], np.asarray(weighted.fitted.params)[1:], strict=True))
    assert coefficients == pytest.approx(figures["weighted"]["coef"], rel=1e-7)
    for effect in compare_models(weighted, None).effects:
        assert effect.points == pytest.approx(figures["weighted"]["points"][effect.term], rel=1e-7)


def test_a_share_of_the_population(data: AnnotationFrame, figures: dict[str, Any]) -> None:
    found = next(share for share in population_shares(data) if share.model == "tuned")
    assert found.share == pytest.approx(figures["population"]["share"], rel=1e-9)
    assert found.se == pytest.approx(figures["population"]["se"], rel=1e-9)


def test_estimators_beside_the_logit(data: AnnotationFrame, fit: RowwiseFit, figures: dict[str, Any]) -> None:
    ordinal = ordinal_analysis(fit, data, None).regression
    assert column(ordinal, "coef") == pytest.approx(figures["ordinal"], rel=1e-6)
    firth = firth_logit(joint_design(data), data.frame["linked"])
    assert column(firth, "coef") == pytest.approx(figures["firth"], rel=1e-6)
    gee = exchangeable_gee(fit, data)  # whose moment estimator of the correlation is not geepack's
    assert column(gee, "coef") == pytest.approx(figures["gee"], abs=2e-3)
    within = annotator_effects_logit(joint_design(data), data, record_clusters(data))
    assert column(within, "coef") == pytest.approx(figures["annotator_effects"]["coef"], rel=1e-7)
    assert column(within, "se") == pytest.approx(figures["annotator_effects"]["se"], rel=1e-6)


def test_intervals_of_shares_and_p_of_families(data: AnnotationFrame, figures: dict[str, Any]) -> None:
    linked = data.frame["linked"]
    assert wilson(int(linked.sum()), len(linked)) == pytest.approx(figures["wilson"], rel=1e-9)
    adjusted = figures["adjusted"]
    for method in ("holm", "fdr_bh"):
        assert adjust(adjusted["p"], method=method) == pytest.approx(adjusted[method], rel=1e-9)
