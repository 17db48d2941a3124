"""The regressions: equal to row-wise logits, invariant where they must be, and open about what they cannot tell."""

import json
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.discrete.discrete_model import Logit

from annotation.analysis.annotation_frame import COLUMNS, AnnotationFrame, drawn_column, similar_column
from annotation.analysis.campaign_analysis import CampaignAnalysis, analyse, analysis_document
from annotation.analysis.designs import INTERCEPT, Design
from annotation.analysis.regression.logit import Regression, fit_logit

LABELS = ("same_object", "similar_object", "same_category", "unrelated")
FIGURES = ("coef", "se", "z", "p", "low", "high", "odds_ratio", "odds_low", "odds_high")


def annotation_frame(
    linked: list[int],
    drawn: Mapping[str, list[int]],
    similar: Mapping[tuple[str, str], list[float]] | None = None,
    annotators: list[str] | None = None,
) -> AnnotationFrame:
    n = len(linked)
    frame = pd.DataFrame(
        {
            "annotator": annotators or ["ann"] * n,
            "pair": range(n),
            "a": "",
            "b": "",
            "comparison": "image-image",
            "label": ["similar_object" if flag else "unrelated" for flag in linked],
            "linked": linked,
            "position": range(1, n + 1),
            "seconds": None,
            "created": None,
        },
        columns=[*COLUMNS],
    ).astype({"linked": int})
    for model, flags in drawn.items():
        frame[drawn_column(model)] = np.array(flags, dtype=int)
    for (comparison, model), known in (similar or {}).items():
        frame[similar_column(comparison, model)] = np.array(known, dtype=float)
    comparisons = tuple(dict.fromkeys(comparison for comparison, _ in similar or {}))
    return AnnotationFrame(models=tuple(drawn), comparisons=comparisons, labels=LABELS, frame=frame)


def simulated(n: int, seed: int = 1) -> tuple[Design, pd.Series]:
    """Links drawn with log odds -0.4 + 0.3 base + 0.9 tuned."""
    generator = np.random.default_rng(seed)
    predictors = pd.DataFrame(generator.integers(0, 2, (n, 2)).astype(float), columns=["base", "tuned"])
    odds = -0.4 + predictors.to_numpy() @ [0.3, 0.9]
    linked = pd.Series((generator.random(n) < 1 / (1 + np.exp(-odds))).astype(int))
    return Design("base + tuned", "stratum", predictors), linked


def analysed(*arguments: object, **keywords: object) -> CampaignAnalysis:
    return analyse(annotation_frame(*arguments, **keywords), shuffles=99)  # type: ignore[arg-type]


def figures(fit: Regression) -> list[list[float]]:
    return [[getattr(row, figure) for figure in FIGURES] for row in fit.rows]


def assert_said_and_not_nan(analysis: CampaignAnalysis) -> None:
    """Every missing figure has its reason, and no NaN or infinity stands for one."""
    for fit in analysis.regressions:
        assert fit.warnings or all(row.is_estimated for row in fit.rows), fit
        for row in fit.rows:
            found = [getattr(row, figure) for figure in FIGURES]
            assert all(figure is None for figure in found) or all(math.isfinite(figure) for figure in found), row


@pytest.mark.parametrize("intercept", [False, True])
def test_fit_on_counts_equals_the_row_wise_logit(intercept: bool) -> None:
    design, linked = simulated(400)
    fit = fit_logit(design, linked, intercept=intercept)
    exog = design.predictors.assign(**{INTERCEPT: 1.0})[[row.term for row in fit.rows]]
    rowwise = Logit(linked.to_numpy(), exog).fit(disp=False, tol=1e-14)
    interval = rowwise.conf_int().to_numpy()
    expected = np.column_stack([rowwise.params, rowwise.bse, rowwise.tvalues, rowwise.pvalues, interval])
    assert np.array(figures(fit))[:, :6] == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_known_coefficients_are_recovered() -> None:
    fit = fit_logit(*simulated(40_000), intercept=True)
    truth = {INTERCEPT: -0.4, "base": 0.3, "tuned": 0.9}
    for row in fit.rows:
        assert row.coef is not None
        assert row.se is not None
        assert abs(row.coef - truth[row.term]) < 3 * row.se
        assert row.se < 0.03


