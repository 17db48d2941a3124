"""Comparisons are standardised by a fixed sample, and a comparison that tells nothing adds nothing."""

import numpy as np
import pytest

from linking.sampling.similarity import PairSimilarity, group_vectors
from linking.sampling.tiles import Section
from linking.sampling.variants import fusing
from linking.sampling.variants.fusing import fused


def section_of(a, b, aggregate="max", offset=(0, 100)):
    sides = [
        group_vectors(np.arange(len(side)) + place, side.astype(np.float32))
        for side, place in zip((a, b), offset, strict=True)
    ]
    return Section((PairSimilarity(*sides, aggregate),))


def all_values(section):
    [pairs] = section.models
    return pairs.exact(*np.divmod(np.arange(pairs.size), len(pairs.b)))


def test_one_comparison_alone_has_mean_nought_and_deviation_one():
    random = np.random.default_rng(0)
    section = section_of(random.normal(size=(30, 5)), random.normal(size=(20, 5)))
    [[found]] = fused([[section]], np.arange(200, dtype=np.uint64))
    assert all_values(found).mean() == pytest.approx(0, abs=1e-6)
    assert all_values(found).std() == pytest.approx(1, abs=1e-6)


def test_only_records_with_the_least_keys_decide_the_scale(monkeypatch):
    monkeypatch.setattr(fusing, "SAMPLED", 4)
    random = np.random.default_rng(1)
    section = section_of(random.normal(size=(30, 5)), random.normal(size=(20, 5)))
    keys = np.arange(200, dtype=np.uint64)[::-1].copy()
    [[found]] = fused([[section]], keys)
    sampled = section.take(np.arange(26, 30), np.arange(16, 20))
    values = all_values(sampled).astype(np.float64)
    expected = (all_values(section) - values.mean()) / values.std()
    np.testing.assert_allclose(all_values(found), expected, rtol=1e-5, atol=1e-5)


def test_a_comparison_by_which_all_pairs_are_alike_adds_nothing():
    random = np.random.default_rng(2)
    telling = section_of(random.normal(size=(9, 5)), random.normal(size=(7, 5)))
    same = section_of(np.full((9, 3), 0.3), np.full((7, 3), 0.7), "mean")
    keys = np.arange(200, dtype=np.uint64)
    [[alone]], [[both]] = fused([[telling]], keys), fused([[telling], [same]], keys)
    np.testing.assert_array_equal(all_values(alone), all_values(both))


def test_records_are_fused_by_what_both_have():
    random = np.random.default_rng(3)
    images = section_of(random.normal(size=(6, 5)), random.normal(size=(5, 5)))
    texts = section_of(random.normal(size=(4, 5)), random.normal(size=(7, 5)), "mean", offset=(4, 103))
    [sections] = fused([[images], [texts]], np.arange(200, dtype=np.uint64))
    parts = {
        (int(a), int(b)): len(section.models[0].parts) for section in sections for a in section.a for b in section.b
    }
    with_images = {(a, b) for a in range(6) for b in range(100, 105)}
    with_texts = {(a, b) for a in range(4, 8) for b in range(103, 110)}
    assert parts == {pair: (pair in with_images) + (pair in with_texts) for pair in with_images | with_texts}
    assert sum(section.size for section in sections) == len(parts)
