"""No pair with a held-out record is learnt from, whatever holds the record out; and what cannot be learnt from."""

from collections.abc import Iterator
from itertools import count, product

import pytest

from heritage.errors import UserError
from models_ml.split import side
from models_ml.training.data.links import AnsweredLinks, LinkPair, RecordKey
from models_ml.training.data.records import Split, TrainingRecord, keep_twins_together, split_records
from models_ml.training.links.choice import FEWEST_PAIRS, LinkChoice, choose_links

TWINS = "a lamp of brass with a green shade from a railway station in Leeds"


def _numbers(collection: str, wanted: str) -> Iterator[str]:
    return (str(number) for number in count() if side(collection, str(number)) == wanted)


def _record(key: RecordKey, *, text: str | None = None, picture: bool = True) -> TrainingRecord:
    name = " ".join(key) if text is None else text
    return TrainingRecord(*key, name, (), (" ".join(key),) if picture else ())


_train = {collection: _numbers(collection, "train") for collection in ("left", "right")}
_held = {collection: _numbers(collection, "evaluation") for collection in ("left", "right")}
LEARNT = [[(collection, next(_train[collection])) for _ in range(5)] for collection in ("left", "right")]
HELD = {collection: (collection, next(_held[collection])) for collection in ("left", "right")}
# Records that are no part of the split.
NEW, NEW_HELD = ("right", next(_train["right"])), ("right", next(_held["right"]))
LEFT, RIGHT = LEARNT[0][0], LEARNT[1][0]


def _pair(a: RecordKey, b: RecordKey, target: float = 1.0) -> LinkPair:
    return LinkPair(min(a, b), max(a, b), target, 1.0)


ENOUGH = [_pair(a, b, float(place % 2)) for place, (a, b) in enumerate(product(*LEARNT))]


def _split(*more: TrainingRecord) -> Split:
    known = [*LEARNT[0], *LEARNT[1], *HELD.values()]
    more_keys = [(record.collection, record.record_id) for record in more]
    return keep_twins_together(split_records([*more, *(_record(key) for key in known if key not in more_keys)], seed=0))


def _choose(pairs: list[LinkPair], split: Split | None = None, left_out: tuple[TrainingRecord, ...] = ()) -> LinkChoice:
    answered = AnsweredLinks(tuple(pairs), ("Pilot",), len(pairs), False)
    return choose_links(answered, split or _split(), left_out, seed=0)


def test_pairs_of_training_records_are_learnt_from_and_others_held_out() -> None:
    held_out = [_pair(HELD["left"], RIGHT), _pair(LEFT, HELD["right"]), _pair(*HELD.values())]
    choice = _choose([*ENOUGH, *held_out])
    assert choice.training == tuple(ENOUGH)
    assert choice.held_out == tuple(held_out)
    assert set(choice.records) == {*LEARNT[0], *LEARNT[1], *HELD.values()}
    assert choice.counts() == {
        "link_answers": 28,
        "link_pairs": 25,
        "links_among_pairs": 12,
        "link_pairs_held_out": 3,
        "link_pairs_elsewhere": 0,
        "link_pairs_incomparable": 0,
    }


def test_a_selection_by_links_takes_held_out_links_and_others() -> None:
    link = _pair(HELD["left"], RIGHT)
    _choose([*ENOUGH, link, _pair(LEFT, HELD["right"], 0.0)]).require_selection()
    with pytest.raises(UserError, match="Pilot answered 1 pairs that are held out, and no comparison has both"):
        _choose([*ENOUGH, link]).require_selection()
    # A link of pictures alone and others of texts alone: no comparison has both.
    pictured, described = (("right", next(_held["right"])) for _ in range(2))
    left_out = (_record(pictured, text=""), _record(described, picture=False))
    seen = ("left", next(_held["left"]))
    pairs = [*ENOUGH, _pair(seen, pictured), _pair(HELD["left"], described, 0.0)]
    with pytest.raises(UserError, match="answered 2 pairs that are held out, and no comparison has both"):
        _choose(pairs, left_out=(*left_out, _record(seen, text=""))).require_selection()


@pytest.mark.parametrize("picture", [True, False])
def test_twins_of_held_out_records_are_held_out(picture: bool) -> None:
    """The twin may be one that the split knows, or one without a picture, which it left out."""
    twin = _record(NEW, text=TWINS, picture=picture)
    held_out = _record(HELD["left"], text=TWINS)
    split = _split(held_out, twin) if picture else _split(held_out)
    choice = _choose([*ENOUGH, _pair(LEFT, NEW)], split, () if picture else (twin,))
    assert choice.training == tuple(ENOUGH)
    assert choice.held_out == (_pair(LEFT, NEW),)


def test_records_that_the_split_left_out_go_by_its_rule() -> None:
    left_out = tuple(_record(key, picture=False) for key in (NEW, NEW_HELD))
    choice = _choose([*ENOUGH, _pair(LEFT, NEW), _pair(LEFT, NEW_HELD)], left_out=left_out)
    assert choice.training == (*ENOUGH, _pair(LEFT, NEW))
    assert choice.held_out == (_pair(LEFT, NEW_HELD),)


def test_pairs_of_unknown_and_of_empty_records_are_counted() -> None:
    empty = _record(NEW, text=" ", picture=False)
    choice = _choose([*ENOUGH, _pair(LEFT, ("elsewhere", "1")), _pair(LEFT, NEW)], left_out=(empty,))
    assert choice.training == tuple(ENOUGH)
    assert (choice.elsewhere, choice.incomparable) == (1, 1)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([pair for pair in ENOUGH if pair.is_link], "left links only to learn from"),
        ([pair for pair in ENOUGH if not pair.is_link], "left no link to learn from"),
        (ENOUGH[: FEWEST_PAIRS - 1], f"left {FEWEST_PAIRS - 1} pairs to learn from, 0 being held out"),
        ([_pair(LEFT, HELD["right"])] * 3, "answered 3 pairs, of which each has a record that is held out"),
        ([_pair(LEFT, ("elsewhere", "1"))], "answered no pair of records of these collections"),
        ([_pair(LEFT, NEW)], "only pairs of records without picture and text"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(pairs: list[LinkPair], message: str) -> None:
    with pytest.raises(UserError, match=f"^The campaign Pilot .*{message}"):
        _choose(pairs, left_out=(_record(NEW, text="", picture=False),))
