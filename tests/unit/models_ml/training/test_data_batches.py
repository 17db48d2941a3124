"""Batches of an epoch: every item once, of one collection or of all in equal shares, the same whenever asked again."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from heritage.errors import UserError
from models_ml.training.data.batches import (
    BatchKind,
    epoch_batches,
    fixed_batches,
    quotas,
    require_comparable,
    shuffled_batches,
)
from models_ml.training.data.items import Items
from models_ml.training.data.records import TrainingRecord

KINDS: tuple[BatchKind, ...] = ("mixed", "collection", "balanced")


def _items(*sizes: int) -> Items:
    """So many items of each collection, in an order that mixes them."""
    collections = np.random.default_rng(9).permutation(np.repeat(np.arange(len(sizes)), sizes))
    count = len(collections)
    texts = tuple(f"thing {number}" for number in range(count))
    return Items(np.arange(count), texts, np.ones(count, dtype=bool), collections)


def _batches(items: Items, kind: BatchKind, **options: object) -> list[list[int]]:
    settings = {"batch_size": 8, "seed": 0, "epoch": 0} | options
    return [batch.tolist() for batch in epoch_batches(items, kind=kind, **settings)]


def _record(number: int, collection: str = "smg", *, name: str = "", image: str = "") -> TrainingRecord:
    return TrainingRecord(collection, str(number), name or f"Lamp {number}", (), (image or f"i{number}",))


def test_mixed_batches_cover_every_item_once_and_follow_from_the_epoch() -> None:
    options = {"batch_size": 4, "seed": 0, "drop_incomplete": False}
    first = [rows.tolist() for rows in shuffled_batches(10, epoch=0, **options)]
    assert [len(rows) for rows in first] == [4, 4, 2]
    assert sorted(row for rows in first for row in rows) == list(range(10))
    assert first == [rows.tolist() for rows in shuffled_batches(10, epoch=0, **options)]
    assert first != [rows.tolist() for rows in shuffled_batches(10, epoch=1, **options)]


def test_incomplete_batches_are_dropped_unless_there_is_no_other() -> None:
    options = {"batch_size": 4, "seed": 0, "epoch": 0, "drop_incomplete": True}
    assert [len(rows) for rows in shuffled_batches(10, **options)] == [4, 4]
    assert [len(rows) for rows in shuffled_batches(3, **options)] == [3]
    assert sorted(map(len, _batches(_items(10, 9, 3), "collection", **options))) == [4, 4, 4, 5]  # a rest of 1 is in
    assert sorted(map(len, _batches(_items(3, 2), "collection", **options))) == [2, 3]


@pytest.mark.parametrize("kind", ["mixed", "collection"])
def test_captions_together_put_a_picture_into_one_batch_or_two_neighbours(kind: BatchKind) -> None:
    items = _items(30, 12)
    captioned = replace(items, images=(np.arange(len(items)) // 3))  # three texts a picture, museums mixed among them
    captioned = replace(captioned, collections=np.where(captioned.images < 9, 0, 1))
    together = _batches(captioned, kind, captions_together=True)
    assert sorted(row for batch in together for row in batch) == list(range(len(items)))
    met = [captioned.images[row] for batch in together for row in batch]
    if kind == "mixed":  # batches of one collection come in a drawn order
        assert sum(one != other for one, other in pairwise(met)) == len(set(met)) - 1
    assert np.mean([len(set(captioned.images[batch])) for batch in together]) < 4.5
    assert together != _batches(captioned, kind, captions_together=True, epoch=1)


def test_evaluation_batches_are_fixed() -> None:
    assert [rows.tolist() for rows in fixed_batches(5, batch_size=2)] == [
        rows.tolist() for rows in fixed_batches(5, batch_size=2)
    ]


def test_mixed_batches_are_those_of_a_seeded_permutation_as_published() -> None:
    order = np.random.default_rng([3, 2]).permutation(45).tolist()
    expected = [order[start : start + 8] for start in range(0, 45, 8)]
    assert _batches(_items(30, 15), "mixed", seed=3, epoch=2) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_batches_follow_from_seed_and_epoch(kind: BatchKind) -> None:
    items = _items(40, 15, 9)
    once = _batches(items, kind, seed=1, epoch=2)
    assert once == _batches(items, kind, seed=1, epoch=2)
    assert once != _batches(items, kind, seed=1, epoch=3)
    assert once != _batches(items, kind, seed=2, epoch=2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_epoch_has_as_many_items_and_no_batch_of_one(kind: BatchKind) -> None:
    for sizes in [(17, 9, 8), (33, 2), (5, 4, 4), (16, 17)]:
        batches = _batches(_items(*sizes), kind, epoch=5)
        assert sum(map(len, batches)) == sum(sizes)
        if kind != "mixed":  # which stays as published
            assert min(map(len, batches)) >= 2


def test_batches_of_one_collection_take_every_item_once() -> None:
    items = _items(40, 15, 9)
    batches = _batches(items, "collection")
    assert sorted(row for batch in batches for row in batch) == list(range(64))
    assert all(len(set(items.collections[batch])) == 1 for batch in batches)
    assert Counter(map(len, batches)) == {8: 5 + 1, 7: 1, 9: 1}  # the last: 8 items and a rest of 1


def test_collections_come_in_mixed_order() -> None:
    items = _items(80, 80)
    owners = [items.collections[batch[0]] for batch in _batches(items, "collection")]
    assert sum(one != other for one, other in pairwise(owners)) > 5


def test_balanced_batches_hold_all_collections_in_equal_shares() -> None:
    items = _items(50, 11, 6)
    batches = _batches(items, "balanced")
    for batch in batches:
        shares = np.bincount(items.collections[batch], minlength=3)
        assert shares.max() - shares.min() <= 1
        assert shares.min() >= 1
    drawn = Counter(row for batch in batches for row in batch)
    per_item = [[drawn[row] for row in np.flatnonzero(items.collections == number)] for number in range(3)]
    assert {sum(counts) for counts in per_item} <= {22, 23}
    assert all(max(counts) - min(counts) <= 1 for counts in per_item)  # none again before all have come
    assert max(per_item[0]) == 1


@pytest.mark.parametrize("kind", ["mixed", "collection"])
def test_a_temperature_draws_more_of_small_collections_in_an_epoch_of_the_same_length(kind: BatchKind) -> None:
    items = _items(81, 16, 1)
    batches = _batches(items, kind, temperature=2)
    drawn = Counter(row for batch in batches for row in batch)
    shares = [sum(drawn[row] for row in np.flatnonzero(items.collections == number)) for number in range(3)]
    assert shares == [63, 28, 7]  # 98 in all, by 9 : 4 : 1
    if kind == "collection":
        assert all(len(set(items.collections[batch])) == 1 for batch in batches)
    small = [drawn[row] for row in np.flatnonzero(items.collections == 1)]
    assert set(small) == {1, 2}  # none a third time before all have come twice


def test_quotas_go_from_the_sizes_to_equal_shares() -> None:
    assert quotas([700, 290, 10], 1) == [700, 290, 10]
    assert quotas([700, 290, 10], 1e6) == [334, 333, 333]
    gently, strongly = quotas([700, 290, 10], 2), quotas([700, 290, 10], 5)
    assert sum(gently) == sum(strongly) == 1000
    assert 700 > gently[0] > strongly[0] > 333
    assert 10 < gently[2] < strongly[2] < 333


def _kinds(*kinds: tuple[tuple[int, ...], int], items_each: int = 1) -> Items:
    """One collection; of each kind, its records' terms and how many records there are of it. In no order."""
    terms = tuple(own for own, count in kinds for _ in range(count))
    records = np.random.default_rng(9).permutation(np.repeat(np.arange(len(terms)), items_each))
    count = len(records)
    return Items(
        np.arange(count), tuple(map(str, range(count))), np.ones(count, dtype=bool), records=records, terms=terms
    )


