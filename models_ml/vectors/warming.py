"""Reading the indexes into the database's memory, so that nobody who searches first after a start waits for it.

The embedded server lacks pg_prewarm. Questions at vectors that are there, each near to others, come to nearly all of an
index's pages. No torch.
"""

from django.db import connection, transaction

from models_ml.models import EmbeddingModel
from models_ml.vectors.store import STORAGE, Storage

QUESTIONS = 400  # to each index
CANDIDATES = 200  # of each question

_SIZE = (
    "SELECT pg_relation_size(indexrelid) FROM pg_index JOIN pg_class ON oid = indexrelid"
    " WHERE indisvalid AND relname = %s"
)


def warm_indexes() -> int:
    """Read the indexes of the newest models, as many as the database keeps pages of; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_bytes(current_setting('shared_buffers'))")
        [room] = cursor.fetchone()
    warmed = 0
    for model in EmbeddingModel.objects.order_by("-pk"):
        for storage in STORAGE.values():
            with connection.cursor() as cursor:
                cursor.execute(_SIZE, [storage.index_name(model)])
                found = cursor.fetchone()
            if found is None:
                continue
            room -= found[0]
            if room < 0:
                return warmed
            _ask_all_over(storage, model)
            warmed += 1
    return warmed


def _ask_all_over(storage: Storage, model: EmbeddingModel) -> None:
    halves = f"halfvec({model.dimension})"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {storage.table} WHERE model_id = %s", [model.pk])  # noqa: S608
        [count] = cursor.fetchone()
        cursor.execute(f"SET LOCAL hnsw.ef_search = {CANDIDATES}")
        cursor.execute(
            f"""
            SELECT count(nearest.id)
            FROM (
                SELECT half FROM {storage.table} TABLESAMPLE SYSTEM (%s) WHERE model_id = %s LIMIT {QUESTIONS}
            ) AS asked, LATERAL (
                SELECT stored.id FROM {storage.table} stored WHERE stored.model_id = %s
                ORDER BY stored.half::{halves} <=> asked.half::{halves} LIMIT 1
            ) AS nearest
            """,  # noqa: S608 - names are ours
            [min(100.0, 100 * QUESTIONS / max(count, 1)), model.pk, model.pk],
        )
