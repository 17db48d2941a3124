"""What links? The model finds the probabilities that made the answers, and is judged on records it has not seen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from annotation.analysis import link_model
from annotation.analysis.annotation_frame import AnnotationFrame, similarity_column
from annotation.analysis.link_model import (
    Judged,
    LinkModel,
    auc_within_folds,
    brier_score,
    fit_link_model,
    record_groups,
    similarities,
    suggest_links,
)
from tests.unit.annotation.analysis.test_regression import annotation_frame

COMPARISONS = ("image-image", "text-text")


def campaign(n: int = 900, seed: int = 1, records: int = 4_000) -> tuple[AnnotationFrame, np.ndarray]:
    """Log odds of a link rise by 12 for the base's image similarity and 6 for its text similarity; tuned is noise."""
    random = np.random.default_rng(seed)
    values = {(kind, model): random.normal(0.5, 0.1, n) for kind in COMPARISONS for model in ("base", "tuned")}
    log_odds = -9 + 12 * values["image-image", "base"] + 6 * values["text-text", "base"]
    probability = 1 / (1 + np.exp(-log_odds))
    linked = (random.random(n) < probability).astype(int)
    data = annotation_frame(linked.tolist(), {"base": [1] * n, "tuned": [1] * n})
    for side in ("a", "b"):
        data.frame[side] = [f"{side}{number}" for number in random.integers(0, records, n)]
    for (kind, model), column in values.items():
        data.frame[similarity_column(kind, model)] = column
    return AnnotationFrame(data.models, COMPARISONS, data.labels, data.frame), probability


@pytest.fixture(scope="module")
def fitted() -> tuple[AnnotationFrame, np.ndarray, LinkModel]:
    data, probability = campaign()
    return data, probability, fit_link_model(data, seed=3)


def test_probabilities_are_those_that_made_the_answers(fitted: tuple[AnnotationFrame, np.ndarray, LinkModel]) -> None:
    data, probability, model = fitted
    assert model.reason == ""
    assert np.abs(model.predict(similarities(data)) - probability).mean() < 0.05
    weights = dict(model.coefficients)
    assert weights["similarity|image-image|base"] > weights["similarity|text-text|base"] > 0.3
    assert abs(weights["similarity|image-image|tuned"]) < 0.25


def test_held_out_figures_are_near_the_best_possible(fitted: tuple[AnnotationFrame, np.ndarray, LinkModel]) -> None:
    _, probability, model = fitted
    best = float((probability * (1 - probability)).mean())
    assert model.brier is not None
    assert model.brier.low < best < model.brier.high
    assert model.brier.value < model.brier_of_share  # type: ignore[operator]
    assert model.slope.low < 1 < model.slope.high  # type: ignore[union-attr]
    assert model.intercept.low < 0 < model.intercept.high  # type: ignore[union-attr]
    assert sum(each.n for each in model.calibration) == 900
    inside = [each.low <= each.predicted <= each.high for each in model.calibration]
    assert sum(inside) >= 8
    assert model.auc is not None
    assert 0.7 < model.auc.low < model.auc.value < model.auc.high < 0.95


def test_the_seed_decides(fitted: tuple[AnnotationFrame, np.ndarray, LinkModel]) -> None:
    data, _, model = fitted
    assert fit_link_model(data, seed=3) == model


def test_noise_predicts_nothing_and_says_so() -> None:
    data, _ = campaign(n=400)
    data.frame["linked"] = np.random.default_rng(0).integers(0, 2, 400)
    model = fit_link_model(data, seed=0)
    assert model.auc is not None
    assert model.auc.low < 0.5
    assert "no better than chance" in model.warnings[0]
    assert model.brier is not None
    assert model.brier.value == pytest.approx(model.brier_of_share, abs=0.01)


