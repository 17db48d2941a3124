"""Kept means of each collection's vectors: what a page subtracts that cannot wait for all vectors to be read.

A mean is kept with the number and the digest of its vectors, so that one gone stale is told from one that holds.
`embed` keeps those of its model up to date; where pictures or texts went since, a job does.
"""

import json
from hashlib import blake2b

import numpy as np
from django.core.cache import cache
from django.db import connection

from heritage.progress import Progress
from models_ml.models import CollectionMean, EmbeddingModel
from models_ml.vectors.house_style import shrunk_means
from models_ml.vectors.store import DIGEST_COLUMNS, STORAGE, Digest, Modality, vector_digests

HELD_SECONDS = 60


def keep_means(*, model: EmbeddingModel, progress: Progress) -> int:
    """Work out the means whose vectors are not those that are there now. Returns how many these were."""
    changed = []
    for modality in STORAGE:
        kept, now = _kept_digests(model, modality), _digests(model, modality)
        changed += [(modality, collection) for collection in now if kept.get(collection) != now[collection]]
        model.collection_means.filter(modality=modality).exclude(collection__in=list(now)).delete()
    progress.start(f"{model.slug}: means", len(changed))
    for modality, collection in changed:
        _keep(model, modality, collection)
        progress.advance()
    return len(changed)


def house_styles(*, model: EmbeddingModel, modality: Modality) -> dict[int, np.ndarray] | None:
    """What is subtracted from each collection's vectors, (d,) float64 by the collection's key.

    None where a mean is missing, or of other vectors than are there now. That takes a look at all vectors' identities,
    so means that held are taken to hold for HELD_SECONDS.
    """
    digests = _kept_digests(model, modality)
    key = f"means-hold-{model.pk}-{modality}-{blake2b(repr(sorted(digests.items())).encode()).hexdigest()}"
    if not digests or not (cache.get(key) or digests == _digests(model, modality)):
        return None
    cache.set(key, True, timeout=HELD_SECONDS)
    kept = model.collection_means.filter(modality=modality, collection__in=list(digests))
    collections, means, records = zip(*kept.values_list("collection", "mean", "records"), strict=True)
    return dict(zip(collections, shrunk_means(np.array(means, np.float64), np.array(records)), strict=True))


def _kept_digests(model: EmbeddingModel, modality: Modality) -> dict[int, str]:
    return dict(model.collection_means.filter(modality=modality).values_list("collection", "digest"))


def _digests(model: EmbeddingModel, modality: Modality) -> dict[int, str]:
    found = vector_digests(model=model, modality=modality)
    return {collection: str(digest) for collection, digest in found.items()}


def _keep(model: EmbeddingModel, modality: Modality, collection: int) -> None:
    """One statement reads mean and digest, so that they are of the same vectors whatever is stored meanwhile."""
    storage = STORAGE[modality]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT avg(stored.vector)::text, count(DISTINCT record.id), {DIGEST_COLUMNS}"  # noqa: S608
            f" FROM {storage.shown} WHERE stored.model_id = %s AND record.collection_id = %s AND {storage.is_shown}",
            [model.pk, collection],
        )
        mean, records, *digest = cursor.fetchone()
    if mean is not None:
        CollectionMean.objects.update_or_create(
            model=model,
            collection_id=collection,
            modality=modality,
            defaults={"mean": json.loads(mean), "records": records, "digest": str(Digest.of(*digest))},
        )
