"""Laying out a model's records as a map. Imports the libraries that do it when it runs: for commands and jobs only."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
from django.db import transaction

from heritage.catalogue.queries import get_collections
from heritage.errors import UserError
from heritage.models import Collection, Record
from heritage.progress import Progress
from models_ml.maps.arrays import packed, quantised
from models_ml.maps.clusters import NONE, colour_terms, find_clusters, name_clusters, terms_of
from models_ml.maps.kind import MapKind
from models_ml.maps.palette import COLOURS
from models_ml.maps.projection import LEAST_RECORDS, Projection, project
from models_ml.maps.record_vectors import combine, sum_by_record, without_styles
from models_ml.models import EmbeddingModel, RecordMap
from models_ml.vectors.store import Modality, stream_vectors, vector_digests

MODALITIES: dict[str, tuple[Modality, ...]] = {"record": ("image", "text"), "image": ("image",), "text": ("text",)}
WHAT = {"record": "pictures or texts", "image": "pictures", "text": "texts"}


def make_map(
    *, model: EmbeddingModel, kind: MapKind, progress: Progress, seed: int = 0, dry_run: bool = False
) -> dict[str, Any]:
    """Lay out all records of the model that may be shown, and keep the map in place of an older one of its kind.

    Returns what the command prints. With `dry_run` the records are counted and nothing is laid out.
    Raises UserError for fewer than LEAST_RECORDS records with vectors, and where the model was removed meanwhile.
    """
    collections = get_collections()
    digests = map_digests(model, kind)
    progress.start("Reading vectors")
    records, vectors = _record_vectors(model, kind, collections)
    if len(records) < LEAST_RECORDS:
        raise UserError(
            f"A map takes {LEAST_RECORDS} records or more with vectors of their {WHAT[kind.by]}; {model.slug} has "
            f"{len(records)}: compute its vectors first (embed {model.slug})."
        )
    result = {"model": model.slug, **kind.as_json(), "seed": seed, "records": len(records), "dry_run": dry_run}
    if dry_run:
        return result
    projection = project(vectors, seed=seed, progress=progress)
    del vectors
    progress.start("Naming clusters")
    document, arrays = _described(records, projection, seed)
    document["digests"] = digests
    with transaction.atomic():
        if not EmbeddingModel.objects.select_for_update().filter(pk=model.pk).exists():
            raise UserError(f"The model {model.slug} was removed while its map was made.")
        RecordMap.objects.update_or_create(
            model=model,
            by=kind.by,
            centred=kind.centred,
            defaults={
                "seed": seed,
                "records": len(records),
                "document": document,
                "arrays": arrays,
                "neighbours": packed(neighbours=projection.neighbours),
            },
        )
    return result | {"clusters": document["clusters"], "loose": document["loose"]}


def map_digests(model: EmbeddingModel, kind: MapKind) -> dict[str, dict[str, str]]:
    """Which vectors a map of the kind would be of now: by modality and collection, as `vector_digests` tells."""
    return {
        modality: {
            str(collection): str(digest)
            for collection, digest in vector_digests(model=model, modality=modality).items()
        }
        for modality in MODALITIES[kind.by]
    }


def _record_vectors(
    model: EmbeddingModel, kind: MapKind, collections: Sequence[Collection]
) -> tuple[np.ndarray, np.ndarray]:
    parts = []
    for modality in MODALITIES[kind.by]:
        batches = stream_vectors(model=model, modality=modality, collections=collections)
        summed = sum_by_record(batches, model.dimension)
        of = np.unique(_collections_of(summed.record_ids), return_inverse=True)[1]
        parts.append((summed.record_ids, without_styles(summed, of, by_collection=kind.centred)))
    return combine(parts, model.dimension)


def _collections_of(records: np.ndarray) -> np.ndarray:
    """(n,) int64: keys of the collections of these records; 0 for one that was removed meanwhile."""
    of = dict(Record.objects.filter(pk__in=records.tolist()).order_by().values_list("pk", "collection_id"))
    return np.array([of.get(record, 0) for record in records.tolist()], np.int64)


def _described(records: np.ndarray, projection: Projection, seed: int) -> tuple[dict[str, Any], bytes]:
    """The map's document but for its digests, and its arrays."""
    places = quantised(projection.coordinates * [1, -1])
    clusters = find_clusters(projection.coordinates, seed)
    of = _collections_of(records)
    said = {
        pk: terms_of(name, taxonomy)
        for pk, name, taxonomy in Record.objects.filter(pk__in=records.tolist())
        .order_by()
        .values_list("pk", "name", "taxonomy")
    }
    terms = [said.get(record, []) for record in records.tolist()]
    chosen, of_record = colour_terms(terms, len(COLOURS))
    document = {
        "library": f"openTSNE {version('openTSNE')}",
        "clusters": [
            asdict(cluster) | {"name": cluster.name, "collections": _counts(of[clusters == number])}
            for number, cluster in enumerate(name_clusters(clusters, places, terms))
        ],
        "loose": int((clusters == NONE).sum()),
        "terms": chosen,
    }
    return document, packed(records=records, places=places, clusters=clusters, terms=of_record)


def _counts(collections: np.ndarray) -> dict[str, int]:
    keys, counts = np.unique(collections, return_counts=True)
    return dict(zip(map(str, keys.tolist()), counts.tolist(), strict=True))
