"""Zero-shot figures, their intervals, and the two small language models that evaluation leans on."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score

from models_ml.evaluation.intervals import mean_interval, paired_accuracy, paired_means
from models_ml.evaluation.language import alike, root_nouns
from models_ml.evaluation.zero_shot import common_nouns, in_subset, majority_share, predict, zero_shot_figures
from models_ml.metrics import candidate_names, distinct_names, zero_shot_correct


def test_predictions_agree_with_a_loop_over_images():
    random = np.random.default_rng(3)
    names = [f"object {number % 9}" for number in range(40)]
    labels = distinct_names(names)
    images, vectors = random.normal(size=(40, 5)), random.normal(size=(len(labels), 5))
    drawn = candidate_names(names, candidates=4, seed=1)
    predicted = predict(images, vectors, drawn)
    for image, candidates, found in zip(images, drawn, predicted, strict=True):
        assert found == max(candidates, key=lambda label: float(image @ vectors[label]))
    assert ((predicted == drawn[:, 0]) == zero_shot_correct(images, vectors, drawn)).all()
    figures = zero_shot_figures(drawn[:, 0], predicted)
    assert figures.precision == precision_score(drawn[:, 0], predicted, average="weighted", zero_division=0)
    assert figures.f1 == f1_score(drawn[:, 0], predicted, average="weighted", zero_division=0)


def test_a_tie_is_not_a_success():
    images, vectors = np.ones((1, 2)), np.ones((3, 2))
    assert predict(images, vectors, np.array([[0, 2, 1]])).tolist() == [2]


def test_subsets():
    names = ["Loom model", "Lamp", "Specimen", "Samples"] * 100
    assert {names[index] for index in in_subset(names, "filter", seed=0)} == {"Lamp", "Samples"}
    sample = in_subset(names, "sample", seed=0)
    assert len(set(sample)) == 200
    assert sample.tolist() == in_subset(names, "sample", seed=0).tolist() != in_subset(names, "sample", seed=1).tolist()
    assert len(in_subset(names, "all", seed=0)) == 400
    assert majority_share(np.array([1, 1, 2, 3])) == 0.5


def test_intervals_hold_the_mean_and_narrow_with_n():
    random = np.random.default_rng(5)
    few, many = (random.random(size) < 0.6 for size in (40, 4_000))
    widths = []
    for right in (few, many):
        low, high = mean_interval(right.astype(float))
        assert low <= right.mean() <= high
        # The normal interval of a share, to two digits.
        half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / len(right))
        assert (high - low) / 2 == pytest.approx(half, rel=0.15)
        widths.append(high - low)
    assert widths[1] < widths[0] / 5
    assert mean_interval(np.ones(5)) == (1.0, 1.0)


def test_mcnemar_is_the_sign_test_of_the_discordant_records():
    one = np.array([True] * 30 + [False] * 10 + [True] * 20)
    other = np.array([False] * 30 + [True] * 10 + [True] * 20)
    difference = paired_accuracy(one, other)
    assert difference.mean == pytest.approx(20 / 60)
    assert difference.low > 0
    assert difference.p == pytest.approx(binomtest(30, 40).pvalue)
    assert paired_accuracy(one, one).p == 1


def test_random_signs_find_a_shift_and_no_other():
    random = np.random.default_rng(7)
    base = random.normal(size=200)
    assert paired_means(base + 0.5 + 0.1 * random.normal(size=200), base).p == pytest.approx(1 / 2_001)
    assert paired_means(base, base).p == 1


def test_root_nouns_of_catalogue_names():
    nouns = root_nouns(["Wooden loom with two shuttles", "Electric table lamp in brass", "Quickly"])
    assert nouns == ["loom", "lamp", ""]


def test_names_that_mean_the_same_are_alike():
    names = ["Thermionic valve", "Thermionic valves", "Spinning wheel"]
    found = alike(names, threshold=0.9)
    assert found[0, 1]
    assert found[1, 0]
    assert not found[0, 2]
    assert found.diagonal().all()
    assert not alike(names, threshold=0.9999)[0, 1]


def test_common_nouns_come_with_their_records_most_common_first():
    nouns = ["lamp", "", "radio", "lamp", "radio", "loom", "lamp", "valve", "valve"]
    found = common_nouns(nouns, most=3, fewest=2)
    assert [(noun, some.tolist()) for noun, some in found] == [
        ("lamp", [0, 3, 6]),
        ("radio", [2, 4]),
        ("valve", [7, 8]),
    ]