def test_noise_is_a_coin_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pooled over folds it looked worse than chance, 0.44."""
    monkeypatch.setattr(link_model, "RESAMPLES", 50)
    found = []
    for seed in range(12):
        data, _ = campaign(n=300, seed=1_000 + seed)
        data.frame["linked"] = (np.random.default_rng(seed).random(300) < 0.4).astype(int)
        auc = fit_link_model(data, seed=0).auc
        assert auc is not None
        found.append(auc.value)
    assert abs(np.mean(found) - 0.5) < 0.045  # three of its standard errors, of which 0.44 is four off


def test_groups_hold_together_what_shares_a_record() -> None:
    frame = pd.DataFrame({"pair": [1, 2, 3, 4, 5], "a": ["x", "x", "y", "z", ""], "b": ["p", "q", "q", "r", ""]})
    groups = record_groups(frame)
    assert groups[0] == groups[1] == groups[2]
    assert len({int(group) for group in groups}) == 3


def test_a_copied_record_cannot_make_the_figures_better() -> None:
    """Every answer four times, on copies that share their records: held out together, AUC stays what it was."""
    data, _ = campaign(n=200, records=100_000)
    data.frame["linked"] = np.random.default_rng(5).integers(0, 2, 200)
    copies = AnnotationFrame(data.models, data.comparisons, data.labels, pd.concat([data.frame] * 4, ignore_index=True))
    model = fit_link_model(copies, seed=0)
    assert model.groups == 200
    assert model.auc is not None
    assert model.auc.value < 0.6


def test_where_records_hang_together_one_side_is_held_out_and_that_is_said() -> None:
    data, _ = campaign(n=300, records=60)
    assert len(set(record_groups(data.frame).tolist())) < 5
    model = fit_link_model(data, seed=0)
    assert model.reason == ""
    assert model.groups in (data.frame["a"].nunique(), data.frame["b"].nunique())
    assert "only records of one collection could be held out" in model.warnings[0]


def test_too_little_is_refused_in_a_sentence() -> None:
    data, _ = campaign(n=40)
    assert fit_link_model(data, seed=0).reason == "There are 40 answers: a model takes at least 60."
    data, _ = campaign(n=200)
    data.frame["linked"] = [1] * 195 + [0] * 5
    assert "195 of 200 answers are links" in fit_link_model(data, seed=0).reason
    data, _ = campaign(n=200, records=3)
    assert "hang together by shared records" in fit_link_model(data, seed=0).reason
    nothing = annotation_frame([1, 0] * 50, {"base": [1, 0] * 50})
    model = fit_link_model(nothing, seed=0)
    assert model.reason == "No similarities are known that differ between these pairs."
    with pytest.raises(ValueError, match="There is no model to predict with"):
        model.predict(pd.DataFrame())


def test_pairs_without_a_picture_are_predicted_and_counted() -> None:
    data, _ = campaign(n=300)
    data.frame.loc[:99, [similarity_column("image-image", model) for model in ("base", "tuned")]] = np.nan
    model = fit_link_model(data, seed=0)
    assert "100 of 300 answers are on pairs without some similarity" in model.warnings[0]
    assert np.isfinite(model.predict(similarities(data))).all()


def test_suggested_links_have_the_wanted_precision(fitted: tuple[AnnotationFrame, np.ndarray, LinkModel]) -> None:
    data, _, model = fitted
    candidates, truth = campaign(n=5_000, seed=9)
    probabilities = model.predict(similarities(candidates))
    answers = data.frame["linked"].to_numpy()
    found = suggest_links(model, probabilities, answers, precision=0.85)
    chosen = probabilities >= found.threshold
    assert chosen.sum() == found.count > 100
    assert found.precision >= 0.85  # type: ignore[operator]
    assert truth[chosen].mean() == pytest.approx(0.85, abs=0.05)
    assert found.verified == pytest.approx(0.85, abs=0.08)
    assert suggest_links(model, np.array([0.1, 0.2]), answers, precision=0.9).reason.startswith("No pair is probable")


def test_figures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    linked = random.integers(0, 2, 200)
    predicted = np.round(random.random(200), 1)  # with ties
    weights, fold = random.random(200), np.zeros(200, dtype=np.int64)
    judged = Judged(linked, predicted, fold, weights)
    expected = roc_auc_score(linked, predicted, sample_weight=weights)
    assert auc_within_folds(judged) == pytest.approx(expected)
    assert brier_score(judged) == pytest.approx(brier_score_loss(linked, predicted, sample_weight=weights))
    # Of two folds with all predictions of the one above those of the other, either has its own.
    shifted = Judged(
        np.tile(linked, 2), np.concatenate([predicted, predicted + 2]), np.repeat([0, 1], 200), np.ones(400)
    )
    assert auc_within_folds(shifted) == pytest.approx(roc_auc_score(linked, predicted))


def test_what_is_verified_is_about_the_candidates_and_has_an_interval(
    fitted: tuple[AnnotationFrame, np.ndarray, LinkModel],
) -> None:
    """Answers that link count little where the pairs drawn were mostly links."""
    data, _, model = fitted
    answers = data.frame["linked"].to_numpy()
    probabilities = model.predict(similarities(data))
    even = suggest_links(model, probabilities, answers, precision=0.8)
    assert even.verified_low < even.verified < even.verified_high  # type: ignore[operator]
    weights = np.where(answers == 1, 0.2, 1.0)
    weighted = suggest_links(model, probabilities, answers, precision=0.8, weights=weights)
    above = model.held_out >= weighted.threshold  # type: ignore[operator]
    assert weighted.verified == pytest.approx(np.average(answers[above], weights=weights[above]))
    assert weighted.verified < even.verified  # type: ignore[operator]
    assert weighted.verified_high - weighted.verified_low > even.verified_high - even.verified_low  # type: ignore[operator]
