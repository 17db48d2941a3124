"""The estimators beside the plain logit: equal to their definitions, and open about what they cannot tell."""

import itertools
import json
import math
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t
from statsmodels.discrete.discrete_model import Logit, MNLogit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from annotation.analysis.annotation_frame import (
    GOLD,
    STRATUM,
    STRATUM_DRAWN,
    STRATUM_SIZE,
    TERMS,
    WEIGHT,
    AnnotationFrame,
    drawn_column,
)
from annotation.analysis.designs import Design, joint_design, stratum_designs
from annotation.analysis.full_analysis import analyse_fully, full_document
from annotation.analysis.inference import infer
from annotation.analysis.mixed.model import mixed_logit
from annotation.analysis.population import population_shares, union_weights
from annotation.analysis.regression.clusters import Clusters, clusterings, improbably_small, jackknife_covariance
from annotation.analysis.regression.contrasts import adjust, compare_models
from annotation.analysis.regression.likelihood_rows import (
    LikelihoodRows,
    logit_rows,
    multinomial_rows,
    proportional_odds_rows,
)
from annotation.analysis.regression.logit import fit_logit
from annotation.analysis.regression.ordinal import ordinal_analysis
from annotation.analysis.regression.permutation import PermutationTest, permutation_tests
from annotation.analysis.regression.robust import (
    annotator_effects_logit,
    clustered_logit,
    exchangeable_gee,
    firth_logit,
)
from annotation.analysis.regression.rowwise import RowwiseFit, fit_rowwise
from annotation.analysis.regression.separation import independent_columns, unidentified_terms
from annotation.analysis.regression.wald import Errors
from annotation.analysis.simulation import SimulatedCampaign, SimulatedStratum, simulate
from annotation.results.text import results_text
from linking.sampling.draw import share_out
from tests.unit.annotation.analysis.test_regression import annotation_frame, any_campaign

MODELS = ("base", "tuned")
STRATA = tuple(
    SimulatedStratum(pattern, -0.4 + 0.2 * pattern[0] + 0.7 * pattern[1], size=1_000 * place)
    for place, pattern in enumerate([(1, 1), (0, 1), (1, 0)], start=1)
)


def campaign(annotators: int = 6, pairs_each: int = 60, seed: int = 1, **keywords: float) -> AnnotationFrame:
    return simulate(SimulatedCampaign(MODELS, STRATA, annotators, pairs_each, **keywords), seed=seed)  # type: ignore[arg-type]


# --- Clusters --------------------------------------------------------------------------------------


