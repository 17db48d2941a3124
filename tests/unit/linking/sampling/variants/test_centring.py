"""What remains of a vector without its collection's mean has length 1, or is nothing."""

import numpy as np
import pytest

from linking.sampling.similarity import group_vectors
from linking.sampling.variants import centring
from linking.sampling.variants.centring import CentredVectors, centred
from models_ml.vectors.house_style import shrunk_means


@pytest.mark.parametrize("at_once", [3, 4096])
def test_what_remains_has_length_one(monkeypatch, at_once):
    monkeypatch.setattr(centring, "ROWS_AT_ONCE", at_once)
    random = np.random.default_rng(0)
    records = np.sort(random.integers(0, 20, 50))
    vectors = random.normal(size=(50, 6)).astype(np.float32) + 3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    collections = np.repeat([0, 1, 2], [5, 14, 1])
    found = centred(group_vectors(records, vectors), collections)
    rows = found.rows.gather(np.arange(50))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert np.linalg.norm(rows, axis=1).max() <= found.rows.longest
    means = np.array([vectors[collections[records] == each].mean(axis=0, dtype=np.float64) for each in range(3)])
    counts = [len(set(records[collections[records] == each].tolist())) for each in range(3)]
    expected = vectors - shrunk_means(means, np.array(counts))[collections[records]]
    np.testing.assert_allclose(rows, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


def test_identical_vectors_leave_nothing_rather_than_rounding():
    vectors = np.full((8, 3), 1 / np.sqrt(3), np.float32)
    found = centred(group_vectors(np.arange(8), vectors), np.repeat([0, 1], 4))
    assert not found.rows.gather(np.arange(8)).any()
    assert found.rows.longest == 0


def test_a_vector_that_says_nothing_goes_on_saying_nothing():
    vectors = np.array([[0, 1], [0, 0], [0.6, 0.8], [0, 1]], np.float32)
    found = centred(group_vectors(np.arange(4), vectors), np.repeat([0, 1], 2)).rows.gather(np.arange(4))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 0, 1, 1], atol=1e-6)


def test_vectors_are_centred_once_by_model_and_modality():
    asked = []

    def source(model, modality):
        asked.append((model, modality))
        return group_vectors(np.arange(4), np.eye(4, dtype=np.float32))

    vectors = CentredVectors(source, np.repeat([0, 1], 2))
    assert vectors("base", "image") is vectors("base", "image")
    assert asked == [("base", "image")]
