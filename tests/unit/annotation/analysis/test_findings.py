"""The answer in words: one regression, one way to reckon errors, one family of tests."""

import math

import numpy as np
import pytest

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.answer.findings import basis_words, model_findings, odds_ratio_words
from annotation.analysis.answer.primary import primary_analysis
from annotation.analysis.campaign_analysis import analyse, analysis_document
from annotation.analysis.regression.contrasts import MarginalEffect, ModelComparison, ModelContrast
from annotation.analysis.regression.logit import Coefficient, Regression
from annotation.analysis.simulation import SimulatedCampaign, SimulatedStratum, simulate
from tests.reference.published_annotations import published_frame
from tests.unit.annotation.analysis.test_regression import annotation_frame

MODELS = ("base", "best", "last")
PATTERNS = [(1, 1, 1), (0, 1, 1), (1, 0, 0), (0, 0, 1), (0, 1, 0)]


def regression(*rows: tuple[str, float, float, float, float]) -> Regression:
    """Rows of term, odds ratio, its interval and p."""
    coefficients = tuple(
        Coefficient(term, math.log(ratio), 0.1, 1.0, p, math.log(low), math.log(high), ratio, low, high)
        for term, ratio, low, high, p in rows
    )
    return Regression(" + ".join(row[0] for row in rows), "stratum", True, "nonrobust", 551, coefficients)


def contrast(model: str, other: str, ratio: float, p: float, p_holm: float | None) -> ModelContrast:
    row = regression((f"{model} - {other}", ratio, ratio / 1.5, ratio * 1.5, p)).rows[0]
    return ModelContrast(model, other, row, MarginalEffect("", 12.34, 4.0, p, -4.56, 20.0), p_holm)


def comparison(*contrasts: ModelContrast) -> ModelComparison:
    return ModelComparison("cluster-annotator-record", 5, 551, (), contrasts, ())


THREE = regression(*((model, 1.5, 1.1, 2.0, 0.01) for model in MODELS))


def test_a_difference_that_is_told_and_two_that_are_not() -> None:
    found = comparison(
        contrast("best", "base", 1.87, 0.01, 0.03),
        contrast("last", "base", 1.5, 0.04, 0.08),
        contrast("last", "best", 0.8, 0.4, 0.4),
    )
    told, untold = model_findings(found, THREE)
    assert str(told) == (
        "Of pairs that only one of best and base finds similar, experts link those of best more often: the odds of a "
        "link are 1.9 times those of base."
    )
    assert [span.text for span in told.spans if span.strong] == ["best", "base", "1.9 times"]
    assert told.evidence == (
        "best against base: odds ratio 1.87 (95 % interval 1.25 to 2.81), p = 0.030 after Holm (p = 0.010 alone); 12.3 "
        "percentage points (−4.6 to 20.0), n = 551.",
    )
    assert str(untold) == ("Between last and base and between last and best no difference can be told from chance.")
    assert len(untold.evidence) == 2
    assert basis_words(found) == (
        "One logistic regression of a link on what every model finds, with errors that allow for annotators and "
        "records; p after Holm’s method for 3 differences:"
    )


def test_the_model_with_more_links_is_named_first() -> None:
    (found,) = model_findings(comparison(contrast("best", "base", 0.5, 0.001, 0.001)), THREE)
    assert "link those of base more often: the odds of a link are 2.0 times those of best." in str(found)


def test_one_model_is_set_against_pairs_that_it_does_not_find() -> None:
    def of(ratio: float, p: float) -> str:
        return " ".join(map(str, model_findings(comparison(), regression(("only", ratio, 1.1, 2.0, p)))))

    assert of(1.8, 0.01) == (
        "Pairs that only finds similar are linked more often by experts than pairs that it does not: the odds of a "
        "link are 1.8 times as high."
    )
    assert of(1.8, 0.06) == "For only no effect can be told from chance."


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(1.775, "1.8"), (1.04, "1.04"), (12.3, "12"), (0.0123, "0.012"), (0.996, "0.996"), (150, "150")],
)
def test_ratios_in_words(ratio: float, words: str) -> None:
    assert odds_ratio_words(ratio) == words


