"""Agreement beyond chance against published figures, and confusion counted by hand."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from annotation.analysis.agreement.coefficients import (
    agreement_coefficients,
    answer_counts,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement_of,
)
from annotation.analysis.agreement.confusion import confusion
from annotation.analysis.agreement.percent import percent_agreement
from annotation.analysis.annotation_frame import GOLD, AnnotationFrame
from tests.unit.annotation.analysis.test_distribution import answers

# Twelve units, four raters, five categories, with answers missing: Gwet, "Handbook of Inter-Rater Reliability" (4th
# edition, 2014), table 2.10, after Krippendorff. R's irrCAC prints the coefficients below.
RATINGS = [
    "1112",
    "2232",
    "3333",
    "3333",
    "2222",
    "1234",
    "4444",
    "1121",
    "2222",
    "555",
    "11",
    "3",
]
RATINGS[0] = "111"
COUNTS = np.array([[unit.count(str(category)) for category in range(1, 6)] for unit in RATINGS])


@pytest.mark.parametrize(
    ("coefficient", "published"),
    [
        (percent_agreement_of, 0.81818),
        (fleiss_kappa, 0.76117),
        (gwet_ac1, 0.77544),
        (lambda counts: krippendorff_alpha(counts, level="nominal"), 0.74342),
        (lambda counts: krippendorff_alpha(counts, level="ordinal"), 0.815),
    ],
)
def test_coefficients_are_those_published(coefficient: object, published: float) -> None:
    assert coefficient(COUNTS) == pytest.approx(published, abs=1e-3 if published == 0.815 else 6e-6)  # type: ignore[operator]


def test_fleiss_with_equal_numbers_is_that_of_statsmodels() -> None:
    counts = np.random.default_rng(1).multinomial(5, [0.4, 0.3, 0.2, 0.1], size=60)
    assert fleiss_kappa(counts) == pytest.approx(fleiss_of_statsmodels(counts))


def panel(pairs: int, people: int, right: float, seed: int = 0) -> AnnotationFrame:
    """All people answer all pairs; each is right with that probability and else takes any of four labels."""
    random = np.random.default_rng(seed)
    labels = ("same_object", "similar_object", "same_category", "unrelated")
    rows = []
    for pair in range(pairs):
        truth = labels[random.integers(4)]
        for person in range(people):
            label = truth if random.random() < right else labels[random.integers(4)]
            rows.append((f"person-{person}", pair, label, 1, 1))
    return answers(*rows)


def test_chance_corrected_agreement_is_the_share_that_know() -> None:
    """If each knows the label with probability r and else guesses evenly, agreement beyond chance is r squared."""
    found = agreement_coefficients(panel(1_500, 4, 0.8), seed=1)
    for each in found:
        if each.of == "label" and each.name in ("Krippendorff's alpha, nominal", "Fleiss' kappa", "Gwet's AC1"):
            assert each.value == pytest.approx(0.64, abs=0.03)
            assert each.low < 0.64 < each.high  # type: ignore[operator]
            assert each.high - each.low < 0.06  # type: ignore[operator]


def test_intervals_are_those_of_the_seed_and_cover() -> None:
    data = panel(40, 3, 0.8)
    assert agreement_coefficients(data, seed=1) == agreement_coefficients(data, seed=1)
    assert agreement_coefficients(data, seed=1) != agreement_coefficients(data, seed=2)
    covered = []
    for seed in range(40):
        found = agreement_coefficients(panel(60, 3, 0.8, seed=seed), seed=0)
        (alpha,) = [each for each in found if each.of == "label" and each.name == "Krippendorff's alpha, nominal"]
        covered.append(alpha.low < 0.64 < alpha.high)  # type: ignore[operator]
    assert sum(covered) >= 34  # 95 % of 40 is 38, with a standard deviation of 1.4


def test_percent_agreement_is_the_dashboards() -> None:
    data = panel(30, 3, 0.7)
    dashboard = percent_agreement(data)
    by_of = {each.of: each.value for each in agreement_coefficients(data, seed=0) if each.name == "percent agreement"}
    assert by_of == pytest.approx({"label": dashboard.same_label, "linked": dashboard.same_outcome})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (answers(), "No pair has been answered by more than one person."),
        (answers(("ann", 1, "unrelated", 1, 1)), "Only one person has answered."),
        (
            answers(("ann", 1, "unrelated", 1, 1), ("bob", 2, "unrelated", 1, 1)),
            "No pair has been answered by more than one person.",
        ),
    ],
)
def test_without_overlap_nothing_is_estimable(data: AnnotationFrame, reason: str) -> None:
    found = agreement_coefficients(data, seed=0)
    assert {each.reason for each in found} == {reason}
    assert {each.value for each in found} == {None}


def test_all_answers_the_same_leave_nothing_to_tell_from_chance() -> None:
    found = agreement_coefficients(panel(10, 2, 1.0), seed=0)
    assert all(each.value is not None for each in found)
    same = answers(*((person, pair, "unrelated", 1, 1) for pair in range(5) for person in ("ann", "bob")))
    by_name = {each.name: each for each in agreement_coefficients(same, seed=0) if each.of == "label"}
    assert by_name["percent agreement"].value == 1
    assert by_name["Gwet's AC1"].value == 1
    for name in ("Krippendorff's alpha, nominal", "Krippendorff's alpha, ordinal", "Fleiss' kappa"):
        assert by_name[name].value is None
        assert by_name[name].reason == "All answers are the same: nothing can be told from chance."


def test_empty_and_strange_answers_do_not_count() -> None:
    data = answers(
        ("ann", 1, "unrelated", 1, 1), ("bob", 1, "", 1, 1), ("ann", 2, "replica", 1, 1), ("bob", 2, "unrelated", 1, 1)
    )
    assert len(answer_counts(data, "label")) == 0


def test_confusion_between_people() -> None:
    found = confusion(
        answers(
            ("ann", 1, "same_object", 1, 1),
            ("bob", 1, "similar_object", 1, 1),
            ("cat", 1, "similar_object", 1, 1),
            ("ann", 2, "unrelated", 1, 1),
            ("bob", 2, "unrelated", 1, 1),
            ("ann", 3, "unrelated", 1, 1),
        )
    )
    between = pd.DataFrame(found.between, index=found.labels, columns=found.labels)
    assert between.loc["same_object", "similar_object"] == between.loc["similar_object", "same_object"] == 2
    assert between.loc["similar_object", "similar_object"] == 2
    assert between.loc["unrelated", "unrelated"] == 2
    assert between.to_numpy().sum() == 8
    ann_bob = found.people[0]
    assert (ann_bob.one, ann_bob.other, ann_bob.n) == ("ann", "bob", 2)
    assert (ann_bob.same_label, ann_bob.same_outcome) == (0.5, 1.0)
    assert found.gold_reason == "No right labels are known."


def test_against_gold() -> None:
    data = answers(
        ("ann", 1, "same_object", 1, 1),
        ("ann", 2, "unrelated", 1, 1),
        ("bob", 1, "unrelated", 1, 1),
        ("bob", 3, "same_category", 1, 1),
    )
    data.frame[GOLD] = ["same_object", "unrelated", "same_object", ""]
    found = confusion(data)
    everyone, ann, bob = found.against_gold
    assert (everyone.annotator, everyone.n, everyone.correct) == ("all annotators", 3, pytest.approx(2 / 3))
    assert (ann.correct, ann.found, ann.kept_apart) == (1.0, 1.0, 1.0)
    assert (bob.correct, bob.found, bob.kept_apart) == (0.0, 0.0, None)
    assert found.gold[0][0] == 1
    assert found.gold[0][3] == 1
