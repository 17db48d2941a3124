"""What an evaluation reads from the database: the held-out records, their texts, and models' vectors of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import PIL.Image

from heritage.catalogue.pictures import open_picture
from heritage.catalogue.queries import IMAGES_HERE
from heritage.errors import UserError
from heritage.models import Collection, Record, TextSegment
from models_ml.models import EmbeddingModel
from models_ml.networks.sources import BUNDLED
from models_ml.split import side
from models_ml.vectors.store import VectorTable, coverage, read_vectors

BUNDLED_SOURCES = frozenset(f"bundled:{slug}" for slug in BUNDLED)
BUNDLED_SPLIT_SEED = 0  # a test holds it against the bundled models' split.json


@dataclass(frozen=True)
class CatalogueRecord:
    key: int
    collection: str
    record_id: str
    name: str
    description: str


def named_records(collections: Sequence[Collection]) -> list[CatalogueRecord]:
    """The records that have a name, by key."""
    rows = Record.objects.filter(collection__in=collections).exclude(name="").order_by("pk")
    fields = rows.values_list("pk", "collection__slug", "record_id", "name", "description")
    return [CatalogueRecord(*row) for row in fields.iterator(chunk_size=5_000)]


def split_seeds(models: Sequence[EmbeddingModel], seed: int) -> tuple[int, ...]:
    """The seeds of the splits that the models, and those they were fine-tuned from, were trained with.

    `seed` where none of them was trained here.
    """
    seeds: set[int] = set()
    for model in models:
        for ancestor in _and_ancestors(model):
            if "recipe" in ancestor.training:
                seeds.add(int(ancestor.training["recipe"]["seed"]))
            elif ancestor.source in BUNDLED_SOURCES:
                seeds.add(BUNDLED_SPLIT_SEED)
    return tuple(sorted(seeds)) or (seed,)


def learnt_from_links(models: Sequence[EmbeddingModel]) -> tuple[str, ...]:
    """The slugs of those that, or a model that they were fine-tuned from, learnt from experts' links."""
    return tuple(model.slug for model in models if any("links" in each.training for each in _and_ancestors(model)))


def _and_ancestors(model: EmbeddingModel | None) -> Iterator[EmbeddingModel]:
    while model is not None:
        yield model
        model = model.parent


def evaluated_records(records: Sequence[CatalogueRecord], seeds: Sequence[int], which: str) -> list[CatalogueRecord]:
    """Those that the split of every seed holds out; with `which` "all" every record, learnt from or not."""
    if which == "all":
        return list(records)
    return [
        record
        for record in records
        if all(side(record.collection, record.record_id, seed) == "evaluation" for seed in seeds)
    ]


def checked_vectors(
    models: Sequence[EmbeddingModel], modality: str, collections: Sequence[Collection]
) -> dict[str, VectorTable]:
    """Each model's vectors. Raises UserError where one lacks some, with the command that computes them."""
    tables = {}
    for model in models:
        covered = coverage(model=model, collections=collections)
        missing, there = (
            (covered.images_missing, covered.images_present)
            if modality == "image"
            else (covered.segments_missing, covered.segments_present)
        )
        what = "pictures" if modality == "image" else "texts"
        if missing:
            raise UserError(f"{model.slug} lacks the vectors of {missing:,} {what}: run embed {model.slug} first.")
        if not there:
            raise UserError(f"The collections have no {what} to evaluate {model.slug} on: import or fetch them first.")
        tables[model.slug] = read_vectors(model=model, modality=modality, collections=collections)  # type: ignore[arg-type]
    return tables


def picture_openers(keys: Sequence[int]) -> dict[int, Callable[[], PIL.Image.Image]]:
    """By record, what opens its first picture, the one whose vector `first_rows` finds."""
    last_first = IMAGES_HERE.filter(record__in=keys).order_by("record_id", "-position")
    hashes = dict(last_first.values_list("record_id", "content_hash"))
    return {key: partial(open_picture, content) for key, content in hashes.items()}


def first_rows(table: VectorTable) -> dict[int, int]:
    """The row of each record's first vector."""
    records, rows = np.unique(table.record_ids, return_index=True)
    return dict(zip(records.tolist(), rows.tolist(), strict=True))


def description_vectors(model: EmbeddingModel, collections: Sequence[Collection], table: VectorTable) -> VectorTable:
    """One vector per record that has a description: the mean of its sentences' vectors, of length 1.

    A record's name is left out, so that text and picture are compared on what is said of the object.
    """
    kinds = TextSegment.objects.filter(record__collection__in=collections, vectors__model=model)
    is_sentence = (
        np.array(
            list(kinds.order_by("record_id", "position").values_list("kind", flat=True).iterator(chunk_size=5_000))
        )
        == TextSegment.Kind.SENTENCE
    )
    if len(is_sentence) != len(table.record_ids):
        raise UserError("The collections changed while they were read: run this again.")
    owners, vectors = table.record_ids[is_sentence], table.vectors[is_sentence]
    if not len(owners):
        raise UserError("None of the records has a description: text search has nothing to start from.")
    records, first = np.unique(owners, return_index=True)
    sums = np.add.reduceat(vectors, first, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return VectorTable(records, (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32))
