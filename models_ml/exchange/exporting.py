"""Writing a model's vectors to Parquet. What may not be shown is left out; so are the pictures themselves."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import F, QuerySet
from numpy.typing import NDArray

from heritage.errors import UserError
from heritage.files.whole_file import whole_file
from heritage.models import Collection
from heritage.progress import Progress
from models_ml.exchange.layouts import SCHEMAS, LayoutName
from models_ml.models import EmbeddingModel
from models_ml.vectors.binary_copy import HEADER, TRAILER, unpack_rows
from models_ml.vectors.store import STORAGE, Modality

BATCH_ROWS = 4096
FINGERPRINT_KEY = b"heritage_weaver.fingerprint"
_TEXT_COLUMNS = ("provider", "model")


def export_vectors(
    *,
    model: EmbeddingModel,
    path: Path,
    collections: Sequence[Collection],
    modalities: Sequence[Modality] = ("image",),
    layout: LayoutName = "shared",
    progress: Progress,
) -> int:
    """Write the vectors of some collections; the number of rows. Memory is that of a batch.

    Raises UserError where there is nothing to write, or more than `plain` can say.
    """
    if layout == "plain" and tuple(modalities) != ("image",):
        raise UserError("The plain layout has a picture's vector for each object: write texts in the shared one.")
    if layout == "plain" and len(collections) > 1:
        raise UserError("The plain layout does not name collections: write one collection a file.")
    rows = {modality: _rows(model, modality, collections, layout) for modality in modalities}
    total = sum(query.count() for query in rows.values())
    if not total:
        raise UserError(f"{model.slug} has no such vectors of these collections: run `embed {model.slug}` first.")
    progress.start(f"Writing vectors of {model.slug}", total)
    schema = SCHEMAS[layout].with_metadata({FINGERPRINT_KEY: model.fingerprint.encode()})
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        whole_file(path) as beside,
        pq.ParquetWriter(
            beside, schema, compression="zstd", use_dictionary=list(_TEXT_COLUMNS), write_page_checksum=True
        ) as writer,
    ):
        for modality, query in rows.items():
            for batch in _batches(query):
                vectors = _vectors(cursor, model, modality, [row["pk"] for row in batch])
                writer.write_table(_table(batch, vectors, model, modality, layout))
                progress.advance(len(batch))
    return total


def _rows(
    model: EmbeddingModel, modality: Modality, collections: Sequence[Collection], layout: LayoutName
) -> QuerySet[Any]:
    """What is said of each vector, by the vectors' keys."""
    storage = STORAGE[modality]
    item = storage.key.removesuffix("_id")
    shown: dict[str, Any] = {f"{item}__record__withheld": False, f"{item}__record__collection__in": list(collections)}
    if modality == "image":
        shown["image__withheld"] = False
    if layout == "plain":
        shown["image__position"] = 0
    fields = {
        "record_id": "record__record_id",
        "title": "record__name",
        "page": "record__page",
        "credit": "record__credit",
        "slug": "record__collection__slug",
        "name": "record__collection__name",
        "position": "position",
        "of": "source" if modality == "image" else "text",
    }
    said = {name: F(f"{item}__{field}") for name, field in fields.items()}
    return storage.vectors.objects.filter(model=model, **shown).order_by("pk").values("pk", **said)


def _batches(rows: QuerySet[Any]) -> Iterator[list[dict[str, Any]]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH_ROWS]):
        yield batch
        last = batch[-1]["pk"]


def _vectors(cursor: Any, model: EmbeddingModel, modality: Modality, keys: Sequence[int]) -> NDArray[np.float32]:
    """(n, d) of vectors in the order of their ascending keys. A row that is gone since is an error of ours."""
    query = f"SELECT id, vector FROM {STORAGE[modality].table} WHERE id = ANY(%s) ORDER BY id"  # noqa: S608
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", (list(keys),)) as copy:
        data = b"".join(copy)
    found, vectors = unpack_rows(data[len(HEADER) : -len(TRAILER)], model.dimension)
    if found.tolist() != list(keys):
        raise UserError("Records were removed while their vectors were written: write them again.")
    return vectors


def _table(
    rows: Sequence[dict[str, Any]],
    vectors: NDArray[np.float32],
    model: EmbeddingModel,
    modality: Modality,
    layout: LayoutName,
) -> pa.Table:
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * vectors.shape[1]
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.ravel()))
    slugs = [model.slug] * len(rows)
    if layout == "plain":
        columns = [[row["record_id"] for row in rows], lists, slugs, [model.dimension] * len(rows)]
    else:
        columns = [
            [row["slug"] for row in rows],
            [row["of"] if modality == "image" else f"text-{row['position']}" for row in rows],
            [row["record_id"] for row in rows],
            slugs,
            lists,
            [int(time.time())] * len(rows),
            [_attributes(row, modality) for row in rows],
        ]
    schema = SCHEMAS[layout]
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _attributes(row: dict[str, Any], modality: Modality) -> list[tuple[str, str]]:
    address = row["of"] if modality == "image" and row["of"].startswith(("http://", "https://")) else ""
    said = {
        "type": modality,
        "preview": address,
        "depiction_url": address,
        "subject_url": row["page"],
        "subject_title": row["title"],
        "subject_creditline": row["credit"],
        "provider_name": row["name"],
        "text": row["of"] if modality == "text" else "",
    }
    return [(name, value) for name, value in said.items() if value]
