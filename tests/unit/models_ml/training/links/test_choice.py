"""No pair with a held-out record is learnt from, whatever holds the record out."""

import pytest

from models_ml.split import side
from models_ml.training.data.links import LinkPair, RecordKey
from models_ml.training.data.records import Split, TrainingRecord, keep_twins_together, split_records
from models_ml.training.links.choice import choose_pairs

WORDS = "a lamp of brass with a green shade from a railway station in Leeds"


def _record(collection: str, number: int, *, text: str = "", image: str | None = None) -> TrainingRecord:
    images = (image if image is not None else f"{collection} {number}",)
    return TrainingRecord(
        collection, str(number), text or f"{collection} thing {number}", (), tuple(filter(None, images))
    )


def _number(collection: str, wanted: str, start: int = 0) -> int:
    return next(number for number in range(start, start + 1000) if side(collection, str(number)) == wanted)


LEARNT = [_number("left", "train"), _number("left", "train", 500), _number("right", "train")]
HELD = {collection: _number(collection, "evaluation") for collection in ("left", "right")}


def _split(*more: TrainingRecord) -> Split:
    records = [
        *(_record("left", number) for number in (*LEARNT[:2], HELD["left"])),
        *(_record("right", number) for number in (LEARNT[2], HELD["right"])),
    ]
    return keep_twins_together(split_records([*records, *more], seed=0))


def _pair(a: RecordKey, b: RecordKey) -> LinkPair:
    return LinkPair(min(a, b), max(a, b), 1.0, 1.0)


def test_pairs_of_training_records_are_learnt_from_and_others_held_out() -> None:
    left, right = ("left", str(LEARNT[0])), ("right", str(LEARNT[2]))
    held = [("left", str(HELD["left"])), ("right", str(HELD["right"]))]
    pairs = [_pair(left, right), _pair(held[0], right), _pair(left, held[1]), _pair(*held)]
    chosen = choose_pairs(pairs, _split(), (), seed=0)
    assert chosen.training == tuple(pairs[:1])
    assert chosen.held_out == tuple(pairs[1:])
    assert set(chosen.records) == {left, right, *held}


@pytest.mark.parametrize("in_split", [True, False])
def test_twins_of_held_out_records_are_held_out(in_split: bool) -> None:
    """The twin may be one that the split knows, or one without a picture, which it left out."""
    held_out = _record("left", HELD["left"], text=WORDS)
    number = _number("right", "train", 2000)
    twin = _record("right", number, text=WORDS, image="twin" if in_split else "")
    split = keep_twins_together(
        split_records([_record("left", LEARNT[0]), _record("right", LEARNT[2]), held_out, twin], seed=0)
    )
    pairs = [_pair(("left", str(LEARNT[0])), ("right", str(number)))]
    chosen = choose_pairs(pairs, split, () if in_split else (twin,), seed=0)
    assert (chosen.training, chosen.held_out) == ((), tuple(pairs))


def test_records_that_the_split_left_out_go_by_its_rule() -> None:
    learnt = _record("right", _number("right", "train", 3000), image="")
    held_out = _record("right", _number("right", "evaluation", 3000), image="")
    left = ("left", str(LEARNT[0]))
    pairs = [_pair(left, ("right", learnt.record_id)), _pair(left, ("right", held_out.record_id))]
    chosen = choose_pairs(pairs, _split(), (learnt, held_out), seed=0)
    assert (chosen.training, chosen.held_out) == (tuple(pairs[:1]), tuple(pairs[1:]))


def test_pairs_of_unknown_and_of_empty_records_are_counted() -> None:
    empty = TrainingRecord("right", "empty", " ", (), ())
    left = ("left", str(LEARNT[0]))
    pairs = [_pair(left, ("elsewhere", "1")), _pair(left, ("right", "empty"))]
    chosen = choose_pairs(pairs, _split(), (empty,), seed=0)
    assert (chosen.elsewhere, chosen.incomparable) == (1, 1)
    assert chosen.training == chosen.held_out == ()