def left_out_in_turn(fit: RowwiseFit, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """The jackknife's covariance by statsmodels: each cluster left out, and one step from the whole fit."""
    estimates, endog = fit.fitted.params, fit.fitted.model.endog
    moved = [
        GLM(endog[rest], fit.exog[rest], family=Binomial()).fit(start_params=estimates, maxiter=1).params - estimates
        for rest in (groups != group for group in np.unique(groups))
    ]
    return (len(moved) - 1) / len(moved) * np.transpose(moved) @ np.array(moved)


def test_errors_by_one_cluster_are_those_of_leaving_each_out() -> None:
    data = campaign(records=30, overlap=0.2)
    fit = fit_rowwise(joint_design(data), data.frame["linked"])
    by_annotator = clusterings(data)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        expected = left_out_in_turn(fit, pd.factorize(data.frame["annotator"])[0])
    errors, used = fit.clustered(by_annotator)
    assert by_annotator.name == "cluster-annotator"
    assert used.degrees_of_freedom == 5
    assert errors.covariances[0] == pytest.approx(expected, rel=1e-6)


def test_errors_by_two_ways_add_both_and_take_off_what_they_share() -> None:
    """Where every first record stands with a second record of its own, three ways are two."""
    data = campaign(records=40, overlap=0.2)
    data.frame["b"] = data.frame["a"].str.replace("a:", "b:")
    fit = fit_rowwise(joint_design(data), data.frame["linked"])
    annotator, record = (pd.factorize(data.frame[column])[0] for column in ("annotator", "a"))
    both = pd.factorize(annotator * 1_000 + record)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        expected = left_out_in_turn(fit, annotator) + left_out_in_turn(fit, record) - left_out_in_turn(fit, both)
    errors, _ = fit.clustered(clusterings(data)[-1])
    covariances = errors.covariances
    assert covariances[0] == pytest.approx(expected, rel=1e-6)
    assert covariances[1] == pytest.approx(left_out_in_turn(fit, annotator), rel=1e-6)
    assert covariances[2] == pytest.approx(left_out_in_turn(fit, record), rel=1e-6)


def test_the_widest_interval_by_annotators_by_records_and_by_both_is_taken() -> None:
    """Of coefficients, of differences between models, and of percentage points, each for itself, with the degrees of
    freedom of its own clusters."""
    widest = set()
    for seed in range(12):
        data = campaign(annotators=3, records=12, overlap=0.3, seed=seed)
        fit = fit_rowwise(joint_design(data), data.frame["linked"])
        both = clusterings(data)[-1]
        errors, _ = fit.clustered(both)
        assert errors.degrees_of_freedom == (2, 2, 11)

        def halves(direction: NDArray[np.float64], errors: Errors = errors) -> list[float]:
            ways = zip(errors.covariances, errors.degrees_of_freedom, strict=True)
            return [float(t.ppf(0.975, df) * np.sqrt(max(0, direction @ each @ direction))) for each, df in ways]

        table, found = clustered_logit(fit, both), compare_models(fit, both)
        for place, term in enumerate(fit.fitted_terms):
            expected = halves(np.eye(3)[place])
            widest.add(int(np.argmax(expected)))
            assert (table.row(term).high - table.row(term).low) / 2 == pytest.approx(max(expected))  # type: ignore[operator]
        by_records = [model for place, model in enumerate(MODELS, 1) if np.argmax(halves(np.eye(3)[place])) == 2]
        assert any("allows for records alone" in said for said in table.warnings) == bool(by_records)
        (contrast,) = found.contrasts
        ahead, behind = (fit.fitted_terms.index(model) for model in (contrast.model, contrast.other))
        towards = np.zeros(3)
        towards[[ahead, behind]] = 1, -1
        row = contrast.coefficient
        assert (row.high - row.low) / 2 == pytest.approx(max(halves(towards)))  # type: ignore[operator]
        effect = next(each for each in found.effects if each.term == contrast.model)
        expected = halves(points_slope(fit, contrast.model))
        assert (effect.high - effect.low) / 2 == pytest.approx(100 * max(expected))  # type: ignore[operator]
    assert widest == {0, 1, 2}, "each of the three is the widest somewhere"


def points_slope(fit: RowwiseFit, term: str) -> np.ndarray:
    """Numerical derivative (k,) of the average effect of `term` by the coefficients."""
    place, at = fit.fitted_terms.index(term), np.asarray(fit.fitted.params)

    def effect(coefficients: np.ndarray) -> float:
        with_it, without = fit.exog.copy(), fit.exog.copy()
        with_it[:, place], without[:, place] = 1, 0
        return float((expit(with_it @ coefficients) - expit(without @ coefficients)).mean())

    steps = 1e-5 * np.eye(len(at))
    return np.array([(effect(at + step) - effect(at - step)) / 2e-5 for step in steps])


def test_a_cluster_that_alone_tells_of_a_term_leaves_the_others_errors_as_they_are() -> None:
    """One annotator was given all the pairs that a model finds: without them there is no effect to estimate."""
    exog = np.column_stack([np.ones(60), np.repeat([1.0, 0.0], 30)])
    codes = np.where(exog[:, 1] == 1, 0, 1 + np.arange(60) % 5)
    outcome = np.random.default_rng(3).random(60) < 0.4
    scores = (outcome - np.where(exog[:, 1] == 1, outcome[:30].mean(), outcome[30:].mean()))[:, None] * exog
    weight = np.full(60, 0.24)
    both = LikelihoodRows(scores, lambda one, other: weight * exog[:, one] * exog[:, other])
    without = LikelihoodRows(scores[30:, :1], lambda one, other: weight[30:])
    covariance, alone = jackknife_covariance(both, codes), jackknife_covariance(without, codes[30:] - 1)
    assert covariance[0, 0] == pytest.approx(alone[0, 0] * (5 / 6) / (4 / 5))


def test_errors_by_one_cluster_alone_cannot_be_told() -> None:
    data = campaign(annotators=1)
    fit = fit_rowwise(joint_design(data), data.frame["linked"])
    everything = Clusters("cluster-annotator", (np.zeros(len(data.frame), np.int64),), ("annotators",))
    errors, used = fit.clustered(everything)
    assert used.count == 1
    assert np.isnan(errors.covariances).all()
    said = clustered_logit(fit, everything)
    assert not any(row.is_estimated for row in said.rows)
    assert "of one cluster: errors cannot be told" in " ".join(said.warnings)


def test_few_annotators_are_said_and_many_are_not() -> None:
    few, many = (
        infer(simulate(SimulatedCampaign(MODELS, STRATA, k, 9), seed=2), shuffles=19).comparison for k in (6, 40)
    )
    assert any("There are 6 annotators, fewer than the 30" in warning for warning in few.warnings)
    assert (few.degrees_of_freedom, many.degrees_of_freedom) == (5, 39)
    assert many.warnings == ()


def test_the_dimension_with_fewest_clusters_is_the_one_that_is_named() -> None:
    data = campaign(annotators=40, pairs_each=30, records=8)
    assert "There are 8 first records, fewer than the 30" in clusterings(data)[-1].warnings[0]


def test_errors_that_are_too_small_to_be_true_are_not_quoted() -> None:
    """A table that names no annotators, filled up by counting: every annotator has nearly the same share of links."""
    data = campaign(annotators=1, pairs_each=360)
    rows = data.frame.sort_values([drawn_column("base"), drawn_column("tuned"), "linked"], ignore_index=True)
    rows["annotator"] = [f"expert-{number % 6}" for number in range(len(rows))]
    counted = AnnotationFrame(data.models, data.comparisons, data.labels, rows)
    found = infer(counted, shuffles=19)
    assert found.recommended.covariance == "cluster-record"
    assert "smaller than chance explains" in found.recommended.reason
    assert found.comparison.covariance == "cluster-record"


def test_improbably_small_is_seldom_said_of_chance() -> None:
    random = np.random.default_rng(0)
    said = [improbably_small(random.chisquare(5, 2) / 5, np.ones(2), annotators=6) for _ in range(2_000)]
    assert np.mean(said) < 0.02


# --- Annotator effects, GEE, mixed model -----------------------------------------------------------


def test_annotator_effects_are_a_logit_with_dummies() -> None:
    data = campaign(pairs_each=80)
    design = stratum_designs(data)[0]
    found = annotator_effects_logit(design, data, clusterings(data)[1])
    dummies = pd.get_dummies(data.frame["annotator"]).astype(float)
    expected = Logit(data.frame["linked"].to_numpy(), pd.concat([design.predictors, dummies], axis=1)).fit(
        disp=False, tol=1e-12
    )
    assert [row.term for row in found.rows] == list(MODELS)
    assert [row.coef for row in found.rows] == pytest.approx(list(expected.params[:2]), abs=1e-7)


def test_annotators_who_never_vary_are_left_out_and_counted() -> None:
    data = campaign()
    data.frame.loc[data.frame["annotator"] == "annotator-000", "linked"] = 1
    found = annotator_effects_logit(stratum_designs(data)[0], data, clusterings(data)[1])
    assert found.n == 300
    assert "1 of 6 annotators are left out of this fit" in found.warnings[0]


def test_gee_with_balanced_strata_is_the_logit_with_wider_errors() -> None:
    data = campaign()
    fit = fit_rowwise(stratum_designs(data)[0], data.frame["linked"])
    gee = exchangeable_gee(fit, data)
    by_annotator, _ = fit.clustered(clusterings(data)[0])
    assert [row.coef for row in gee.rows] == pytest.approx(list(fit.fitted.params), abs=0.02)
    for row, variance in zip(gee.rows, np.diag(by_annotator.covariances[0]), strict=True):
        assert row.se is not None
        assert row.se > 0.95 * math.sqrt(variance)


def test_mixed_model_finds_effects_and_spreads() -> None:
    data = campaign(annotators=40, pairs_each=90, seed=2, records=60, annotator_spread=0.8, record_spread=0.6)
    found = mixed_logit(fit_rowwise(stratum_designs(data)[0], data.frame["linked"]), data)
    for row, truth in zip(found.regression.rows, (-0.4, 0.2, 0.7), strict=True):
        assert row.coef is not None
        assert row.se is not None
        assert abs(row.coef - truth) < 3 * row.se
    assert found.spread == pytest.approx({"annotator": 0.8, "first record": 0.6, "second record": 0.6}, abs=0.2)
    assert found.regression.warnings == ()
    # Among forty annotators the intercept cannot be known better than their spread / sqrt(40).
    assert found.regression.rows[0].se > found.spread["annotator"] / math.sqrt(40)
    for kind, (low, high) in found.spread_intervals.items():
        assert 0 < low < found.spread[kind] < high


def test_mixed_model_is_left_out_where_most_records_occur_once() -> None:
    data = campaign(annotators=20, pairs_each=30, records=2_500)
    found = mixed_logit(fit_rowwise(stratum_designs(data)[0], data.frame["linked"]), data)
    assert found.spread == {}
    assert not found.regression.is_estimated
    (said,) = found.regression.warnings
    assert re.search(r"\d\d % of first records and \d\d % of second records occur in one answer only", said)
    assert "is left out" in said
    shown = mixed_logit(fit_rowwise(stratum_designs(data)[0], data.frame["linked"]), data, all_the_same=True)
    assert "second record" in shown.spread


# --- Firth -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(10, 0, 6, 4), (3, 9, 8, 2)])
def test_firth_of_a_fourfold_table_adds_a_half_to_each_cell(counts: tuple[int, int, int, int]) -> None:
    """Jeffreys' prior of a saturated table; Firth, "Bias reduction of maximum likelihood estimates" (1993)."""
    linked, other, linked_0, other_0 = counts
    predictors = pd.DataFrame({"tuned": [1.0] * (linked + other) + [0.0] * (linked_0 + other_0)})
    outcome = pd.Series([1] * linked + [0] * other + [1] * linked_0 + [0] * other_0)
    found = firth_logit(Design("tuned", "stratum", predictors), outcome)
    expected = math.log((linked + 0.5) * (other_0 + 0.5) / ((other + 0.5) * (linked_0 + 0.5)))
    row = found.row("tuned")
    assert row.coef == pytest.approx(expected, abs=1e-5)
    assert row.low is not None
    assert row.high is not None
    assert row.low < row.coef < row.high  # type: ignore[operator]


def test_separation_brings_firth_and_says_so() -> None:
    data = annotation_frame(
        [1, 1, 1, 0, 1, 0, 1, 0], {"base": [0, 1, 0, 0, 1, 1, 0, 1], "tuned": [1, 1, 1, 0, 0, 0, 0, 0]}
    )
    (found,) = [fit for fit in infer(data, shuffles=19).beside if fit.estimator == "firth"]
    assert found.row("tuned").is_estimated
    assert "perfectly separated by tuned, so Firth's penalised likelihood is used" in found.warnings[0]


# --- Effects and contrasts -------------------------------------------------------------------------


def test_the_effect_of_one_predictor_is_the_difference_of_shares() -> None:
    data = annotation_frame([1] * 30 + [0] * 20 + [1] * 10 + [0] * 40, {"tuned": [1] * 50 + [0] * 50})
    (effect,) = compare_models(fit_rowwise(joint_design(data), data.frame["linked"]), None).effects
    assert effect.points == pytest.approx(40.0)
    assert effect.se == pytest.approx(100 * math.sqrt(0.6 * 0.4 / 50 + 0.2 * 0.8 / 50), rel=1e-4)


def test_effects_are_average_differences_in_probability() -> None:
    data = campaign()
    fit = fit_rowwise(joint_design(data), data.frame["linked"])
    found = compare_models(fit, clusterings(data)[-1])
    for place, effect in enumerate(found.effects, start=1):
        on, off = fit.exog.copy(), fit.exog.copy()
        on[:, place], off[:, place] = 1, 0
        difference = fit.fitted.predict(on).mean() - fit.fitted.predict(off).mean()
        assert effect.points == pytest.approx(100 * difference, abs=1e-8)
    (contrast,) = found.contrasts
    assert contrast.effect.points == pytest.approx(found.effects[1].points - found.effects[0].points)
    assert contrast.coefficient.coef == pytest.approx(fit.fitted.params[2] - fit.fitted.params[1])


def test_adjustment_keeps_what_is_unknown() -> None:
    assert adjust([0.01, None, 0.04, 0.03], method="holm") == pytest.approx((0.03, None, 0.06, 0.06))
    assert adjust([0.01, 0.04, 0.03], method="fdr_bh") == pytest.approx((0.03, 0.04, 0.04))
    assert adjust([None], method="holm") == (None,)


# --- Labels in order -------------------------------------------------------------------------------


def test_ordinal_logit_recovers_the_effects_that_made_the_labels() -> None:
    data = campaign(annotators=40, pairs_each=150, annotator_spread=0, record_spread=0)
    found = ordinal_analysis(fit_rowwise(joint_design(data), data.frame["linked"]), data, None)
    assert found.labels == ("unrelated", "same_category", "similar_object", "same_object")
    assert [row.coef for row in found.regression.rows] == pytest.approx([0.2, 0.7], abs=0.15)
    assert found.proportional_odds.holds
    assert found.multinomial is None


def test_where_odds_are_not_proportional_the_multinomial_is_given() -> None:
    """Links are as frequent with the model as without, but closer: log ratios of the counts are the coefficients."""
    labels = ["same_object"] * 60 + ["same_category"] * 20 + ["unrelated"] * 50
    labels += ["same_object"] * 15 + ["same_category"] * 65 + ["unrelated"] * 50
    data = annotation_frame([int(label != "unrelated") for label in labels], {"tuned": [1] * 130 + [0] * 130})
    data.frame["label"] = labels
    found = ordinal_analysis(fit_rowwise(joint_design(data), data.frame["linked"]), data, None)
    assert found.proportional_odds.holds is False
    assert found.multinomial is not None
    assert found.multinomial.row("same_category: tuned").coef == pytest.approx(math.log(20 / 65), abs=1e-4)
    assert found.multinomial.row("same_object: tuned").coef == pytest.approx(math.log(60 / 15), abs=1e-4)


def labelled(answers: int = 400) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Two predictors, and labels 0 to 3 that go with them."""
    random = np.random.default_rng(5)
    exog = np.column_stack([random.integers(0, 2, answers), random.normal(size=answers)]).astype(float)
    latent = exog @ [0.8, 0.5] + random.logistic(size=answers)
    return exog, np.digitize(latent, [-0.5, 0.7, 2.0])


def test_rows_of_an_ordered_fit_add_up_to_what_statsmodels_says_of_all() -> None:
    exog, outcome = labelled()
    fitted = OrderedModel(outcome, exog, distr="logit").fit(method="newton", disp=0)
    rows = proportional_odds_rows(fitted)
    assert rows.scores.shape == (400, 5)
    assert rows.scores.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-4)
    assert rows.scores[:, :2] == pytest.approx(fitted.model.score_obs(fitted.params)[:, :2], abs=1e-5)
    information = np.array([[rows.information(one, other).sum() for other in range(5)] for one in range(5)])
    assert np.linalg.inv(information)[:2, :2] == pytest.approx(fitted.cov_params()[:2, :2], rel=1e-4)
    assert all((np.linalg.eigvalsh(_of_row(rows, place, 5)) > -1e-12).all() for place in range(20))


def _of_row(rows: LikelihoodRows, place: int, parameters: int) -> NDArray[np.float64]:
    return np.array([[rows.information(i, j)[place] for j in range(parameters)] for i in range(parameters)])


def test_an_ordered_fit_of_two_labels_has_the_rows_of_a_logit() -> None:
    exog, outcome = labelled()
    two = (outcome > 1).astype(int)
    ordered = proportional_odds_rows(OrderedModel(two, exog, distr="logit").fit(method="newton", disp=0))
    binary = logit_rows(GLM(two, np.column_stack([exog, np.ones(400)]), family=Binomial()).fit(tol=1e-12))
    sign = np.array([1, 1, -1])  # the cut is the intercept's opposite
    assert ordered.scores == pytest.approx(binary.scores * sign, abs=1e-5)
    for one, other in itertools.product(range(3), repeat=2):
        expected = sign[one] * sign[other] * binary.information(one, other)
        assert ordered.information(one, other) == pytest.approx(expected, abs=1e-5)


def test_rows_of_a_multinomial_fit_add_up_to_what_statsmodels_says_of_all() -> None:
    exog, outcome = labelled()
    fitted = MNLogit(outcome, np.column_stack([np.ones(400), exog])).fit(disp=0)
    rows = multinomial_rows(fitted)
    information = np.array([[rows.information(one, other).sum() for other in range(9)] for one in range(9)])
    assert np.linalg.inv(information) == pytest.approx(np.asarray(fitted.cov_params()), rel=1e-6)
    half = MNLogit(outcome[:200], np.column_stack([np.ones(200), exog[:200]]))
    first = np.array([[rows.information(one, other)[:200].sum() for other in range(9)] for one in range(9)])
    assert first == pytest.approx(-half.hessian(np.asarray(fitted.params)), abs=1e-8)


def test_errors_of_ordered_labels_are_those_of_fitting_without_each_cluster() -> None:
    exog, outcome = labelled()
    codes = np.arange(400) % 20
    fitted = OrderedModel(outcome, exog, distr="logit").fit(method="newton", disp=0)
    refitted = [
        OrderedModel(outcome[codes != left], exog[codes != left], distr="logit").fit(method="newton", disp=0).params[:2]
        for left in range(20)
    ]
    moved = np.array(refitted) - fitted.params[:2]
    covariance = jackknife_covariance(proportional_odds_rows(fitted), codes)
    assert covariance[:2, :2] == pytest.approx(19 / 20 * moved.T @ moved, rel=0.05, abs=5e-4)


def test_a_label_given_seldom_is_taken_with_the_next_and_strange_ones_are_left_out() -> None:
    data = campaign(pairs_each=80)
    data.frame.loc[data.frame["label"] == "same_object", "label"] = "similar_object"
    data.frame.loc[0, "label"], data.frame.loc[1, "label"], data.frame.loc[2, "label"] = "same_object", "replica", ""
    found = ordinal_analysis(fit_rowwise(joint_design(data), data.frame["linked"]), data, None)
    assert found.labels[-1] == "similar_object or same_object"
    assert found.regression.n == 478
    said = " ".join(found.regression.warnings)
    assert "1 annotations without a label" in said
    assert "no place for replica" in said
    assert "similar object and same object are taken together" in said


# --- Population ------------------------------------------------------------------------------------


def test_population_share_is_the_mean_weighted_by_strata() -> None:
    """Two strata of 900 and 100 pairs, answered 10 each: worked by hand from Cochran, "Sampling Techniques" 5.3."""
    data = annotation_frame([1] * 8 + [0] * 2 + [1] * 3 + [0] * 7, {"base": [1] * 10 + [0] * 10, "tuned": [1] * 20})
    data.frame["stratum"], data.frame[STRATUM_SIZE] = [1] * 10 + [2] * 10, [900.0] * 10 + [100.0] * 10
    data = AnnotationFrame(data.models, ("image-image",), data.labels, data.frame)
    base, tuned = population_shares(data)
    assert (tuned.population, tuned.n, tuned.strata) == (1000, 20, 2)
    assert tuned.share == pytest.approx(0.9 * 0.8 + 0.1 * 0.3)
    variance = 0.81 * (1 - 10 / 900) * 0.8 * 0.2 / 9 + 0.01 * (1 - 10 / 100) * 0.3 * 0.7 / 9
    assert tuned.se == pytest.approx(math.sqrt(variance))
    assert base.share == pytest.approx(0.8)
    assert tuned.low < tuned.share < tuned.high  # type: ignore[operator]


def pairs_of_one_stratum() -> AnnotationFrame:
    """Three pairs of 60: one that three people link, two that nobody links."""
    data = annotation_frame([1, 1, 1, 0, 0], {"tuned": [1] * 5}, annotators=["ann", "bob", "cat", "ann", "ann"])
    data.frame["pair"], data.frame["stratum"], data.frame[STRATUM_SIZE] = [1, 1, 1, 2, 3], 1, 60.0
    return AnnotationFrame(data.models, ("image-image",), data.labels, data.frame)


def test_a_pair_with_several_answers_counts_once() -> None:
    assert population_shares(pairs_of_one_stratum())[0].share == pytest.approx(1 / 3)


def test_other_ways_to_be_drawn_change_nothing_in_a_stratum_and_count_over_all() -> None:
    """The linked pair could also have been drawn by another comparison, so it was drawn twice as often."""
    data = pairs_of_one_stratum()
    data.frame[WEIGHT], data.frame[STRATUM_DRAWN] = [10.0, 10.0, 10.0, 20.0, 20.0], 6.0
    assert population_shares(data)[0].share == pytest.approx(1 / 3)
    weights, _ = union_weights(data)
    assert weights == pytest.approx([20 / 3, 20 / 3, 20 / 3, 40, 40])  # half of those drawn were answered


def test_percentage_points_over_all_pairs_are_those_of_the_pairs_repeated() -> None:
    """A pair that stands for three is answered three times over; errors by cluster do not see the difference."""
    data = campaign(annotators=4, pairs_each=30, records=20)
    fit = fit_rowwise(joint_design(data), data.frame["linked"])
    weights = np.where(data.frame[drawn_column("tuned")] == 1, 3.0, 1.0)
    times = weights.astype(int)
    repeated = AnnotationFrame(
        data.models,
        data.comparisons,
        data.labels,
        data.frame.loc[data.frame.index.repeat(times)].reset_index(drop=True),
    )
    again = fit_rowwise(joint_design(repeated), repeated.frame["linked"])
    weighted = fit_rowwise(joint_design(data), data.frame["linked"], weights=weights)
    one, other = compare_models(weighted, clusterings(data)[-1]), compare_models(again, clusterings(repeated)[-1])
    plain = compare_models(fit, clusterings(data)[-1])
    for found, expected, drawn in zip(one.effects, other.effects, plain.effects, strict=True):
        assert found.points == pytest.approx(expected.points, abs=1e-6)
        assert found.se == pytest.approx(expected.se, rel=1e-6)
        assert abs(found.points - drawn.points) > 0.01  # type: ignore[operator]


def test_what_can_be_weighted_up_is_by_modality_and_in_points_too() -> None:
    found = infer(campaign(), shuffles=19)
    assert found.population_comparison is not None
    assert [effect.term for effect in found.population_comparison.effects] == list(MODELS)
    assert all(effect.p_adjusted is not None for effect in found.population_comparison.effects)
    drawn = annotation_frame([1, 0, 1, 0], {"tuned": [1, 1, 0, 0]}, {("image-image", "tuned"): [1, 1, 0, 0]})
    assert infer(drawn, shuffles=19).population_comparison is None
    frame = drawn.frame.assign(**{STRATUM: [0, 0, 1, 1], STRATUM_SIZE: 10.0})
    sized = AnnotationFrame(drawn.models, drawn.comparisons, drawn.labels, frame)
    weighted = {(fit.coding, fit.name) for fit in infer(sized, shuffles=19).beside if fit.estimator == "weighted logit"}
    assert {coding for coding, _ in weighted} == {"stratum", "membership"}


def test_strata_that_overlap_leave_shares_unbiased() -> None:
    """Two comparisons find many of the same pairs, and these are linked most; drawn as samplings draw, 120 times."""
    random = np.random.default_rng(6)
    pairs = {"s": np.arange(1_000), "t": np.arange(840, 1_040)}
    labels = random.random(1_040) < np.repeat([0.4, 0.9, 0.5], [840, 160, 40])
    found: dict[str, list[tuple[float, bool]]] = {"s": [], "t": []}
    for _ in range(120):
        drawn = share_out([random.permutation(members).tolist() for members in pairs.values()], 40)
        answered = np.concatenate(drawn)
        of = np.repeat(["s", "t"], [len(stratum) for stratum in drawn])
        data = annotation_frame(labels[answered].astype(int).tolist(), {"base": [1] * len(answered)})
        frame = data.frame.assign(pair=answered, comparison=of, stratum=of)
        frame[STRATUM_SIZE] = [float(len(pairs[name])) for name in of]
        for share in population_shares(AnnotationFrame(("base",), ("s", "t"), data.labels, frame)):
            assert share.share is not None
            assert share.low is not None
            assert share.high is not None
            found[share.comparison].append(
                (share.share, share.low <= labels[pairs[share.comparison]].mean() <= share.high)
            )
    for name, draws in found.items():
        shares, covered = np.array(draws).T
        error = shares.std(ddof=1) / math.sqrt(len(shares))
        assert abs(shares.mean() - labels[pairs[name]].mean()) < 3 * error
        assert covered.mean() > 0.9


def test_without_sizes_nothing_is_said_of_the_population() -> None:
    data = annotation_frame([1, 0, 1, 0], {"tuned": [1, 1, 0, 0]}, {("image-image", "tuned"): [1, 1, 0, 0]})
    found = infer(data, shuffles=19)
    assert "It is not known how many pairs the strata hold" in found.population_reason
    assert all(share.share is None and share.reason for share in found.population)


# --- Permutation of whole pairs --------------------------------------------------------------------


def test_of_pairs_with_one_answer_each_it_is_the_authors_test() -> None:
    data = campaign(pairs_each=30)
    data.frame["pair"] = range(len(data.frame))
    design = stratum_designs(data)[0]
    fit = fit_logit(design, data.frame["linked"], intercept=True)
    plain = permutation_tests(design, data.frame["linked"], fit, seed=3, shuffles=4_999)
    whole = permutation_tests(design, data.frame["linked"], fit, seed=3, shuffles=4_999, pairs=data.frame["pair"])
    assert [test.p for test in whole] == pytest.approx([test.p for test in plain], abs=0.03)


def test_blocks_take_out_what_only_they_explain() -> None:
    """One annotator links nearly everything and got the model's pairs, another nothing and got none of them."""
    linked = pd.Series([1] * 9 + [0] + [0] * 9 + [1])
    design = Design("tuned", "stratum", pd.DataFrame({"tuned": [1.0] * 10 + [0.0] * 10}))
    fit = fit_logit(design, linked, intercept=True)

    def tested(people: list[str]) -> PermutationTest:
        blocks, pairs = pd.Series(people), pd.Series(range(20))
        (test,) = permutation_tests(
            design, linked, fit, seed=0, shuffles=999, pairs=pairs, blocks=blocks, within="whole pairs of one annotator"
        )
        return test

    assert tested(["ann"] * 20).p < 0.01  # type: ignore[operator]
    # A third person with a link and another pair: only these two can change places, in one of two ways.
    assert tested(["ann"] * 9 + ["eve"] + ["bob"] * 9 + ["eve"]).p > 0.9  # type: ignore[operator]
    fixed = tested(["ann"] * 10 + ["bob"] * 10)
    assert fixed.p is None
    assert fixed.reason == "No shuffle changes it: whole pairs of one annotator are all alike."


def test_pairs_keep_their_answers_when_they_change_places() -> None:
    """Three pairs with four, two and one answers: of the six ways to deal them, coefficients by hand."""
    answers = {1: [1, 1, 1, 0], 2: [1, 0], 3: [0]}
    pairs = pd.Series([pair for pair, given in answers.items() for _ in given])
    linked = pd.Series([answer for given in answers.values() for answer in given])
    design = Design("tuned", "stratum", pd.DataFrame({"tuned": (pairs == 1).astype(float)}))
    fit = fit_logit(design, linked, intercept=True)
    (test,) = permutation_tests(design, linked, fit, seed=1, shuffles=3_000, pairs=pairs)
    # The one pair that the model finds is 1 (log odds 3 to 1 against 1 to 2), 2 (even against 3 to 2) or 3 (separated).
    assert test.coef == pytest.approx(np.log(3) - np.log(1 / 2))
    assert test.p == pytest.approx(2 / 3, abs=0.03)


def test_shared_pairs_do_not_make_a_model_of_nothing() -> None:
    """Twelve people, the same 60 pairs, a first model that finds nothing: labels by label it is found in a quarter."""
    strata = tuple(SimulatedStratum(pattern, -0.4 + 0.6 * pattern[1]) for pattern in [(1, 1), (0, 1), (1, 0)])
    setting = SimulatedCampaign(MODELS, strata, 12, 60, 1.0, record_spread=0.8)
    by_label, by_pair = [], []
    for seed in range(100):
        data = simulate(setting, seed=seed)
        design, linked = stratum_designs(data)[0], data.frame["linked"]
        fit = fit_logit(design, linked, intercept=True)
        for found, pairs in ((by_label, None), (by_pair, data.frame["pair"])):
            test = permutation_tests(design, linked, fit, seed=seed, shuffles=199, pairs=pairs)[0]
            assert test.p is not None
            found.append(test.p <= 0.05)
    assert np.mean(by_label) > 0.15
    assert np.mean(by_pair) < 0.12


def test_what_a_hundred_thousand_rows_tell_is_judged_without_a_square_of_them() -> None:
    random = np.random.default_rng(0)
    design = np.column_stack([np.ones(100_000), random.random((100_000, 2))])
    design = np.column_stack([design, design[:, 1] + design[:, 2]])
    assert unidentified_terms(design).tolist() == [False, True, True, True]
    assert independent_columns(design) == [0, 1, 2]


# --- The whole -------------------------------------------------------------------------------------


@given(any_campaign(), st.integers(0, 2**20))
@settings(max_examples=20, deadline=None)
def test_whatever_the_data_the_document_has_no_nan_and_the_report_is_written(data: AnnotationFrame, seed: int) -> None:
    """Also with several annotators who share pairs, with times, terms and right labels."""
    random = np.random.default_rng(seed)
    n = len(data.frame)
    if seed % 3:
        data.frame["annotator"] = np.array(["ann", "bob", "cat"])[np.arange(n) % 3]
        data.frame["pair"] = np.arange(n) // (1 + seed % 2)
        data.frame["a"] = np.array(["", "x", "y"])[random.integers(0, 3, n)]
    if seed % 5:
        data.frame["seconds"] = random.choice([np.nan, 0.0, 0.5, 9.0], n)
        data.frame["label"] = random.choice([*data.labels, "replica", ""], n)
        data.frame[GOLD] = random.choice([*data.labels, ""], n)
        data.frame[TERMS] = [("radio",) if each else () for each in random.integers(0, 2, n)]
    document = full_document(analyse_fully(data, shuffles=19))
    assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(json.dumps(document))
    for fit in [*document["regressions"], *document["beside"], document["ordinal"]["regression"]]:
        assert fit["warnings"] or all(row["coef"] is not None for row in fit["rows"]), fit
    people = {"people": 3, "finished": 1, "stopped": 1, "absent": 1}
    pairs = {"dealt": n + 3, "answered": n, "skipped": {"cannot_tell": 2}, "open": 1, "by_stratum": []}
    flow = people | pairs | {"unsure": n // 2, "empty": 0, "broken": n // 3}
    kept = {"campaign": "Any", "simulated": False, "authors_check": {}, "finer_labels": [], "flow": flow, "plan": None}
    report = results_text({**kept, **document})
    assert "nan" not in report.lower().split()
