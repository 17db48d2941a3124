"""What a sampling was drawn from, in a few numbers, and whether that has changed since.

Models by the fingerprint of their weights, records and vectors by how many there are and a sum of hashes of their
identities, which needs no order; what may not be shown takes no part. A picture or text that changed is a new row and
has a new vector (docs/adr/0004-vectors.md), and so has one that models see anew, so identities tell of contents too.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from heritage.models import Collection
from linking.models import Sampling
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import STORAGE, Digest, Modality, vector_digests

Provenance = dict[str, Any]


def provenance(*, models: Sequence[EmbeddingModel], collections: Sequence[Collection]) -> Provenance:
    """{"models": {slug: fingerprint}, "records": {collection: digest}, "vectors": {model: {modality: digest}}}."""
    return {
        "models": {model.slug: model.fingerprint for model in models},
        "records": {collection.slug: _records(collection) for collection in collections},
        "vectors": {
            model.slug: {modality: _vectors(model, modality, collections) for modality in STORAGE} for model in models
        },
    }


def changes_since(sampling: Sampling) -> list[str]:
    """What has changed since a sampling was drawn, in words; empty where its recipe draws the same pairs again.

    Also empty where that is not known: pairs that were imported, and samplings of earlier versions.
    """
    then: Provenance = sampling.provenance
    if not then:
        return []
    models = EmbeddingModel.objects.in_bulk(list(then["models"]), field_name="slug")
    collections = Collection.objects.in_bulk(list(then["records"]), field_name="slug")
    now = provenance(models=list(models.values()), collections=list(collections.values()))
    return describe_changes(then, now)


def describe_changes(then: Provenance, now: Provenance) -> list[str]:
    """One sentence for each model and collection that is not what it was."""
    changes = []
    for slug, fingerprint in then["models"].items():
        if slug not in now["models"]:
            changes.append(f"The model {slug} is no longer registered.")
        elif now["models"][slug] != fingerprint:
            changes.append(f"The model {slug} has other weights.")
    for slug, digest in then["records"].items():
        if slug not in now["records"]:
            changes.append(f"The collection {slug} is no longer there.")
        elif now["records"][slug] != digest:
            changes.append(f"The records of {slug} are not the same: {_counted(digest, now['records'][slug])}.")
    for slug, by_modality in then["vectors"].items():
        for modality, digest in by_modality.items():
            found = now["vectors"].get(slug, {}).get(modality, digest)
            if found != digest:
                changes.append(f"The {modality} vectors of {slug} are not the same: {_counted(digest, found)}.")
    return changes


def _counted(then: str, now: str) -> str:
    before, after = (int(digest.partition(":")[0]) for digest in (then, now))
    return f"{before:,} then, {after:,} now" if before != after else f"{before:,}, some of them replaced"


def _records(collection: Collection) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(hashtextextended(record_id, 0)) FROM heritage_record"
            " WHERE collection_id = %s AND NOT withheld",
            [collection.pk],
        )
        return str(Digest.of(*cursor.fetchone()))


def _vectors(model: EmbeddingModel, modality: Modality, collections: Sequence[Collection]) -> str:
    by_collection = vector_digests(model=model, modality=modality)
    return str(sum((by_collection.get(collection.pk, Digest()) for collection in collections), Digest()))
