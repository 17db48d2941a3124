"""Similarities and thresholds equal a naive reference, exactly, whatever the tiles and however many ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linking.sampling import census, similarity, thresholds
from linking.sampling.census import percentile_thresholds
from linking.sampling.similarity import PairSimilarity, VectorGroups, group_vectors
from linking.sampling.thresholds import Window
from linking.sampling.tiles import Engine, Section
from linking.sampling.vector_rows import FiledRows
from tests import linking_reference


@st.composite
def vector_lists(draw, most_records: int = 8):
    """[vectors of record 0, of record 1, ...]: few distinct values, so that there are ties, or random ones."""
    dimension = draw(st.shared(st.integers(1, 9), key="dimension"))
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=most_records))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return [random.integers(-2, 3, (size, dimension)).astype(np.float32) / 2 for size in sizes]
    return [random.normal(size=(size, dimension)).astype(np.float32) for size in sizes]


def grouped(vectors: list[np.ndarray], filed: bool = False) -> VectorGroups:
    records = np.repeat(np.arange(len(vectors)), [len(table) for table in vectors])
    return group_vectors(records, FiledRows(vectors, vectors[0].shape[1]) if filed else np.concatenate(vectors))


def percentile_threshold(sections: list[PairSimilarity], percentile: float, memory: int = 2**26) -> float:
    [threshold] = percentile_thresholds(
        [Section((pairs,)) for pairs in sections], percentile, engine=Engine(memory=memory)
    )
    return threshold


def reference(a: list[np.ndarray], b: list[np.ndarray], aggregate: str) -> dict[tuple[int, int], np.float32]:
    values = {(i, j): linking_reference.similarity(x, y, aggregate) for i, x in enumerate(a) for j, y in enumerate(b)}
    return {pair: value for pair, value in values.items() if value is not None}


aggregates = st.sampled_from(["max", "mean"])
memories = st.sampled_from([1, 500, 5000, 2**26])


@settings(max_examples=150, deadline=None)
@given(vector_lists(), vector_lists(), aggregates, memories, st.booleans())
def test_tiles_hold_every_pair_once_within_the_margin_and_exact_is_the_reference(a, b, aggregate, memory, filed):
    pairs = PairSimilarity(grouped(a, filed), grouped(b, filed), aggregate)
    expected = reference(a, b, aggregate)
    met = {}
    for tile in Engine(memory=memory).sweep([Section((pairs,))] if pairs.size else [], [-np.inf], lambda tile: tile):
        assert len(tile.cells) == tile.size
        rows, columns = tile.groups
        exact = pairs.exact(rows, columns)
        assert np.abs(tile.values[0] - exact.astype(np.float64)).max() <= pairs.margin
        keys = zip(pairs.a.records[rows].tolist(), pairs.b.records[columns].tolist(), strict=True)
        for key, value in zip(keys, exact, strict=True):
            assert key not in met
            met[key] = value
    assert met == expected
    assert len(expected) == pairs.size


@settings(max_examples=150, deadline=None)
@given(vector_lists(), vector_lists(), aggregates, memories, st.floats(0.01, 99.99), st.booleans())
def test_threshold_is_numpys_percentile_of_the_reference(a, b, aggregate, memory, percentile, filed):
    expected = np.array(list(reference(a, b, aggregate).values()), np.float64)
    pairs = [PairSimilarity(grouped(a, filed), grouped(b, filed), aggregate)]
    if not len(expected):
        with pytest.raises(ValueError, match="no pairs"):
            percentile_threshold(pairs, percentile)
        return
    threshold = percentile_threshold(pairs, percentile, memory)
    assert threshold == pytest.approx(np.percentile(expected, percentile), abs=1e-14)
    np.testing.assert_array_equal(expected >= threshold, expected >= np.percentile(expected, percentile))


@pytest.mark.parametrize("memory", [10_000, 2**26])
@pytest.mark.parametrize("percentile", [99, 97.5, 50, 0.5])
def test_threshold_of_many_pairs_starts_from_a_guess_and_is_exact(monkeypatch, memory, percentile):
    monkeypatch.setattr(thresholds, "SAMPLED_GROUPS", 20)
    random = np.random.default_rng(5)
    a, b = (group_vectors(np.arange(n) // 2, random.normal(size=(n, 6)).astype(np.float32)) for n in (300, 200))
    pairs = PairSimilarity(a, b, "max")
    rows, columns = np.divmod(np.arange(pairs.size), len(b))
    values = pairs.exact(rows, columns).astype(np.float64)
    sections = [PairSimilarity(a.take(chosen), b, "max") for chosen in (np.arange(150) < 40, np.arange(150) >= 40)]
    assert percentile_threshold(sections, percentile, memory) == np.percentile(values, percentile)


def test_a_wrong_guess_costs_a_pass_and_not_the_answer(monkeypatch):
    monkeypatch.setattr(census, "guess_windows", lambda *_: [Window.around(0.9, 0.95)])
    vectors = np.eye(4, dtype=np.float32)[np.arange(40) % 4]
    pairs = PairSimilarity(group_vectors(np.arange(40), vectors), group_vectors(np.arange(40), vectors), "max")
    assert percentile_threshold([pairs], 50) == 0
    assert percentile_threshold([pairs], 99) == 1


def test_thousands_of_records_with_the_same_words_tie_at_the_threshold():
    vectors = np.zeros((200, 3), np.float32)
    vectors[:, 0] = 1
    vectors[:20] = [0, 1, 0]
    side = group_vectors(np.arange(200), vectors)
    pairs = PairSimilarity(side, side, "mean")
    assert percentile_threshold([pairs], 99, 1000) == 1
    assert pairs.exact(*np.divmod(np.arange(pairs.size), 200)).sum() == 180 * 180 + 20 * 20


def test_zero_vectors_are_similar_to_nothing_and_do_not_disturb():
    zero = group_vectors(np.arange(3), np.zeros((3, 2), np.float32))
    assert percentile_threshold([PairSimilarity(zero, zero, "max")], 99) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="NaN or infinity"):
        group_vectors(np.arange(2), np.array([[1, 0], [bad, 1]], np.float32))


def test_a_record_whose_rows_lie_apart_is_refused():
    with pytest.raises(ValueError, match="consecutive"):
        group_vectors(np.array([1, 2, 1]), np.eye(3, dtype=np.float32))


def test_a_record_with_very_many_images_stays_within_bounds(monkeypatch):
    monkeypatch.setattr(similarity, "EXACT_BYTES", 2048)
    random = np.random.default_rng(0)
    left, right = (random.normal(size=(count, 4)).astype(np.float32) for count in (500, 300))
    a, b = (group_vectors(np.zeros(len(side), np.int64), side) for side in (left, right))
    pairs = PairSimilarity(a, b, "max")
    expected = np.float32((left.astype(np.float64) @ right.astype(np.float64).T).max())
    assert pairs.exact(np.array([0]), np.array([0])) == [expected]
    tiles = Engine(memory=1).sweep([Section((pairs,))], [-np.inf], lambda tile: tile.size)
    assert sum(tiles) == 1
