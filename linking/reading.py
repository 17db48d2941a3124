"""Records and vectors out of the database, as the arrays that the pure modules take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from heritage.errors import UserError
from heritage.models import Collection, Record
from linking.comparisons import Modality
from linking.draw import record_keys
from linking.keywords import nearest_to_any
from linking.recipe import SamplingRecipe
from linking.sampling import Universe
from linking.similarity import VectorGroups, group_vectors
from linking.vector_rows import FiledRows
from models_ml.models import EmbeddingModel
from models_ml.vectors import stream_vectors


@dataclass(frozen=True)
class RecordPlaces:
    """The records of some collections in order: by collection as named, then by primary key.

    pks: (n,) int64; identities: their collections' slugs and the museums' identifiers.
    """

    pks: np.ndarray
    identities: list[tuple[str, str]]
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


def read_places(collections: Sequence[Collection]) -> RecordPlaces:
    """Raises UserError if a collection has no record."""
    rows: list[tuple[int, str]] = []
    counts = []
    for collection in collections:
        found = list(Record.objects.filter(collection=collection).order_by("pk").values_list("pk", "record_id"))
        if not found:
            raise UserError(f"The collection {collection.slug} has no records; import_records fills it.")
        rows += found
        counts.append(len(found))
    slugs = np.repeat([collection.slug for collection in collections], counts).tolist()
    identities = [(slug, record_id) for slug, (_, record_id) in zip(slugs, rows, strict=True)]
    universe = Universe(record_keys(identities), np.repeat(np.arange(len(collections)), counts))
    return RecordPlaces(np.array([pk for pk, _ in rows], np.int64), identities, universe)


class StoredVectors:
    """A `linking.sampling.VectorSource` that reads each model's images and texts once, into a file.

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


def choose_by_keywords(
    recipe: SamplingRecipe, model: EmbeddingModel, vectors: StoredVectors, all_: Universe
) -> Universe:
    """The universe in which only pairs with a record nearest to one of the recipe's keywords count.

    Loads the model's text encoder: for commands and jobs only.
    """
    from models_ml.encoders import load_encoder
    from models_ml.sources import loadable

    queries = load_encoder(loadable(model.source)).encode_texts(list(recipe.keywords))
    modalities = [vectors(model.slug, "image"), vectors(model.slug, "text")]
    chosen = nearest_to_any(queries, modalities, records=len(all_), nearest=recipe.nearest)
    return replace(all_, chosen=chosen)
