"""Comparisons, taxonomy terms, annotators, order and time."""

import numpy as np
import pytest

from annotation.analysis.annotation_frame import TERMS, AnnotationFrame
from annotation.analysis.order_and_time import order_and_time
from annotation.analysis.regression.clusters import clusterings
from annotation.analysis.simulation import SimulatedCampaign, SimulatedStratum, simulate
from annotation.analysis.subsets import by_annotator, by_comparison, by_term, interactions
from tests.unit.annotation.analysis.test_regression import annotation_frame

MODELS = ("base", "tuned")


def campaign(annotators: int = 40, pairs_each: int = 60, seed: int = 1) -> AnnotationFrame:
    """The second model works on images (1.2 in log odds) and not on texts."""
    strata = tuple(
        SimulatedStratum(pattern, -0.6 + effect * pattern[1], comparison=comparison)
        for comparison, effect in (("image-image", 1.2), ("text-text", 0.0))
        for pattern in ((1, 1), (0, 1), (1, 0))
    )
    return simulate(SimulatedCampaign(MODELS, strata, annotators, pairs_each, record_spread=0.2), seed=seed)


def test_a_model_that_works_on_images_alone_is_found_to() -> None:
    data = campaign()
    clusters = clusterings(data)[-1]
    images, texts = by_comparison(data, clusters)
    assert (images.name, texts.name) == ("image-image", "text-text")
    assert images.n + texts.n == 2400
    assert images.effects[1].low > 15  # type: ignore[operator]
    assert texts.effects[1].low < 0 < texts.effects[1].high  # type: ignore[operator]
    found = interactions(data, clusters)
    rows = {row.term: row for row in found.rows}
    assert found.reference == "image-image"
    assert set(rows) == {"text-text", "text-text: base", "text-text: tuned"}
    assert rows["text-text: tuned"].coefficient.coef == pytest.approx(-1.15, abs=0.4)
    assert rows["text-text: tuned"].p_adjusted < 0.01  # type: ignore[operator]
    assert rows["text-text: base"].p_adjusted > 0.01  # type: ignore[operator]


def test_one_comparison_has_no_interactions_and_says_so() -> None:
    data = annotation_frame([1, 0] * 20, {"base": [1, 1, 0, 0] * 10}, {("image-image", "base"): [1.0] * 40})
    found = interactions(data, None)
    assert found.rows == ()
    assert found.warnings == ("Comparisons can be set against each other only where there are two.",)


def test_a_term_whose_pairs_are_linked_more_often() -> None:
    data = campaign()
    random = np.random.default_rng(0)
    radio = (data.frame["linked"] == 1) & (random.random(2400) < 0.5)
    data.frame[TERMS] = [
        ("radio", "telephony") if is_radio else (("valve",) if other else ())
        for is_radio, other in zip(radio, random.random(2400) < 0.4, strict=True)
    ]
    found, reason = by_term(data, clusterings(data)[-1])
    assert reason == ""
    terms = {each.term: each for each in found}
    assert terms["radio"].share == 1
    assert terms["radio"].effect.points is None  # no pair with the term is left unlinked
    assert "perfectly separated by radio" in terms["radio"].warnings[0]
    assert terms["valve"].effect.points < 0  # type: ignore[operator]
    data.frame[TERMS] = [()] * 2400
    assert by_term(data, None) == ((), "No taxonomy terms are known of these records.")
    data.frame.loc[0:4, TERMS] = data.frame.loc[0:4, TERMS].apply(lambda _: ("lens",))
    assert by_term(data, None)[1] == "No taxonomy term has 20 answers or more with it and as many without."


def test_annotators_have_effects_of_their_own_where_they_answered_enough() -> None:
    data = campaign(annotators=3, pairs_each=90)
    some = AnnotationFrame(data.models, data.comparisons, data.labels, data.frame.iloc[:190].reset_index(drop=True))
    found, _ = by_annotator(some, clusterings(some)[1])
    assert [each.n for each in found] == [90, 90, 10]
    assert found[0].effects[1].points is not None
    assert found[2].effects[1].points is None
    assert "fewer than 20 answers" in found[2].warnings[0]


def with_time(trend: float, speed_up: float) -> AnnotationFrame:
    """Eight annotators, 200 pairs each: log odds and log seconds change evenly over the order."""
    random = np.random.default_rng(3)
    position = np.tile(np.arange(1, 201), 8)
    linked = (random.random(1600) < 1 / (1 + np.exp(0.5 - trend * position / 100))).astype(int)
    data = annotation_frame(
        linked.tolist(), {"base": [1] * 1600}, annotators=[f"person-{place}" for place in range(8) for _ in range(200)]
    )
    data.frame["position"] = position
    data.frame["seconds"] = np.exp(2 + speed_up * position / 100 + random.normal(0, 0.3, 1600))
    return data


def test_learning_and_fatigue_are_found_over_the_order() -> None:
    found = order_and_time(with_time(trend=0.5, speed_up=-0.2))
    linked, seconds = found.trend.linked, found.trend.seconds
    assert linked.low < 0.5 < linked.high  # type: ignore[operator]
    assert linked.p < 0.05  # type: ignore[operator]
    assert seconds.low < -0.2 < seconds.high  # type: ignore[operator]
    assert seconds.p < 0.001  # type: ignore[operator]
    first, _, last = found.thirds
    assert first.share < last.share
    assert first.median_seconds > last.median_seconds  # type: ignore[operator]
    assert found.trend.warnings == ("The trends' intervals rest on 8 annotators: they may promise too much.",)


def test_no_trend_is_no_trend() -> None:
    found = order_and_time(with_time(trend=0.0, speed_up=0.0)).trend
    assert found.linked.p > 0.05  # type: ignore[operator]
    assert found.seconds.p > 0.05  # type: ignore[operator]


def test_answers_in_an_order_that_is_not_known_have_no_trend() -> None:
    data = with_time(trend=0.5, speed_up=-0.2)
    known = order_and_time(data)
    data.frame.loc[data.frame["annotator"] == "person-3", "position"] = np.nan
    some = order_and_time(data)
    assert some.trend.n == sum(third.n for third in some.thirds) == 1400
    assert "1 of 8 annotators are left out: the order in which they answered is not known." in some.trend.warnings
    assert some.by_annotator == known.by_annotator
    data.frame["position"] = np.nan
    nothing = order_and_time(data)
    assert nothing.trend.warnings == ("The order in which these answers were given is not known.",)
    assert (nothing.trend.linked.coef, nothing.trend.seconds.coef, nothing.thirds) == (None, None, ())
    assert nothing.overall == known.overall


def test_time_is_told_by_label_and_annotator_and_haste_is_said() -> None:
    data = with_time(0.0, 0.0)
    hasty = data.frame["annotator"] == "person-3"
    data.frame.loc[hasty, "seconds"] = 0.8
    found = order_and_time(data)
    assert found.overall is not None
    assert found.overall.n == 1600
    assert {group.group for group in found.by_label} == {"similar_object", "unrelated"}
    assert {group.group: group.median for group in found.by_annotator}["person-3"] == 0.8
    assert found.warnings == (
        "person-3 gave 100 % of 200 answers in less than 1.5 seconds, faster than a pair can be looked at: ask before "
        "relying on them.",
    )


def test_answers_without_a_time_have_none() -> None:
    found = order_and_time(annotation_frame([1, 0, 1, 0], {"base": [1, 1, 0, 0]}))
    assert found.overall is None
    assert found.trend.seconds.coef is None
    assert "Too few answers have a time for a trend." in found.trend.warnings
