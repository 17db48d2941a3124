"""Zero-shot accuracy on vectors whose answer is known."""

import numpy as np
import pytest

from models_ml.metrics import (
    candidate_names,
    distinct_names,
    mean_reciprocal_rank,
    recall_at,
    zero_shot_accuracy,
    zero_shot_correct,
)

NAMES = ["Lamp", "Loom", "lamp ", "Radio", "Meter", "Bobbin", "Clock"]


def test_names_that_differ_in_case_only_are_one() -> None:
    assert distinct_names(NAMES) == ["Bobbin", "Clock", "Lamp", "Loom", "Meter", "Radio"]


@pytest.mark.parametrize("count", [2, 5, 6])
def test_candidates_are_the_own_name_and_distinct_others(count: int) -> None:
    candidates = candidate_names(NAMES, candidates=count, seed=3)
    distinct = distinct_names(NAMES)
    assert candidates.shape == (7, count)
    for name, row in zip(NAMES, candidates, strict=True):
        assert distinct[row[0]].casefold() == name.strip().casefold()
        assert len(set(row)) == count


def test_candidates_follow_from_the_seed() -> None:
    first = candidate_names(NAMES, candidates=4, seed=1)
    assert (first == candidate_names(NAMES, candidates=4, seed=1)).all()
    assert (first != candidate_names(NAMES, candidates=4, seed=2)).any()


def test_every_other_name_can_be_drawn() -> None:
    drawn = np.concatenate([candidate_names(NAMES, candidates=2, seed=seed)[:, 1] for seed in range(60)])
    assert set(drawn) == set(range(6))


def test_too_few_names_are_refused() -> None:
    with pytest.raises(ValueError, match="7 candidates cannot be drawn from 6"):
        candidate_names(NAMES, candidates=7)


def test_perfect_and_hopeless_images() -> None:
    names = np.eye(3, dtype=np.float32)
    candidates = np.array([[0, 1], [1, 2], [2, 0]])
    assert zero_shot_accuracy(names, names, candidates) == 1.0
    assert zero_shot_accuracy(names[[1, 2, 0]], names, candidates) == 0.0


def test_a_tie_is_wrong() -> None:
    names = np.ones((2, 2), dtype=np.float32)
    assert not zero_shot_correct(names, names, np.array([[0, 1], [1, 0]])).any()


def test_recall_counts_what_ranks_before() -> None:
    documents = np.eye(4, dtype=np.float32)
    query = np.array([[0.9, 0.5, 0.1, 0.0]], dtype=np.float32)
    assert [recall_at(query, documents, np.array([1]), top) for top in (1, 2)] == [0.0, 1.0]


def test_reciprocal_ranks_count_the_own_document_and_what_is_as_near() -> None:
    documents = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    queries = np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=np.float32)
    # ranks: first, second, third (behind its twin and the second document), second (its twin is as near)
    one, two = np.zeros(4, np.int64), np.array([0, 0, 1, 1])
    assert mean_reciprocal_rank(queries, documents, one) == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert mean_reciprocal_rank(queries, documents, two) == pytest.approx((1 + 1 / 2 + 1 / 2 + 1 / 2) / 4)
