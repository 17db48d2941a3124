"""All pairs with what models say of them: each once, and as the exact similarities say it pair by pair."""

import numpy as np
import pytest

from heritage.errors import UserError
from linking.pairs import pair_features
from linking.pairs.pair_features import PairFeatures
from linking.sampling.sections import Universe
from linking.sampling.similarity import VectorGroups, group_vectors

MODELS = ("base", "tuned")
COUNTS = (23, 17, 5)
RECORDS = sum(COUNTS)


def universe(chosen: np.ndarray | None = None, crossed: tuple[tuple[int, int], ...] = ()) -> Universe:
    collections = np.repeat(np.arange(len(COUNTS)), COUNTS)
    return Universe(np.arange(RECORDS, dtype=np.uint64), collections, chosen=chosen, crossed=crossed)


def world(seed: int = 0) -> dict[tuple[str, str], VectorGroups]:
    """Every third record has no picture, every fifth no text; some have two of them."""
    random = np.random.default_rng(seed)
    sizes = {
        "image": np.array([record % 3 for record in range(RECORDS)]),
        "text": np.array([0 if record % 5 == 0 else 1 + record % 2 for record in range(RECORDS)]),
    }
    found = {}
    for modality, counts in sizes.items():
        of = np.repeat(np.arange(RECORDS), counts)
        common = random.normal(size=(len(of), 8)) + 1
        for model in MODELS:
            vectors = common + 0.5 * random.normal(size=common.shape)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            found[model, modality] = group_vectors(of, vectors.astype(np.float32))
    return found


def features_of(of: Universe, seed: int = 0) -> PairFeatures:
    vectors = world(seed)
    return PairFeatures(of, lambda model, modality: vectors[model, modality], MODELS)


def something_to_compare() -> np.ndarray:
    """(records, records) bool: every record has a picture or a text, but records 0, 15, 30, which have neither."""
    there = np.array([record % 3 > 0 or record % 5 > 0 for record in range(RECORDS)])
    assert (~there).sum() == 3
    return there[:, None] & there


def pairs_of(features: PairFeatures, most: int) -> np.ndarray:
    return np.concatenate([block.pairs for block in features.blocks(most)])


@pytest.mark.parametrize("side", [4, 512])
def test_every_pair_comes_once_with_its_exact_similarities(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    monkeypatch.setattr(pair_features, "SIDE", side)
    features = features_of(universe())
    collections = features.universe.collections
    wanted = np.argwhere((collections[:, None] < collections) & something_to_compare())
    blocks = list(features.blocks(10_000))
    found = np.concatenate([block.pairs for block in blocks])
    assert len(blocks) == features.count_blocks(10_000)
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, wanted.tolist()))
    assert features.size == 23 * 17 + 23 * 5 + 17 * 5
    values = np.concatenate([block.values for block in blocks])
    assert values.shape[1] == len(features.names) == 2 * 4 * 2
    np.testing.assert_allclose(values, features.of_pairs(found), atol=1e-6)
    assert np.isnan(values).any()
    for block in blocks:
        np.testing.assert_allclose(block.a_vectors, features.record_vectors(block.a), atol=1e-7)


def test_names_say_which_column_is_which() -> None:
    pair = np.array([1, 25])  # one picture each
    images = world()["tuned", "image"]
    places = images.places(RECORDS)[pair]
    assert images.sizes[places].tolist() == [1, 1]
    a, b = images.rows.gather(images.first[places])
    features = features_of(universe())
    values = dict(zip(features.names, features.of_pairs(pair[None])[0].tolist(), strict=True))
    assert values["plain image-image by tuned"] == pytest.approx(float(a @ b))
    assert values["centred image-image by tuned"] != pytest.approx(float(a @ b))
    assert np.isnan(values["plain text-text by base"])  # the second has no text


def test_only_pairs_of_chosen_records_and_crossed_collections_count() -> None:
    chosen = np.zeros(RECORDS, bool)
    chosen[[1, 2, 24]] = True
    features = features_of(universe(chosen, crossed=((0, 1),)))
    found = pairs_of(features, 10_000)
    assert chosen[found].any(axis=1).all()
    assert set(features.universe.collections[found[:, 1]].tolist()) == {1}
    assert features.size == 2 * 17 + 23 - 2


def test_a_record_is_one_vector_by_each_model_also_where_it_has_pictures_or_texts_alone() -> None:
    features = features_of(universe())
    vectors = features.record_vectors(np.arange(RECORDS))
    by_model = np.split(vectors, 2, axis=1)
    lengths = np.stack([np.linalg.norm(each, axis=1) for each in by_model])
    there = np.array([record % 3 > 0 or record % 5 > 0 for record in range(RECORDS)])
    np.testing.assert_allclose(lengths, np.where(there, np.sqrt(0.5), 0) * np.ones((2, 1)), atol=1e-6)


@pytest.mark.parametrize("side", [4, 512])
def test_of_too_many_pairs_the_nearest_of_each_record_are_judged(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    monkeypatch.setattr(pair_features, "SIDE", side)
    monkeypatch.setattr(pair_features, "AT_ONCE", 50)
    monkeypatch.setattr(pair_features, "LISTED_COST", 1)
    features = features_of(universe(crossed=((0, 1),)))
    most = 2 * 2 * (23 + 17)  # two neighbours of each record by each model
    blocks = list(features.blocks(most))
    found = np.concatenate([block.pairs for block in blocks])
    assert len(blocks) <= features.count_blocks(most)
    a, b = np.arange(23), 23 + np.arange(17)
    wanted = set()
    for own, theirs in zip(*(np.split(features.record_vectors(side), 2, axis=1) for side in (a, b)), strict=True):
        near = own @ theirs.T
        wanted |= {(row, 23 + int(column)) for row in a.tolist() for column in np.argsort(-near[row])[:2]}
        wanted |= {(int(row), 23 + column) for column in range(17) for row in np.argsort(-near[:, column])[:2]}
    comparable = something_to_compare()
    # Which of those that are equally near, as to a record with nothing to compare, is nobody's business.
    assert {pair for pair in wanted if comparable[pair]} == {(int(x), int(y)) for x, y in found}
    np.testing.assert_allclose(
        np.concatenate([block.values for block in blocks]), features.of_pairs(found).astype(np.float32)
    )


def test_too_few_to_judge_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    features = features_of(universe(crossed=((0, 1),)))
    monkeypatch.setattr(pair_features, "LISTED_COST", 1)
    with pytest.raises(UserError, match="There are 391 pairs: let 80 be judged at least"):
        list(features.blocks(79))


def test_collections_that_share_nothing_to_compare_are_refused() -> None:
    vectors = world()
    only_first = {key: each.take(each.records < 23) for key, each in vectors.items()}
    with pytest.raises(UserError, match="no vectors: embed it first"):
        PairFeatures(universe(), lambda model, modality: only_first[model, modality], MODELS)


def test_what_one_model_has_no_vectors_of_is_not_compared() -> None:
    vectors = world()
    vectors["tuned", "text"] = vectors["tuned", "text"].take(vectors["tuned", "text"].records < 40)
    features = PairFeatures(universe(), lambda model, modality: vectors[model, modality], MODELS)
    assert {name.split()[1] for name in features.names} == {"image-image"}
    assert np.isfinite(features.record_vectors(np.arange(RECORDS))).all()
