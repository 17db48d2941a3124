"""Scores of pairs by the answers to pairs of similar records, against the formula written out pair by pair."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from annotation.analysis import pairwise_ridge
from annotation.analysis.pairwise_ridge import PENALTY, WIDTH, PairRecords, fit_pairwise_ridge, held_out_scores


def unit(random: np.random.Generator, *shape: int) -> np.ndarray:
    vectors = random.normal(size=shape)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def pairs(seed: int = 0, n: int = 60, a: int = 15, b: int = 9) -> tuple[PairRecords, np.ndarray]:
    """Some pairs are there twice, with two answers."""
    random = np.random.default_rng(seed)
    records = PairRecords(unit(random, a, 5), unit(random, b, 5), random.integers(0, a, n), random.integers(0, b, n))
    return records, random.choice([0, 0.5, 0.75, 1], n)


def naive_kernel(one: PairRecords, other: PairRecords) -> np.ndarray:
    kernel = np.empty((len(one), len(other)))
    for i in range(len(one)):
        for j in range(len(other)):
            alike_a = np.exp((one.a[one.of_a[i]] @ other.a[other.of_a[j]] - 1) / WIDTH)
            alike_b = np.exp((one.b[one.of_b[i]] @ other.b[other.of_b[j]] - 1) / WIDTH)
            kernel[i, j] = 1 + alike_a * alike_b
    return kernel


def naive_scores(learnt: PairRecords, closeness: np.ndarray, asked: PairRecords) -> np.ndarray:
    shifted = naive_kernel(learnt, learnt) + PENALTY * np.eye(len(learnt))
    return naive_kernel(asked, learnt) @ np.linalg.solve(shifted, 2 * closeness - 1)


@pytest.mark.parametrize("n", [4, 200])  # one pair at a time, and all of the records' pairs in one product
def test_scores_are_those_of_the_formula(n: int) -> None:
    learnt, linked = pairs()
    asked, _ = pairs(seed=1, n=n)
    found = fit_pairwise_ridge(learnt, linked, seed=0).of(asked)
    assert found == pytest.approx(naive_scores(learnt, linked, asked))


def test_held_out_scores_know_nothing_of_their_own_fold() -> None:
    records, linked = pairs()
    of = np.arange(len(records)) % 3
    folds = [(np.flatnonzero(of != fold), np.flatnonzero(of == fold)) for fold in range(3)]
    found = held_out_scores(records, linked, folds, seed=0)
    for others, own in folds:
        assert found[own] == pytest.approx(naive_scores(records.take(others), linked[others], records.take(own)))


def test_of_too_many_answers_the_same_ones_are_learnt_from_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    records, linked = pairs()
    monkeypatch.setattr(pairwise_ridge, "MOST_LEARNT", 40)
    once, again, other = (fit_pairwise_ridge(records, linked, seed=seed) for seed in (3, 3, 4))
    assert (once.of(records) == again.of(records)).all()
    assert not np.allclose(once.of(records), other.of(records))
    assert once.weights.nnz <= 40


def test_kinds_that_belong_together_are_learnt_where_no_similarity_tells_them() -> None:
    """Of 8 kinds on either side, kind k of A goes with kind k of B, whose vectors have nothing in common."""
    random = np.random.default_rng(5)
    centres = unit(random, 2, 8, 20)
    kinds = random.integers(0, 8, (2, 120))
    a, b = (centres[side][kinds[side]] + 0.1 * random.normal(size=(120, 20)) for side in (0, 1))
    a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    every = PairRecords(a, b, *np.divmod(np.arange(120 * 120), 120))
    linked = (kinds[0][every.of_a] == kinds[1][every.of_b]).astype(int)
    answered = random.choice(len(every), 600, replace=False)
    scores = fit_pairwise_ridge(every.take(answered), linked[answered], seed=0).of(every)
    unseen = np.setdiff1d(np.arange(len(every)), answered)
    assert roc_auc_score(linked[unseen], scores[unseen]) > 0.95
    assert abs(roc_auc_score(linked, (a[every.of_a] * b[every.of_b]).sum(axis=1)) - 0.5) < 0.2
