"""A record's vector is the middle of its pictures and its texts, whatever their numbers, and only of both."""

import numpy as np

from linking.sampling.similarity import group_vectors
from linking.sampling.variants.pooling import compared_vectors, pooled

ALONG, ACROSS, UP = np.eye(3, dtype=np.float32)


def groups(*records):
    """records: (place, vectors) each."""
    places = np.repeat([place for place, _ in records], [len(vectors) for _, vectors in records])
    return group_vectors(places, np.array([vector for _, vectors in records for vector in vectors], np.float32))


def rows(found):
    return found.rows.gather(np.arange(len(found)))


def test_many_sentences_weigh_no_more_than_one_picture():
    found = pooled(groups((0, [ALONG])), groups((0, [ACROSS] * 9)))
    np.testing.assert_allclose(rows(found), [(ALONG + ACROSS) / np.sqrt(2)], atol=1e-7)


def test_only_records_with_pictures_and_texts_have_one():
    found = pooled(groups((0, [ALONG]), (2, [UP]), (5, [ALONG])), groups((1, [UP]), (2, [UP]), (5, [ACROSS])))
    assert found.records.tolist() == [2, 5]
    np.testing.assert_allclose(rows(found), [UP, (ALONG + ACROSS) / np.sqrt(2)], atol=1e-7)


def test_what_cancels_itself_says_nothing():
    assert not rows(pooled(groups((0, [ALONG])), groups((0, [-ALONG])))).any()


def test_a_row_is_the_same_whatever_it_is_gathered_with():
    random = np.random.default_rng(0)
    images, texts = (groups(*[(n, random.normal(size=(1 + n % 4, 7))) for n in range(50)]) for _ in range(2))
    found = pooled(images, texts)
    together = rows(found)
    for place in (49, 3, 3, 0):
        assert np.array_equal(found.rows.gather(np.array([place]))[0], together[place])
    assert (np.linalg.norm(together.astype(np.float64), axis=1) <= found.rows.longest).all()


def test_other_vectors_stay_as_they_are():
    sides = {"image": groups((0, [ALONG])), "text": groups((0, [ACROSS, UP]))}
    assert compared_vectors(sides.__getitem__, "text") is sides["text"]
    assert len(compared_vectors(sides.__getitem__, "record")) == 1
