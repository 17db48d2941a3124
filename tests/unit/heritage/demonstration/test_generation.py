"""The drawn collections: the same for the same seed, untidy in known measure, and with a truth that holds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.demonstration.generation import DETAIL, OTHER_SIDE, draw, generate_collections
from heritage.demonstration.objects import KINDS
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B
from heritage.demonstration.truth import SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT, UNRELATED, relation

A, B = generate_collections()
RECORDS = [*A, *B]
places = st.integers(min_value=0, max_value=len(RECORDS) - 1)


def test_numbers_are_as_asked() -> None:
    assert (len(A), len(B)) == (600, 150)
    small = generate_collections(records_a=7, records_b=5, seed=3)
    assert [len(side) for side in small] == [7, 5]


def test_the_same_seed_gives_the_same_collections_and_another_gives_others() -> None:
    assert generate_collections(records_a=40, records_b=12, seed=4) == generate_collections(
        records_a=40, records_b=12, seed=4
    )
    assert generate_collections(records_a=40, records_b=12, seed=4) != generate_collections(
        records_a=40, records_b=12, seed=5
    )


def test_identifiers_and_file_names_are_unique() -> None:
    for museum, records in ((MUSEUM_A, A), (MUSEUM_B, B)):
        assert len({record.record_id for record in records}) == len(records)
        assert {record.collection for record in records} == {museum}
    images = [image for record in RECORDS for image in record.images]
    assert len(set(images)) == len(images)


@given(a=places, b=places)
def test_relation_is_symmetric_and_reflexive(a: int, b: int) -> None:
    assert relation(RECORDS[a], RECORDS[b]) == relation(RECORDS[b], RECORDS[a])
    assert relation(RECORDS[a], RECORDS[a]) == SAME_OBJECT


@given(a=places, b=places)
def test_relation_follows_model_kind_and_category(a: int, b: int) -> None:
    one, other = RECORDS[a], RECORDS[b]
    label = relation(one, other)
    assert (label == SAME_OBJECT) == (one.model_key == other.model_key)
    assert (label in (SAME_OBJECT, SIMILAR_OBJECT)) == (one.kind == other.kind)
    assert (label == UNRELATED) == (one.category != other.category)
    assert KINDS[one.kind].category == one.category


def test_both_museums_have_every_category_and_share_objects() -> None:
    assert {record.category for record in A} == {record.category for record in B}
    assert {record.kind for record in A} == set(KINDS)
    labels = Counter(relation(a, b) for a in A for b in B)
    assert labels[SAME_OBJECT] >= 80
    assert labels[SAME_OBJECT] < labels[SIMILAR_OBJECT] < labels[SAME_CATEGORY] < labels[UNRELATED]
    shared = sum(record.model_key in {other.model_key for other in A} for record in B) / len(B)
    assert 0.45 < shared < 0.75


def test_the_museums_collect_in_different_proportions() -> None:
    def share(records: list, category: str) -> float:
        return sum(record.category == category for record in records) / len(records)

    assert share(A, "telecommunications") > share(B, "telecommunications")
    assert share(B, "textiles") > share(A, "textiles")


def test_catalogues_are_untidy_in_measure() -> None:
    def missing(records: list, field: str) -> float:
        return sum(not getattr(record, field) for record in records) / len(records)

    assert 0.04 < missing(A, "description") < 0.13
    assert 0.08 < missing(B, "description") < 0.25
    assert 0 < missing(A, "images") < 0.08
    assert 0 < missing(B, "images") < 0.14
    assert 0.08 < missing(A, "taxonomy") < 0.22
    assert any(record.name.isupper() for record in A)
    assert any(not record.name for record in B + generate_collections(seed=1)[1])
    assert any(record.name[:1].islower() for record in B)


def test_museums_describe_in_their_own_manner() -> None:
    inverted = sum("," in record.name for record in A) / len(A)
    assert inverted > 0.8
    lengths = [np.mean([len(r.description) for r in records if r.description]) for records in (A, B)]
    assert lengths[0] > 1.3 * lengths[1]
    assert not {term for record in A for term in record.taxonomy} & {term for record in B for term in record.taxonomy}


def test_some_records_have_several_pictures() -> None:
    counts = Counter(len(record.images) for record in RECORDS)
    assert counts[1] > counts[2] > counts[3] > 0
    assert 850 < sum(size * count for size, count in counts.items()) < 980
    views = Counter(view for record in RECORDS for view in record.views)
    assert views[DETAIL] > 20
    assert views[OTHER_SIDE] > 20


def test_specimens_of_one_model_line_look_alike_but_are_other_photographs() -> None:
    pictured = {record.model_key: record for record in A if record.images}
    pair = next((pictured[b.model_key], b) for b in B if b.images and b.model_key in pictured)
    one, other = (np.asarray(draw(record), dtype=float) for record in pair)
    assert one.shape == other.shape == (448, 448, 3)
    assert np.abs(one - other).mean() > 10


def test_a_picture_can_be_drawn_again_exactly() -> None:
    record = next(record for record in B if len(record.images) > 1)
    assert np.array_equal(np.asarray(draw(record, 0)), np.asarray(draw(record, 0)))
    assert not np.array_equal(np.asarray(draw(record, 0)), np.asarray(draw(record, 1)))


@pytest.mark.parametrize("seed", [0, 1])
def test_museums_photograph_in_their_own_manner(seed: int) -> None:
    """A on a pale ground, B on a dark one: seen in the corners, where no object is."""

    def corners(record: object) -> float:
        picture = np.asarray(draw(record), dtype=float)  # type: ignore[arg-type]
        return float(np.mean([picture[18:40, 18:40], picture[18:40, -40:-18]]))

    a, b = generate_collections(records_a=12, records_b=12, seed=seed)
    pale = [corners(record) for record in a if record.images][:5]
    dark = [corners(record) for record in b if record.images][:5]
    assert min(pale) > 190
    assert max(dark) < 160
