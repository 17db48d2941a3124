"""From records to training items: which texts go with which images, and on which side of the split.

For each image of a record there is one item with the record's name and one with each segment of its
description. A segment longer than the model reads is cut into pieces of at most 64 tokens of the
model's own tokenizer, so nothing is lost. The same (text, image) is taken once per side.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from heritage.errors import UserError
from models_ml.split import HELD_OUT, Side, side
from models_ml.training.items import Items

MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What training needs of a record. `images` are names of pictures (content hashes or paths)."""

    collection: str
    record_id: str
    name: str
    segments: tuple[str, ...]
    images: tuple[str, ...]

    def side(self, seed: int, held_out: float = HELD_OUT) -> Side:
        return side(self.collection, self.record_id, seed, held_out)

    @property
    def has_text(self) -> bool:
        return bool(self.name.strip()) or any(segment.strip() for segment in self.segments)


@dataclass(frozen=True)
class Split:
    """Records with both image and text, by side. `left_out` counts those that lack one of the two."""

    training: tuple[TrainingRecord, ...]
    evaluation: tuple[TrainingRecord, ...]
    left_out: int


def split_records(records: Iterable[TrainingRecord], *, seed: int, held_out: float = HELD_OUT) -> Split:
    """Put each record on its side. Raises UserError where one side would be too small to compare items."""
    sides: dict[Side, list[TrainingRecord]] = {"train": [], "evaluation": []}
    left_out = 0
    for record in records:
        if record.images and record.has_text:
            sides[record.side(seed, held_out)].append(record)
        else:
            left_out += 1
    training, evaluation = sides["train"], sides["evaluation"]
    if not training and not evaluation:
        raise UserError(
            f"Nothing to train on: none of the {left_out:,} records has both an image and a text; "
            "import records with images, or fetch their images first."
        )
    if not training or not evaluation:
        empty = "training" if not training else "evaluation"
        raise UserError(
            f"The split leaves no record on the {empty} side ({len(training) + len(evaluation):,} records have image "
            "and text); choose more collections or another --seed."
        )
    return Split(tuple(training), tuple(evaluation), left_out)


def image_names(records: Iterable[TrainingRecord]) -> list[str]:
    """Each distinct image once, in the order of first appearance."""
    return list(dict.fromkeys(image for record in records for image in record.images))


def build_items(records: Sequence[TrainingRecord], rows: dict[str, int], cut: Callable[[str], list[str]]) -> Items:
    """The items of `records`.

    `rows` gives each image's row among the decoded pixels; an image that is not in it has no items.
    `cut` folds a text and cuts it to the model's length (see `tokenizer.cut_text`).
    """
    pairs = dict.fromkeys(
        (rows[image], text)
        for record in records
        for text in _texts(record, cut)
        for image in record.images
        if image in rows
    )
    return Items(
        images=np.array([row for row, _ in pairs], dtype=np.int64),
        texts=tuple(text for _, text in pairs),
        may_mirror=np.ones(len(pairs), dtype=bool),
    )


def _texts(record: TrainingRecord, cut: Callable[[str], list[str]]) -> Iterator[str]:
    for text in (record.name, *record.segments):
        yield from cut(text)