def test_order_of_rows_and_of_predictors_changes_nothing() -> None:
    design, linked = simulated(300)
    shuffled = np.random.default_rng(5).permutation(300)
    turned = Design(design.name, design.coding, design.predictors[["tuned", "base"]].iloc[shuffled])
    one, other = (
        fit_logit(design, linked, intercept=True),
        fit_logit(turned, linked.iloc[shuffled], intercept=True),
    )
    for row in one.rows:
        assert other.row(row.term).coef == pytest.approx(row.coef, abs=1e-10)
        assert other.row(row.term).se == pytest.approx(row.se, abs=1e-10)


def test_twice_the_data_keeps_estimates_and_narrows_errors() -> None:
    design, linked = simulated(300)
    doubled = Design(design.name, design.coding, pd.concat([design.predictors] * 2, ignore_index=True))
    once = fit_logit(design, linked, intercept=True)
    twice = fit_logit(doubled, pd.concat([linked] * 2, ignore_index=True), intercept=True)
    for row in once.rows:
        assert row.se is not None
        assert twice.row(row.term).coef == pytest.approx(row.coef, abs=1e-10)
        assert twice.row(row.term).se == pytest.approx(row.se / math.sqrt(2), abs=1e-10)


def test_swapping_links_and_others_turns_every_sign() -> None:
    design, linked = simulated(300)
    one, other = fit_logit(design, linked, intercept=False), fit_logit(design, 1 - linked, intercept=False)
    assert [row.coef for row in other.rows] == pytest.approx([-row.coef for row in one.rows if row.coef is not None])


def test_each_model_is_set_beside_the_base_both_ways() -> None:
    generator = np.random.default_rng(2)
    flags = {model: generator.integers(0, 2, 200).tolist() for model in ("base", "best", "last")}
    similar = {(kind, model): flags[model] for kind in ("image-image", "text-text") for model in flags}
    analysis = analysed(generator.integers(0, 2, 200).tolist(), flags, similar)
    assert [(fit.name, fit.coding, fit.intercept) for fit in analysis.regressions] == [
        (name, coding, intercept)
        for coding in ("stratum", "membership")
        for name in ("base + best", "base + last")
        for intercept in (False, True)
    ]
    assert [row.term for row in analysis.stratum_regressions[1].rows] == [INTERCEPT, "base", "best"]
    assert [row.term for row in analysis.membership_regressions[0].rows] == [
        "img_base",
        "img_best",
        "txt_base",
        "txt_best",
    ]


def test_a_sampling_of_one_model_is_regressed_on_that_model() -> None:
    analysis = analysed([1, 0, 1, 1, 0, 0, 1, 0], {"only": [1, 1, 1, 0, 0, 0, 0, 0]})
    assert [fit.name for fit in analysis.stratum_regressions] == ["only", "only"]
    assert analysis.stratum_regressions[1].row("only").is_estimated


# --- What cannot be told -----------------------------------------------------------------------


def test_no_annotations() -> None:
    analysis = analysed([], {"base": [], "tuned": []})
    assert_said_and_not_nan(analysis)
    assert analysis.stratum_regressions[0].n == 0
    assert "no annotations" in analysis.stratum_regressions[0].warnings[0]
    assert str(analysis.findings[0]) == "No answer can be given yet."
    assert analysis.permutation == ()


@pytest.mark.parametrize("label", [0, 1])
def test_all_labels_the_same(label: int) -> None:
    analysis = analysed([label] * 6, {"base": [1, 1, 0, 0, 1, 0], "tuned": [0, 1, 1, 0, 1, 1]})
    assert_said_and_not_nan(analysis)
    assert "All 6 annotations are" in analysis.stratum_regressions[1].warnings[0]


