"""Similarities in tiles: those of a sampling, whatever the tiles; fused is the sum of standardised ones."""

import numpy as np
import pytest

from heritage.errors import UserError
from linking.evaluation import similarities
from linking.evaluation.similarities import compare_records, read_similarity
from linking.sampling.comparisons import COMPARISONS
from linking.sampling.similarity import group_vectors
from tests.linking_reference import AGGREGATES, similarities_of_kind, similarity, vectors_of

SIDES = np.array([True] * 9 + [False] * 7)
COLLECTIONS = np.where(SIDES, 0, 1)


def drawn_tables(seed):
    """For each modality the vectors of every record: none to four."""
    random = np.random.default_rng(seed)
    tables = {}
    for modality in ("image", "text"):
        records = [random.normal(size=(random.integers(0, 5), 8)) for _ in SIDES]
        records[0] = random.normal(size=(2, 8))
        records[-1] = random.normal(size=(3, 8))
        lengths = [np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in records]
        tables[modality] = [
            (vectors / length).astype(np.float32) for vectors, length in zip(records, lengths, strict=True)
        ]
    return tables


def groups_of(tables):
    def groups(modality):
        owners = np.repeat(np.arange(len(SIDES)), [len(vectors) for vectors in tables[modality]])
        return group_vectors(owners, np.concatenate(tables[modality]))

    return groups


def matrix(tiles):
    found = np.full(tiles.shape, np.nan)
    for start, tile in tiles.tiles():
        found[start : start + len(tile)] = tile
    return found


@pytest.fixture(params=[1, 40, 2**21])
def tile_cells(request, monkeypatch):
    monkeypatch.setattr(similarities, "TILE_CELLS", request.param)


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize("held", [0, 2**25])
def test_a_comparison_is_that_of_a_sampling(comparison, held, tile_cells, monkeypatch):
    monkeypatch.setattr(similarities, "HELD_CELLS", held)
    tables = drawn_tables(3)
    tiles = compare_records(
        read_similarity("plain"), [COMPARISONS[comparison]], groups_of(tables), SIDES, ~SIDES, COLLECTIONS
    )
    left, right = (vectors_of(tables, side) for side in comparison.split("-"))
    for _ in range(2):  # a second pass gives the same
        found = matrix(tiles)
        for row, a in enumerate(tiles.a):
            for column, b in enumerate(tiles.b):
                expected = similarity(left[a], right[b], AGGREGATES[comparison])
                assert found[row, column] == pytest.approx(expected, abs=2e-6)
    assert tiles.a.tolist() == [place for place in range(9) if len(left[place])]
    assert tiles.b.tolist() == [place for place in range(9, 16) if len(right[place])]


def test_fused_is_the_sum_of_comparisons_standardised_over_records_that_have_all(tile_cells):
    tables = drawn_tables(4)
    comparisons = list(COMPARISONS.values())
    tiles = compare_records(read_similarity("fused"), comparisons, groups_of(tables), SIDES, ~SIDES, COLLECTIONS)
    having = [place for place in range(len(SIDES)) if all(len(tables[modality][place]) for modality in tables)]
    assert [*tiles.a, *tiles.b] == having
    expected = 0
    for comparison in comparisons:
        left, right = vectors_of(tables, comparison.a), vectors_of(tables, comparison.b)
        part = np.array([[similarity(left[a], right[b], comparison.aggregate) for b in tiles.b] for a in tiles.a])
        expected = expected + (part - part.mean()) / part.std()
    np.testing.assert_allclose(matrix(tiles), expected, atol=1e-4)


def test_a_comparison_that_is_the_same_for_all_pairs_adds_nothing():
    tables = drawn_tables(5)
    tables["text"] = [tables["text"][0]] * len(SIDES)
    comparisons = [COMPARISONS["image-image"], COMPARISONS["text-text"]]
    tiles = compare_records(read_similarity("fused"), comparisons, groups_of(tables), SIDES, ~SIDES, COLLECTIONS)
    (image,) = [
        compare_records(read_similarity("plain"), comparisons[:1], groups_of(tables), SIDES, ~SIDES, COLLECTIONS)
    ]
    found, alone = matrix(tiles), matrix(image)
    np.testing.assert_allclose(found, (alone - alone.mean()) / alone.std(), atol=1e-3)


@pytest.mark.parametrize("kind", ["centred", "csls", "centred+csls"])
@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_kind_is_that_of_a_sampling(kind, comparison, tile_cells):
    tables = drawn_tables(6)
    tiles = compare_records(
        read_similarity(kind), [COMPARISONS[comparison]], groups_of(tables), SIDES, ~SIDES, COLLECTIONS
    )
    expected = similarities_of_kind(tables, kind, [comparison], COLLECTIONS)[comparison]
    found = matrix(tiles)
    for row, a in enumerate(tiles.a):
        for column, b in enumerate(tiles.b):
            assert found[row, column] == pytest.approx(expected[a, b], abs=5e-6)


def test_what_a_collection_shares_is_told_by_all_of_its_records():
    tables = drawn_tables(7)
    some = SIDES & (np.arange(len(SIDES)) < 4)
    kind, comparisons = read_similarity("centred"), [COMPARISONS["text-text"]]
    all_of_them = compare_records(kind, comparisons, groups_of(tables), SIDES, ~SIDES, COLLECTIONS)
    few = compare_records(kind, comparisons, groups_of(tables), some, ~SIDES, COLLECTIONS)
    np.testing.assert_allclose(matrix(few), matrix(all_of_them)[: len(few.a)], atol=1e-6)


def test_names_of_similarities():
    assert read_similarity("fused+centred").name == "centred+fused"
    for name in ("", "cosy", "csls+fused"):
        with pytest.raises(UserError, match="plain, centred, csls, fused"):
            read_similarity(name)
