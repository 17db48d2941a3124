"""One vector for each record: batches are put together, styles taken off, pictures and words to equal parts."""

from types import SimpleNamespace

import numpy as np
import pytest

from models_ml.maps.record_vectors import combine, sum_by_record, without_styles
from models_ml.vectors.house_style import SHRINKAGE

random = np.random.default_rng(2)
IDS = np.repeat([3, 5, 9, 12], [2, 1, 4, 2])
VECTORS = random.normal(size=(9, 5)).astype(np.float32)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_a_record_may_go_on_in_the_next_batch(size: int) -> None:
    batches = [
        SimpleNamespace(record_ids=IDS[start : start + size], vectors=VECTORS[start : start + size])
        for start in range(0, 9, size)
    ]
    summed = sum_by_record([*batches, SimpleNamespace(record_ids=IDS[:0], vectors=VECTORS[:0])], 5)
    assert summed.record_ids.tolist() == [3, 5, 9, 12]
    assert summed.counts.tolist() == [2, 1, 4, 2]
    np.testing.assert_allclose(summed.sums, [VECTORS[record == IDS].sum(axis=0) for record in (3, 5, 9, 12)], rtol=1e-5)


def test_no_vectors_are_no_records() -> None:
    assert sum_by_record([], 5).sums.shape == (0, 5)
    assert combine([], 5)[1].shape == (0, 5)


def test_two_collections_that_differ_by_their_style_alone_fall_together() -> None:
    things = random.normal(size=(40, 6))
    things -= things.mean(axis=0)
    vectors = np.concatenate([things + np.eye(6)[0] * 5, things]).astype(np.float32)
    summed = sum_by_record([SimpleNamespace(record_ids=np.arange(80), vectors=vectors)], 6)
    of = np.repeat([0, 1], 40)
    apart = without_styles(summed, of, by_collection=False)
    together = without_styles(summed, of, by_collection=True)

    def unlike(found: np.ndarray) -> float:
        return float(np.linalg.norm(found[:40] - found[40:], axis=1).mean())

    assert SHRINKAGE < 40  # or the style would mostly stay
    assert unlike(together) < 0.4 * unlike(apart)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)


def test_pictures_and_words_count_the_same_and_either_is_enough() -> None:
    pictures = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    words = np.array([[0, 0, 1], [1, 0, 0]], np.float32)
    records, vectors = combine([(np.array([1, 2]), pictures), (np.array([2, 7]), words)], 3)
    assert records.tolist() == [1, 2, 7]
    np.testing.assert_allclose(vectors, [[1, 0, 0], [0, 0.5**0.5, 0.5**0.5], [1, 0, 0]], atol=1e-6)


def test_a_record_of_which_nothing_remains_is_left_out() -> None:
    opposite = np.array([[1, 0], [0, 1]], np.float32)
    records, _ = combine([(np.array([1, 2]), opposite), (np.array([1]), -opposite[:1])], 2)
    assert records.tolist() == [2]