def _hard(items: Items, **options: object) -> list[list[int]]:
    return _batches(items, "collection", hard_negatives=True, **options)


def test_hard_negatives_share_a_term_and_records_without_terms_go_with_each_other() -> None:
    items = _kinds(((1,), 16), ((2,), 8), ((), 8), ((3,), 24))
    batches = _hard(items)
    assert sorted(row for batch in batches for row in batch) == list(range(56))
    for batch in batches:
        assert len({items.terms[items.records[row]] for row in batch}) == 1
    assert batches == _hard(items)
    assert batches != _hard(items, epoch=1)


def test_hard_negatives_of_a_large_kind_share_their_other_terms_too() -> None:
    everything, lamps, looms = 1, 2, 3
    items = _kinds(((everything, lamps), 16), ((everything, looms), 16))
    for epoch in range(5):
        for batch in _hard(items, epoch=epoch):
            assert len({items.terms[items.records[row]] for row in batch}) == 1


def test_small_kinds_lie_beside_those_with_which_they_share_a_term() -> None:
    lighting, weaving = ([((10 * family, 10 * family + member), 2) for member in range(1, 5)] for family in (1, 2))
    items = _kinds(*lighting, *weaving)
    pure = 0
    for epoch in range(20):
        for batch in _hard(items, epoch=epoch):
            pure += len({items.terms[items.records[row]][0] for row in batch}) == 1
    assert pure >= 20  # of 40, and by chance none: 2 of the 12,870 halves of 16 records are one family


def test_no_record_is_a_hard_negative_of_itself_while_others_have_items() -> None:
    items = _kinds(((1,), 8), ((2,), 8), items_each=3)
    for batch in _hard(items):
        assert len({items.records[row] for row in batch}) == 8


def test_items_that_name_no_collection_are_of_one() -> None:
    items = Items(np.arange(8), tuple("abcdefgh"), np.ones(8, dtype=bool))
    assert sorted(map(len, _batches(items, "collection", batch_size=5))) == [3, 5]


@pytest.mark.parametrize(
    ("records", "kind", "batch_size", "message"),
    [
        ([_record(1), _record(2)], "balanced", 8, "need two collections"),
        ([_record(1, "a"), _record(2, "b"), _record(3, "c")], "balanced", 2, "--batch-size 3"),
        ([_record(1), _record(2), _record(3, "nms")], "collection", 8, "nms has not two different pictures"),
        ([_record(1, name="Lamp"), _record(2, name="Lamp")], "collection", 8, "smg has not two"),
        ([_record(1, image="i"), _record(2, image="i")], "collection", 8, "smg has not two"),
    ],
)
def test_collections_that_do_not_suffice_are_refused(
    records: list[TrainingRecord], kind: BatchKind, batch_size: int, message: str
) -> None:
    require_comparable(records, kind="mixed", batch_size=batch_size)
    with pytest.raises(UserError, match=message):
        require_comparable(records, kind=kind, batch_size=batch_size)


def test_hard_negatives_need_terms() -> None:
    records = [_record(1), _record(2)]
    with pytest.raises(UserError, match="No record to learn from has a term"):
        require_comparable(records, kind="collection", batch_size=8, hard_negatives=True)
    known = [*records, replace(_record(3), terms=("Lighting",))]
    require_comparable(known, kind="collection", batch_size=8, hard_negatives=True)
