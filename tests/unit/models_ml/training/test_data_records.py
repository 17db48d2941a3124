"""Records become items: a name and each segment for each image, once."""

from dataclasses import replace

import pytest

from heritage.errors import UserError
from models_ml.split import side
from models_ml.training.data.records import (
    MANY_RECORDS,
    TrainingRecord,
    build_items,
    find_shared_pictures,
    image_names,
    keep_twins_together,
    leave_out_pictures,
    split_records,
)


def _record(
    number: int, *, name: str = "Lamp", segments: tuple[str, ...] = (), images: tuple[str, ...] = ("i",)
) -> TrainingRecord:
    return TrainingRecord("smg", str(number), name, segments, images)


def _whole(text: str) -> list[str]:
    return [text] if text else []


def _pairs(records: list[TrainingRecord]) -> list[tuple[str, str]]:
    names = image_names(records)
    items = build_items(records, {name: row for row, name in enumerate(names)}, _whole)
    return [(names[row], text) for row, text in zip(items.images, items.texts, strict=True)]


def test_each_image_goes_with_the_name_and_each_segment() -> None:
    record = _record(1, segments=("Made of brass.", "Used in a mill."), images=("front", "back"))
    assert sorted(_pairs([record])) == sorted(
        (image, text) for image in ("front", "back") for text in ("Lamp", "Made of brass.", "Used in a mill.")
    )


def test_the_same_text_and_image_is_taken_once() -> None:
    assert _pairs([_record(1, segments=("Lamp",)), _record(2)]) == [("i", "Lamp")]


def test_the_same_text_with_another_image_stays() -> None:
    assert len(_pairs([_record(1, images=("i",)), _record(2, images=("j",))])) == 2


def test_long_segments_are_cut_and_every_piece_is_an_item() -> None:
    items = build_items([_record(1, segments=("one two three",))], {"i": 0}, str.split)
    assert items.texts == ("Lamp", "one", "two", "three")


def test_an_item_knows_its_collection() -> None:
    records = [
        _record(1),
        replace(_record(2, name="Loom"), collection="nms"),
        replace(_record(3), collection="nms"),  # the first one's item again
    ]
    items = build_items(records, {"i": 0}, _whole)
    assert dict(zip(items.texts, items.collections.tolist(), strict=True)) == {"Lamp": 1, "Loom": 0}


def test_an_item_knows_its_record_and_the_records_terms_without_case() -> None:
    records = [
        replace(_record(1), terms=("Lighting", "Brass ")),
        replace(_record(2, name="Loom"), terms=("brass", "Weaving", " ")),
        _record(3, name="Vase"),
    ]
    items = build_items(records, {"i": 0}, _whole)
    assert items.records.tolist() == [0, 1, 2]
    assert [len(terms) for terms in items.terms] == [2, 2, 0]
    assert set(items.terms[0]) & set(items.terms[1]) == {items.terms[0][1]}


def test_images_that_are_not_there_have_no_items() -> None:
    items = build_items([_record(1, images=("here", "gone"))], {"here": 4}, _whole)
    assert items.images.tolist() == [4]


def test_the_split_goes_by_record() -> None:
    records = [_record(number, images=(f"i{number}",)) for number in range(200)]
    split = split_records(records, seed=0)
    assert {record.record_id for record in split.evaluation} == {
        str(number) for number in range(200) if side("smg", str(number)) == "evaluation"
    }
    assert len(split.training) + len(split.evaluation) == 200


def test_records_without_image_or_text_are_left_out_and_counted() -> None:
    records = [_record(number, images=(f"i{number}",)) for number in range(100)]
    lacking = [_record(200, images=()), _record(201, name=" ", images=("x",))]
    assert split_records(records + lacking, seed=0).left_out == 2


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "Nothing to train on"),
        ([_record(1, images=())], "none of the 1 records has both"),
        ([_record(1)], "no record on the evaluation side"),
    ],
)
def test_too_little_is_refused(records: list[TrainingRecord], message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_records(records, seed=0)


def test_a_picture_of_very_many_records_is_named_with_what_to_do() -> None:
    """Each placeholder makes twins of all its records: with one of them held out, all are."""
    own = [_record(number, images=(f"i{number}",)) for number in range(100)]
    few = [_record(number, images=("set",)) for number in range(100, 99 + MANY_RECORDS)]
    many = [_record(number, images=("missing",)) for number in range(200, 200 + 2 * MANY_RECORDS)]
    split = split_records([*own, *few, *many], seed=0)
    (found,) = find_shared_pictures(split)
    assert (found.image, found.records) == ("missing", 2 * MANY_RECORDS)
    assert found.record_id in {record.record_id for record in many}
    assert "--leave-out-picture missing" in found.advice()
    held_out = keep_twins_together(split).evaluation
    assert {record.record_id for record in many} <= {record.record_id for record in held_out}

    left = leave_out_pictures([*own, *few, *many], ["missing"])
    split = split_records(left, seed=0)
    assert split.left_out == 2 * MANY_RECORDS
    assert not find_shared_pictures(split)
    with pytest.raises(UserError, match="No record has the picture unknown"):
        leave_out_pictures(own, ["unknown"])


def test_a_placeholder_that_empties_a_side_is_blamed() -> None:
    records = [_record(number, images=("missing",)) for number in range(100)]
    with pytest.raises(UserError, match=r"no record on the training side.*--leave-out-picture missing"):
        keep_twins_together(split_records(records, seed=0))
