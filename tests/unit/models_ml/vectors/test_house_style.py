"""Means shrink by the published formula, and what remains of a vector has length 1, or is nothing."""

import numpy as np

from models_ml.vectors.house_style import SHRINKAGE, shrunk_means, without_style


def test_a_collection_of_as_many_records_as_the_constant_goes_half_of_the_way():
    means = np.array([[1.0, 0.0], [0.0, 1.0]])
    shrunk = shrunk_means(means, np.array([SHRINKAGE, SHRINKAGE]))
    np.testing.assert_allclose(shrunk, [[0.75, 0.25], [0.25, 0.75]])


def test_large_collections_keep_their_means_and_a_single_record_hardly_moves_the_common_one():
    means = np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    shrunk = shrunk_means(means, np.array([10**6, 10**6, 1]))
    np.testing.assert_allclose(shrunk[:2], means[:2], atol=1e-4)
    common = (means[0] + means[1] + means[2] / 11) / (2 + 1 / 11)
    np.testing.assert_allclose(shrunk[2], means[2] / 11 + common * 10 / 11, atol=1e-4)


def test_a_collection_without_vectors_does_not_count():
    shrunk = shrunk_means(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([30, 0]))
    np.testing.assert_allclose(shrunk, [[1, 0], [1, 0]])
    assert not shrunk_means(np.zeros((2, 3)), np.zeros(2)).any()


def test_what_remains_of_a_vector_has_length_one_or_is_nothing():
    style = np.array([0.6, 0.0, 0.0])
    rest = without_style(np.array([0.6, 0.0, 0.8], np.float32), style)
    np.testing.assert_allclose(rest, [0, 0, 1], atol=1e-6)
    assert not without_style(np.array([0.6, 0, 1e-8], np.float32), style).any()
