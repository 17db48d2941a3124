"""Records and vectors out of the database, as the arrays that the pure modules take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from heritage.errors import UserError
from heritage.models import Collection, Record
from heritage.sets.queries import get_set, records_of
from linking.sampling.comparisons import Modality
from linking.sampling.draw import record_keys
from linking.sampling.keywords import nearest_to_any
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.sections import Universe
from linking.sampling.similarity import VectorGroups, group_vectors
from linking.sampling.vector_rows import FiledRows
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import stream_vectors

RECORDS_READ = 10_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class RecordPlaces:
    """The records of some collections in order: by collection as named, then by primary key. pks: (n,) int64."""

    pks: np.ndarray
    universe: Universe

    @cached_property
    def _by_pk(self) -> np.ndarray:
        return np.argsort(self.pks)

    def places_of(self, pks: np.ndarray) -> np.ndarray:
        """(n,) int64 places of records. Raises UserError for one that was not there when this was read."""
        found = np.searchsorted(self.pks, pks, sorter=self._by_pk)
        places = self._by_pk[np.minimum(found, len(self.pks) - 1)]
        if not np.array_equal(self.pks[places], pks):
            raise UserError("Records were imported while they were being read; start again.")
        return places

    def identities(self, places: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Of some records by place: their collections' slugs and the museums' identifiers."""
        by_pk = {int(self.pks[place]): place for place in places}
        found = Record.objects.filter(pk__in=by_pk).values_list("pk", "collection__slug", "record_id")
        return {by_pk[pk]: (slug, record_id) for pk, slug, record_id in found}


def read_places(collections: Sequence[Collection], *, crossed: tuple[tuple[int, int], ...] = ()) -> RecordPlaces:
    """Records that may be shown. crossed: as `Universe` has it. Raises UserError if a collection has none."""
    pks: list[np.ndarray] = []
    keys: list[np.ndarray] = []
    counts: list[int] = []
    for collection in collections:
        query = (
            Record.objects.filter(collection=collection, withheld=False).order_by("pk").values_list("pk", "record_id")
        )
        before = len(pks)
        for rows in batched(query.iterator(chunk_size=RECORDS_READ), RECORDS_READ):
            pks.append(np.array([pk for pk, _ in rows], np.int64))
            keys.append(record_keys((collection.slug, record_id) for _, record_id in rows))
        counts.append(sum(map(len, pks[before:])))
        if not counts[-1]:
            raise UserError(f"The collection {collection.slug} has no records; import_records fills it.")
    universe = Universe(np.concatenate(keys), np.repeat(np.arange(len(collections)), counts), crossed=crossed)
    return RecordPlaces(np.concatenate(pks), universe)


def batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Lists of `size` rows, the last of what remains."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


class StoredVectors:
    """A `linking.sampling.sample.VectorSource` that reads each model's images and texts once, into a file.

    folder: where the files lie, without names, until this is gone.
    """

    def __init__(
        self,
        models: Iterable[EmbeddingModel],
        collections: Sequence[Collection],
        places: RecordPlaces,
        *,
        folder: Path | None = None,
    ) -> None:
        self._models = {model.slug: model for model in models}
        self._collections = collections
        self._places = places
        self._folder = folder
        self._read: dict[tuple[str, Modality], VectorGroups] = {}

    def __call__(self, model: str, modality: Modality) -> VectorGroups:
        if (model, modality) not in self._read:
            try:
                self._read[model, modality] = self._groups(self._models[model], modality)
            except ValueError as error:
                raise UserError(
                    f"The {modality} vectors of {model} cannot be used ({error}); register the model anew and embed."
                ) from error
        return self._read[model, modality]

    def _groups(self, model: EmbeddingModel, modality: Modality) -> VectorGroups:
        record_ids: list[np.ndarray] = []

        def vectors() -> Iterator[np.ndarray]:
            for table in stream_vectors(model=model, modality=modality, collections=self._collections):
                record_ids.append(table.record_ids)
                yield table.vectors

        rows = FiledRows(vectors(), model.dimension, self._folder)
        return group_vectors(self._places.places_of(np.concatenate(record_ids)), rows)


def choose_by_terms(recipe: SamplingRecipe, places: RecordPlaces, all_: Universe) -> Universe:
    """The universe in which only pairs with a record that has one of the recipe's taxonomy terms count.

    Raises UserError for a term that no record of the recipe's collections has.
    """
    chosen = np.zeros(len(all_), bool)
    for term in recipe.terms:
        wanted = Record.objects.filter(
            collection__slug__in=recipe.collections, withheld=False, taxonomy__contains=[term.strip()]
        )
        pks = np.fromiter(wanted.values_list("pk", flat=True).iterator(chunk_size=RECORDS_READ), np.int64)
        if not len(pks):
            raise UserError(
                f"No record of {', '.join(recipe.collections)} has the taxonomy term {term!r}; write it as the "
                "records do."
            )
        chosen[places.places_of(pks)] = True
    return _narrowed(all_, chosen)


def choose_among(recipe: SamplingRecipe, places: RecordPlaces, all_: Universe) -> Universe:
    """The universe in which only pairs with a record of one of the recipe's sets count.

    Raises UserError for a set that there is not, and for one without a record of the recipe's collections.
    """
    chosen = np.zeros(len(all_), bool)
    for slug in recipe.among:
        kept = get_set(slug)
        wanted = records_of(kept).filter(collection__slug__in=recipe.collections)
        pks = np.fromiter(wanted.values_list("pk", flat=True).iterator(chunk_size=RECORDS_READ), np.int64)
        if not len(pks):
            raise UserError(
                f"The set {slug} has no record of {', '.join(recipe.collections)}; choose collections that it has "
                "records of."
            )
        chosen[places.places_of(pks)] = True
    return _narrowed(all_, chosen)


def _narrowed(universe: Universe, chosen: np.ndarray) -> Universe:
    return replace(universe, chosen=chosen if universe.chosen is None else universe.chosen & chosen)


def choose_by_keywords(
    recipe: SamplingRecipe, model: EmbeddingModel, vectors: StoredVectors, all_: Universe
) -> Universe:
    """The universe in which only pairs with a record nearest to one of the recipe's keywords count.

    Loads the model's text encoder: for commands and jobs only.
    """
    from models_ml.networks.encoders import load_encoder
    from models_ml.networks.sources import loadable

    queries = load_encoder(loadable(model.source)).encode_texts(list(recipe.keywords))
    modalities = [vectors(model.slug, "image"), vectors(model.slug, "text")]
    chosen = nearest_to_any(queries, modalities, records=len(all_), nearest=recipe.nearest)
    return _narrowed(all_, chosen)
