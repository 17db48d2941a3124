"""From records to training items: which texts go with which images, and on which side of the split.

For each image of a record there is one item with the record's name and one with each segment of its
description. A segment longer than the model reads is cut into pieces of at most 64 tokens of the
model's own tokenizer, so nothing is lost. The same (text, image) is taken once per side.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from heritage.errors import UserError
from models_ml.split import HELD_OUT, Side, side
from models_ml.training.data.items import Items
from models_ml.training.data.twins import twin_groups, words

MAX_TOKENS = 64
# A picture of so many records is likely to show none of them, but to say that a picture is missing.
MANY_RECORDS = 20


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What training needs of a record.

    `images` are names of pictures (content hashes or paths), `terms` those of the museum's own vocabulary.
    """

    collection: str
    record_id: str
    name: str
    segments: tuple[str, ...]
    images: tuple[str, ...]
    terms: tuple[str, ...] = ()

    def side(self, seed: int, held_out: float = HELD_OUT) -> Side:
        return side(self.collection, self.record_id, seed, held_out)

    @property
    def has_text(self) -> bool:
        return bool(self.name.strip()) or any(segment.strip() for segment in self.segments)


@dataclass(frozen=True)
class Split:
    """Records with both image and text, by side.

    `left_out` counts those that lack one of the two, `beside_twins` those that `keep_twins_together` held out.
    """

    training: tuple[TrainingRecord, ...]
    evaluation: tuple[TrainingRecord, ...]
    left_out: int
    beside_twins: int = 0


def split_records(records: Iterable[TrainingRecord], *, seed: int, held_out: float = HELD_OUT) -> Split:
    """Put each record on its side. Raises UserError where one side would be too small to compare items."""
    sides: dict[Side, list[TrainingRecord]] = {"train": [], "evaluation": []}
    left_out = 0
    for record in records:
        if record.images and record.has_text:
            sides[record.side(seed, held_out)].append(record)
        else:
            left_out += 1
    split = Split(tuple(sides["train"]), tuple(sides["evaluation"]), left_out)
    if not split.training and not split.evaluation:
        raise UserError(
            f"Nothing to train on: none of the {left_out:,} records has both an image and a text; "
            "import records with images, or fetch their images first."
        )
    _require_both_sides(split)
    return split


def keep_twins_together(split: Split) -> Split:
    """Hold out every training record that has a twin, also by way of others, among the held-out ones.

    Only that direction: a record that the rule of `models_ml.split` holds out stays held out, so evaluations by
    that rule never meet a record that was trained on. Raises UserError where nothing is left to train on.
    """
    records = (*split.evaluation, *split.training)
    groups = twin_groups(
        [record.images for record in records], [words((record.name, *record.segments)) for record in records]
    )
    tied = np.isin(groups[len(split.evaluation) :], groups[: len(split.evaluation)])
    kept = tuple(record for record, twin in zip(split.training, tied, strict=True) if not twin)
    moved = tuple(record for record, twin in zip(split.training, tied, strict=True) if twin)
    together = Split(kept, (*split.evaluation, *moved), split.left_out, len(moved))
    _require_both_sides(together, find_shared_pictures(split))
    return together


@dataclass(frozen=True)
class SharedPicture:
    """A picture of very many records, of which one is named."""

    image: str
    records: int
    collection: str
    record_id: str

    def advice(self) -> str:
        return (
            f"{self.records:,} records, one of them {self.record_id} of {self.collection}, have the same picture, and "
            "so are twins. If it only says that a picture is missing, leave it out: --leave-out-picture "
            f"{self.image}, here or in export_training_set."
        )


def find_shared_pictures(split: Split) -> tuple[SharedPicture, ...]:
    """The pictures that at least MANY_RECORDS records have, most common first."""
    records = (*split.training, *split.evaluation)
    counts = Counter(image for record in records for image in dict.fromkeys(record.images))
    example = {
        image: record for record in reversed(records) for image in record.images if counts[image] >= MANY_RECORDS
    }
    return tuple(
        SharedPicture(image, count, example[image].collection, example[image].record_id)
        for image, count in counts.most_common()
        if count >= MANY_RECORDS
    )