def test_a_constant_predictor_has_no_effect_to_tell_but_the_other_has() -> None:
    links, tuned = [1, 0, 1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    analysis = analysed(links, {"base": [0] * 8, "tuned": tuned})
    assert_said_and_not_nan(analysis)
    for fit in analysis.stratum_regressions:
        assert not fit.row("base").is_estimated
        assert fit.row("tuned").is_estimated
        assert fit.warnings == ("base is 0 for every pair: its effect cannot be told.",)


def test_a_predictor_that_is_always_1_stands_for_the_intercept() -> None:
    links, tuned = [1, 0, 1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    without, with_intercept = analysed(links, {"base": [1] * 8, "tuned": tuned}).stratum_regressions
    assert without.row("base").is_estimated
    assert without.warnings == ()
    assert not with_intercept.row("base").is_estimated
    assert not with_intercept.row(INTERCEPT).is_estimated
    assert with_intercept.row("tuned").coef == pytest.approx(without.row("tuned").coef)


def test_models_that_always_agree_cannot_be_told_apart() -> None:
    flags = [1, 1, 1, 1, 0, 0, 0, 0]
    analysis = analysed([1, 0, 1, 1, 0, 0, 1, 0], {"base": flags, "tuned": flags})
    assert_said_and_not_nan(analysis)
    assert "base and tuned cannot be told apart" in analysis.stratum_regressions[1].warnings[0]


def test_separation_is_said_and_names_the_model() -> None:
    analysis = analysed([1, 1, 1, 0, 1, 0, 1, 0], {"base": [0, 1, 0, 0, 1, 1, 0, 1], "tuned": [1, 1, 1, 0, 0, 0, 0, 0]})
    assert_said_and_not_nan(analysis)
    fit = analysis.stratum_regressions[1]
    assert "perfectly separated by tuned:" in fit.warnings[0]
    assert not any(row.is_estimated for row in fit.rows)
    assert analysis.permutation == ()


def test_pairs_of_unknown_membership_are_left_out_and_counted() -> None:
    design, linked = simulated(200)
    design.predictors.loc[:49, "base"] = np.nan
    fit = fit_logit(design, linked, intercept=True)
    assert fit.n == 150
    assert fit.warnings == (
        "50 of 200 annotations are left out: it is not known whether every model finds these pairs similar.",
    )
    rest = Design(design.name, design.coding, design.predictors[50:])
    assert figures(fit) == figures(fit_logit(rest, linked[50:], intercept=True))


def test_a_published_table_has_no_memberships() -> None:
    analysis = analysed([1, 0, 1, 0], {"base": [1, 0, 0, 1], "tuned": [0, 1, 1, 1]})
    assert_said_and_not_nan(analysis)
    assert "It is not known which pairs" in analysis.membership_regressions[0].warnings[0]


def test_one_annotator_is_said() -> None:
    analysis = analysed([1, 0, 1, 0, 1, 0], {"base": [1, 0, 0, 1, 1, 0], "tuned": [0, 1, 1, 1, 0, 0]})
    assert "All answers come from one annotator" in analysis.caveats[0]
    assert analysis.agreement.same_label is None
    assert analysis.agreement.reason == "Only one person has answered."


def test_document_is_json_without_nan() -> None:
    for links, flags in (([], []), ([1], [1]), ([1, 0, 1, 0, 1], [1, 0, 0, 1, 1])):
        document = analysis_document(analysed(links, {"base": flags, "tuned": flags[::-1]}))
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        assert {"n", "labels", "regressions", "agreement", "permutation"} <= document.keys()


@st.composite
def any_campaign(draw: st.DrawFn) -> AnnotationFrame:
    """Few rows, so that separation, constant and entangled predictors come often."""
    n = draw(st.integers(0, 12))
    flags = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    known = st.lists(st.sampled_from([0.0, 1.0, math.nan]), min_size=n, max_size=n)
    models = ["base", "best", "last"][: draw(st.integers(1, 3))]
    comparisons = draw(st.sampled_from([[], ["image-image"], ["image-image", "text-text"]]))
    return annotation_frame(
        draw(flags),
        {model: draw(flags) for model in models},
        {(comparison, model): draw(known) for comparison in comparisons for model in models},
    )


@given(any_campaign())
@settings(max_examples=60, deadline=None)
def test_whatever_the_data_every_missing_figure_has_its_reason(data: AnnotationFrame) -> None:
    analysis = analyse(data, shuffles=19)
    assert_said_and_not_nan(analysis)
    json.dumps(analysis_document(analysis), allow_nan=False)
    assert all(str(finding) for finding in analysis.findings)
