"""Records near to a text are found by their images and by their texts apart."""

import numpy as np

from linking.sampling.keywords import nearest_to_any
from linking.sampling.similarity import group_vectors


def side(rows: list[tuple[int, list[float]]]):
    return group_vectors(np.array([record for record, _ in rows]), np.array([row for _, row in rows], np.float32))


IMAGES = side([(0, [0.1, 0]), (1, [0.3, 0]), (1, [0, 0.2]), (3, [0.2, 0.1])])
TEXTS = side([(0, [0.9, 0]), (2, [0.8, 0]), (3, [0.7, 0])])


def near(queries, nearest, modalities=(IMAGES, TEXTS)):
    return np.flatnonzero(
        nearest_to_any(np.array(queries, np.float32), modalities, records=5, nearest=nearest)
    ).tolist()


def test_the_best_of_images_and_the_best_of_texts_come_first():
    assert near([[1, 0]], 2) == [0, 1]  # first by text, and first by image though its cosine is far lower


def test_of_equal_ranks_the_earlier_record_comes_first():
    assert near([[1, 0]], 1) == [0]
    assert near([[1, 0]], 3) == [0, 1, 2]


def test_a_record_counts_with_its_best_image():
    assert near([[0, 1]], 1, (IMAGES,)) == [1]


def test_several_texts_each_have_their_own_nearest():
    assert near([[1, 0], [0, 1]], 1, (IMAGES,)) == [1]
    assert near([[1, 0], [-1, 0]], 1, (TEXTS,)) == [0, 3]


def test_records_with_nothing_to_compare_are_never_near():
    assert near([[1, 0]], 100) == [0, 1, 2, 3]
    assert near([[1, 0]], 100, (side([(4, [1, 0])]),)) == [4]