def leave_out_pictures(records: Sequence[TrainingRecord], pictures: Collection[str]) -> list[TrainingRecord]:
    """The records without those pictures. Raises UserError where no record has one of them."""
    if unknown := set(pictures) - set(image_names(records)):
        raise UserError(f"No record has the picture {min(unknown)}: give the name as finetune --dry-run says it.")
    return [
        replace(record, images=tuple(image for image in record.images if image not in pictures)) for record in records
    ]


@dataclass(frozen=True)
class Leaks:
    """What a model could have learnt of the held-out records by heart.

    `images` and `sentences` are counts of held-out pictures and description segments that the training side has
    too, `names` of held-out records whose name it has. Common names are what zero-shot evaluation asks for.
    """

    images: int
    sentences: int
    names: int


def find_leaks(split: Split) -> Leaks:
    """Compare the two sides as they stand, texts without case and outer spaces."""
    learnt_images = {image for record in split.training for image in record.images}
    learnt_sentences = {text.strip().casefold() for record in split.training for text in record.segments}
    learnt_names = {record.name.strip().casefold() for record in split.training}
    held_out = split.evaluation
    sentences = {text.strip().casefold() for record in held_out for text in record.segments} - {""}
    return Leaks(
        images=len({image for record in held_out for image in record.images} & learnt_images),
        sentences=len(sentences & learnt_sentences),
        names=sum(bool(name := record.name.strip().casefold()) and name in learnt_names for record in held_out),
    )


def _require_both_sides(split: Split, shared: Sequence[SharedPicture] = ()) -> None:
    if split.training and split.evaluation:
        return
    empty = "training" if not split.training else "evaluation"
    twins = f", of which {split.beside_twins:,} are held out beside their twins" if split.beside_twins else ""
    raise UserError(
        f"The split leaves no record on the {empty} side ({len(split.training) + len(split.evaluation):,} records have "
        f"image and text{twins}); " + (shared[0].advice() if shared else "choose more collections or another --seed.")
    )


def image_names(records: Iterable[TrainingRecord]) -> list[str]:
    """Each distinct image once, in the order of first appearance."""
    return list(dict.fromkeys(image for record in records for image in record.images))


def build_items(records: Sequence[TrainingRecord], rows: dict[str, int], cut: Callable[[str], list[str]]) -> Items:
    """The items of `records`.

    `rows` gives each image's row among the decoded pixels; an image that is not in it has no items.
    `cut` folds a text and cuts it to the model's length (see `tokenizer.cut_text`). An item that several records have
    is the first one's.
    """
    owners: dict[tuple[int, str], int] = {}
    for number, record in enumerate(records):
        for text in record_texts(record, cut):
            for image in record.images:
                if image in rows:
                    owners.setdefault((rows[image], text), number)
    collections = {slug: number for number, slug in enumerate(sorted({record.collection for record in records}))}
    terms: dict[str, int] = {}
    return Items(
        images=np.array([row for row, _ in owners], dtype=np.int64),
        texts=tuple(text for _, text in owners),
        may_mirror=np.ones(len(owners), dtype=bool),
        collections=np.array([collections[records[owner].collection] for owner in owners.values()], dtype=np.int64),
        records=np.array(list(owners.values()), dtype=np.int64),
        terms=tuple(
            tuple(terms.setdefault(term, len(terms)) for term in _distinct_terms(record)) for record in records
        ),
    )


def record_texts(record: TrainingRecord, cut: Callable[[str], list[str]]) -> Iterator[str]:
    """The name and each segment, folded and cut as `build_items` has it; those without words are left out."""
    for text in (record.name, *record.segments):
        yield from cut(text)


def _distinct_terms(record: TrainingRecord) -> list[str]:
    return list(dict.fromkeys(folded for term in record.terms if (folded := term.strip().casefold())))
