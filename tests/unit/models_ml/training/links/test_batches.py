"""Batches of pairs: who is in them, what stands for each record, and that they follow from seed, epoch and step."""

import numpy as np
import torch

from models_ml.training.data.links import LinkPair
from models_ml.training.data.records import TrainingRecord
from models_ml.training.links.batches import UNANSWERED, LinkItems, build_link_items, draw_link_batch
from models_ml.training.links.losses import LINK_COMPARISONS

# Two records of each museum, of which one has no picture and one says nothing.
RECORDS = {
    (record.collection, record.record_id): record
    for record in (
        TrainingRecord("left", "1", "lamp", ("of brass", "from Leeds"), ("l1", "l1-back")),
        TrainingRecord("left", "2", "loom", (), ()),
        TrainingRecord("right", "1", "lantern", ("of tin",), ("r1",)),
        TrainingRecord("right", "2", "", (), ("r2",)),
    )
}
ROWS = {"l1": 0, "l1-back": 1, "r1": 2, "r2": 3}
PAIRS = [
    LinkPair(("left", "1"), ("right", "1"), 1.0, 1.0),
    LinkPair(("left", "1"), ("right", "2"), 0.5, 0.5),
    LinkPair(("left", "2"), ("right", "1"), 0.0, 4 / 3),
    LinkPair(("left", "2"), ("right", "2"), 0.0, 1.0),
]


def _items(pairs: list[LinkPair] = PAIRS) -> LinkItems:
    return build_link_items(pairs, RECORDS, ROWS, lambda text: [text] if text else [])


def _of_all(items: LinkItems, step: int = 0):
    return draw_link_batch(items, pairs=len(items), seed=0, epoch=0, step=step)


def test_records_bring_one_picture_and_one_text_of_their_own() -> None:
    items = _items()
    pictures, texts = set(), set()
    for step in range(40):
        batch = _of_all(items, step)
        pictures.add(int(batch.items.images[0]))
        texts.add(batch.items.texts[0])
        assert batch.items.texts[1] == "loom"
        assert batch.items.images[2] == 2
    assert pictures == {0, 1}
    assert texts == {"lamp", "of brass", "from Leeds"}


def test_pairs_take_part_in_the_comparisons_that_both_records_have() -> None:
    batch = _of_all(_items())
    np.testing.assert_allclose(batch.known["text-text"].weights, [[1, 0], [4 / 3, 0]])
    np.testing.assert_allclose(batch.known["image-image"].weights, [[1, 0.5], [0, 0]])
    np.testing.assert_allclose(batch.known["text-image"].weights, [[1, 0.5], [4 / 3, 1]])
    np.testing.assert_allclose(batch.known["image-text"].weights, [[1, 0], [0, 0]])
    assert all(np.array_equal(batch.known[name].targets, [[1, 0.5], [0, 0]]) for name in LINK_COMPARISONS)


def test_answers_between_the_records_of_drawn_pairs_count_too() -> None:
    """A step that draws two pairs of four records knows what was answered of the other two as well."""
    batches = [draw_link_batch(_items(), pairs=2, seed=0, epoch=0, step=step) for step in range(20)]
    of_all_four = [batch for batch in batches if len(batch.items) == 4]
    assert of_all_four
    assert all((batch.known["text-image"].weights > 0).all() for batch in of_all_four)


def test_what_nobody_answered_counts_a_little_as_unrelated() -> None:
    known = _of_all(_items(PAIRS[:1] + PAIRS[3:])).known["text-image"]
    np.testing.assert_allclose(known.weights, [[1, UNANSWERED], [UNANSWERED, 1]])
    np.testing.assert_allclose(known.targets, [[1, 0], [0, 0]])
    assert known.answered == 2


def test_cosines_are_of_the_comparisons_vectors() -> None:
    batch = _of_all(_items())
    images, texts = torch.eye(8)[:4], torch.eye(8)[[0, 5, 0, 3]]
    cosines = batch.cosines(images, texts)
    assert cosines["image-image"].tolist() == [[0, 0], [0, 0]]
    assert cosines["text-text"].tolist() == [[1, 0], [0, 0]]
    assert cosines["text-image"].tolist() == [[0, 0], [0, 0]]
    assert cosines["image-text"].tolist() == [[1, 0], [0, 0]]


def test_an_epoch_takes_each_pair_once_and_then_all_of_them_again() -> None:
    items = _items()

    def drawn(epoch: int, steps: int) -> list[tuple[int, int]]:
        batches = [draw_link_batch(items, pairs=1, seed=0, epoch=epoch, step=step) for step in range(steps)]
        return [(batch.items.texts, tuple(batch.items.images)) for batch in batches]

    def pairs(epoch: int) -> list[float]:
        batches = [draw_link_batch(items, pairs=1, seed=0, epoch=epoch, step=step) for step in range(8)]
        return [round(float(batch.known["text-image"].weights[0, 0]), 4) for batch in batches]

    assert drawn(0, 8) == drawn(0, 8)
    weights = sorted(round(pair.weight, 4) for pair in PAIRS)
    assert sorted(pairs(0)[:4]) == sorted(pairs(0)[4:]) == weights
    assert len({tuple(pairs(epoch)) for epoch in range(6)}) > 1


def test_a_record_that_stands_first_and_second_is_one_item() -> None:
    """Three museums: the middle one's record is the second of one pair and the first of another."""
    records = {(name, "1"): TrainingRecord(name, "1", name, (), (name,)) for name in ("left", "middle", "right")}
    pairs = [
        LinkPair(("left", "1"), ("middle", "1"), 1.0, 1.0),
        LinkPair(("middle", "1"), ("right", "1"), 0.0, 1.0),
    ]
    rows = {"left": 0, "middle": 1, "right": 2}
    items = build_link_items(pairs, records, rows, lambda text: [text])
    batch = _of_all(items)
    assert len(batch.items) == 3
    weights = batch.known["image-image"].weights  # by left and middle, middle and right
    np.testing.assert_allclose(weights, [[1, UNANSWERED], [0, 1]])  # nothing is known of the middle one and itself