# --- From data -----------------------------------------------------------------------------------


def followed_differently(seed: int) -> AnnotationFrame:
    """Six people of whom each follows the models in an own way, models none of which is better."""
    strata = tuple(SimulatedStratum(pattern, 0.1) for pattern in PATTERNS)
    return simulate(SimulatedCampaign(MODELS, strata, 6, 100, 0.1, following_spread=0.8), seed=seed)


def test_the_answer_names_no_model_that_the_quoted_errors_do_not() -> None:
    """By plain errors every second of these campaigns would have a difference."""
    named = plain = 0
    for seed in range(12):
        found = primary_analysis(followed_differently(seed))
        assert found.comparison.covariance == found.recommended.covariance == "cluster-annotator-record"
        significant = [each for each in found.comparison.contrasts if (each.p_holm or 1) < 0.05]
        assert sum("more often" in str(finding) for finding in found.findings) == len(significant)
        named += bool(significant)
        fitted = found.fit.fitted
        z = (fitted.params[2] - fitted.params[1]) / math.sqrt(
            np.array([0, -1, 1, 0]) @ fitted.cov_params() @ np.array([0, -1, 1, 0])
        )
        plain += abs(z) > 1.96
    assert named <= 2
    assert plain >= 4


def test_page_command_and_json_have_the_same_answer() -> None:
    analysis = analyse(followed_differently(1), shuffles=19)
    document = analysis_document(analysis)
    assert document["answer"] == [str(finding) for finding in analysis.findings]
    assert document["recommended"]["covariance"] == document["model_comparison"]["covariance"]
    assert document["primary_regression"]["covariance"] == document["recommended"]["covariance"]
    assert all(
        f"{each['p_holm']:.3f} after Holm" in " ".join(document["evidence"])
        for each in document["model_comparison"]["contrasts"]
    )
    quoted = [fit for fit in analysis.shown("stratum") if fit.intercept]
    assert [fit.name for fit in quoted] == ["base + best + last", "base + best", "base + last"]
    assert {fit.covariance for fit in quoted} == {"cluster-annotator-record"}


def test_the_published_table_tells_the_fine_tuned_model_from_the_base() -> None:
    told, untold = primary_analysis(published_frame()).findings
    assert "Of pairs that only one of ft-best and base finds similar, experts link those of ft-best" in str(told)
    assert "1.9 times" in str(told)
    assert str(untold).startswith("Between ft-last and base and between ft-last and ft-best")


def test_models_with_the_same_findings_are_said_and_do_not_hide_the_others() -> None:
    random = np.random.default_rng(3)
    base, best = (random.integers(0, 2, 400).tolist() for _ in "ab")
    linked = (random.random(400) < 0.3 + 0.4 * np.array(best)).astype(int).tolist()
    found = primary_analysis(annotation_frame(linked, {"base": base, "best": best, "last": best}))
    told, twins = found.findings
    assert "experts link those of best more often" in str(told)
    assert str(twins) == (
        "best and last find the same of these pairs similar, so that nothing here can tell them apart."
    )


def test_without_models_that_is_the_answer() -> None:
    analysis = analyse(annotation_frame([1, 0, 1, 0], {}), shuffles=19)
    (finding,) = analysis.findings
    assert str(finding) == "No model’s findings are known of these pairs, so no models can be compared."
    assert analysis.no_modality == "No model's findings are known of these pairs."


def test_pairs_that_were_not_compared_by_image_or_text_alone_have_no_regressions_by_modality() -> None:
    flags = [1, 0, 1, 0, 1, 1]
    analysis = analyse(
        annotation_frame([1, 0, 1, 0, 0, 1], {"base": flags, "best": flags[::-1]}, {("fused", "base"): [1.0] * 6}),
        shuffles=19,
    )
    assert analysis.membership_regressions == ()
    assert analysis.no_modality.startswith("These pairs were compared by fused, and by neither images nor texts alone")
