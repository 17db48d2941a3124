"""The simulated annotators follow the process that is written down for them."""

from collections import Counter

import pytest

from annotation.demonstration.simulated_annotators import (
    CONFUSION,
    LABELS,
    SIMULATED_ANNOTATORS,
    SimulatedAnnotator,
    reflection,
    simulated_answer,
)
from annotation.links.consensus import median_label
from annotation.vocabulary import Label


def answers(truth: str, annotator: SimulatedAnnotator, count: int = 4000) -> Counter[str]:
    return Counter(simulated_answer(truth, annotator, pair=str(pair), seed=1).label for pair in range(count))


def test_labels_are_those_of_the_campaigns() -> None:
    assert list(LABELS) == Label.values


def test_rows_are_probabilities_and_the_truth_is_likeliest() -> None:
    assert set(CONFUSION) == set(LABELS)
    for truth, row in CONFUSION.items():
        assert sum(row) == pytest.approx(1)
        assert max(row) == row[LABELS.index(truth)]


@pytest.mark.parametrize("truth", LABELS)
def test_answers_follow_the_confusion(truth: str) -> None:
    plain = SimulatedAnnotator("plain", leaning=0.0, slip=0.0, seconds=5)
    counts = answers(truth, plain)
    for label, probability in zip(LABELS, CONFUSION[truth], strict=True):
        assert counts[label] / 4000 == pytest.approx(probability, abs=0.03)


def test_leaning_moves_answers() -> None:
    keen, strict = (SimulatedAnnotator("x", leaning=leaning, slip=0.0, seconds=5) for leaning in (0.3, -0.3))
    assert answers("similar_object", keen)["same_object"] > answers("similar_object", strict)["same_object"] + 600
    assert answers("similar_object", strict)["same_category"] > answers("similar_object", keen)["same_category"] + 600


@pytest.mark.parametrize(
    ("truth", "neighbours"),
    [
        ("same_object", {"similar_object"}),
        ("similar_object", {"same_object", "same_category"}),
        ("same_category", {"similar_object", "unrelated"}),
        ("unrelated", {"same_category"}),
    ],
)
def test_a_slip_goes_to_a_neighbouring_label(truth: str, neighbours: set[str]) -> None:
    absent = SimulatedAnnotator("x", leaning=0.0, slip=1.0, seconds=5)
    counts = answers(truth, absent)
    assert set(counts) == neighbours
    assert min(counts.values()) / 4000 == pytest.approx(1 / len(neighbours), abs=0.03)


@pytest.mark.parametrize("annotator", SIMULATED_ANNOTATORS, ids=lambda annotator: annotator.username)
def test_nobody_takes_unrelated_things_for_the_same_object(annotator: SimulatedAnnotator) -> None:
    assert answers("unrelated", annotator)["same_object"] == 0
    assert answers("same_object", annotator)["unrelated"] == 0


@pytest.mark.parametrize("truth", ["same_category", "unrelated"])
def test_most_of_them_never_take_two_kinds_of_thing_for_the_same_object(truth: str) -> None:
    for pair in range(4000):
        said = [simulated_answer(truth, each, pair=str(pair), seed=1).label for each in SIMULATED_ANNOTATORS]
        assert median_label(said) != "same_object"


def test_the_same_pair_gets_the_same_answer_from_the_same_annotator() -> None:
    for annotator in SIMULATED_ANNOTATORS:
        first = simulated_answer("similar_object", annotator, pair="a b", seed=0)
        assert first == simulated_answer("similar_object", annotator, pair="a b", seed=0)
        assert first.seconds > 0


def test_they_say_that_they_are_programs() -> None:
    for annotator in SIMULATED_ANNOTATORS:
        assert annotator.username.startswith("simulated")
        assert reflection(annotator).startswith("Simulated: I am a program")
