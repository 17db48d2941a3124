"""Stored vectors: read for arithmetic, written in batches, counted, and indexed. No torch.

Vectors are kept as float32; the index of each model and modality is HNSW over half precision, partial
(`WHERE model_id = ...`), since models differ in dimension. Its candidates are ranked again by the
float32 vectors (`models_ml.vectors.neighbours`), so half precision decides only which candidates are looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from heritage.models import Collection, Image, TextSegment
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.vectors.binary_copy import HEADER, pack_rows, row_dtype, unpack_rows

Modality = Literal["image", "text"]

# Neighbours of each vector in the graph of its index, and how many are weighed while it is built. With pgvector's 16
# and 64 whole groups of pictures that are much alike cannot be reached (docs/benchmarks.md).
GRAPH = ("m=32", "ef_construction=256")
READ_ROWS = 4096
DIGEST_COLUMNS = "count(*), sum(hashint8extended(stored.id, 0))"  # of `Storage.shown`


@dataclass(frozen=True)
class Storage:
    """Where the vectors of one modality lie."""

    vectors: type[ImageVector] | type[SegmentVector]
    items: type[Image] | type[TextSegment]
    key: str

    @property
    def table(self) -> str:
        return self.vectors._meta.db_table

    @property
    def item_table(self) -> str:
        return self.items._meta.db_table

    @property
    def may_show_item(self) -> str:
        """Condition on a row `item`, whatever its record."""
        return "NOT item.withheld" if self.items is Image else "TRUE"

    @property
    def is_shown(self) -> str:
        """Condition on a row `item` of its record `record`: what may not be shown is compared with nothing."""
        return f"NOT record.withheld AND {self.may_show_item}"

    @property
    def shown(self) -> str:
        """The joined rows that `is_shown` is a condition on: the vectors are `stored`."""
        return (
            f"{self.table} stored JOIN {self.item_table} item ON item.id = stored.{self.key}"
            " JOIN heritage_record record ON record.id = item.record_id"
        )

    def index_name(self, model: EmbeddingModel) -> str:
        return f"{self.table}_hnsw_{model.pk}"


STORAGE: dict[Modality, Storage] = {
    "image": Storage(ImageVector, Image, "image_id"),
    "text": Storage(SegmentVector, TextSegment, "segment_id"),
}


@dataclass(frozen=True)
class VectorTable:
    """Vectors of one model and modality, grouped by record.

    record_ids: (n,) int64, ascending primary keys; a record with several vectors occurs several times.
    vectors: (n, d) float32, L2-normalised.
    """

    record_ids: np.ndarray
    vectors: np.ndarray


@dataclass(frozen=True)
class Coverage:
    """How many images and segments of some collections have a vector, and how many lack one.

    images_of_page: those whose vector is of the page's picture and not of the museum's.
    """

    images: int
    images_missing: int
    segments: int
    segments_missing: int
    images_of_page: int = 0

    @property
    def images_present(self) -> int:
        return self.images - self.images_missing

    @property
    def segments_present(self) -> int:
        return self.segments - self.segments_missing

    @property
    def missing(self) -> int:
        return self.images_missing + self.segments_missing

    @property
    def present(self) -> int:
        return self.images_present + self.segments_present


def items_of(modality: Modality, collections: Iterable[Collection]) -> QuerySet[Any]:
    """Images that are here, or text segments, of the collections."""
    items: QuerySet[Any] = STORAGE[modality].items.objects.filter(record__collection__in=list(collections))
    return items.exclude(content_hash="") if modality == "image" else items


def items_missing(
    modality: Modality, *, model: EmbeddingModel, collections: Iterable[Collection], renew: bool = False
) -> QuerySet[Any]:
    """Those of `items_of` that have no vector of the model yet, in the order of their keys.

    With `renew` a vector of the page's picture counts as none.
    """
    storage = STORAGE[modality]
    kept = {"of_page": False} if renew and modality == "image" else {}
    vectors = storage.vectors.objects.filter(model=model, **{storage.key: OuterRef("pk")}, **kept)
    return items_of(modality, collections).filter(~Exists(vectors)).order_by("pk")


def coverage(*, model: EmbeddingModel, collections: Sequence[Collection]) -> Coverage:
    return Coverage(
        images=items_of("image", collections).count(),
        images_missing=items_missing("image", model=model, collections=collections).count(),
        segments=items_of("text", collections).count(),
        segments_missing=items_missing("text", model=model, collections=collections).count(),
        images_of_page=model.image_vectors.filter(of_page=True, image__record__collection__in=collections).count(),
    )


def read_vectors(*, model: EmbeddingModel, modality: Modality, collections: Sequence[Collection]) -> VectorTable:
    """All vectors of a model and modality in some collections, of records and pictures that may be shown.

    Raises ValueError if a stored vector is not of the model's dimension.
    """
    batches = list(stream_vectors(model=model, modality=modality, collections=collections))
    return VectorTable(
        np.concatenate([np.empty(0, np.int64), *(batch.record_ids for batch in batches)]),
        np.concatenate([np.empty((0, model.dimension), np.float32), *(batch.vectors for batch in batches)]),
    )


def stream_vectors(
    *, model: EmbeddingModel, modality: Modality, collections: Sequence[Collection]
) -> Iterator[VectorTable]:
    """The rows of `read_vectors` in batches, by binary COPY; no more than a batch of them is held."""
    storage = STORAGE[modality]
    query = f"""
        SELECT item.record_id, stored.vector
        FROM {storage.shown}
        WHERE stored.model_id = %s AND record.collection_id = ANY(%s) AND {storage.is_shown}
        ORDER BY item.record_id, item.position
    """  # noqa: S608 - table names are ours
    batch_bytes = READ_ROWS * row_dtype(1, model.dimension).itemsize
    buffer = bytearray()

    def take(size: int) -> VectorTable:
        table = VectorTable(*unpack_rows(bytes(buffer[:size]), model.dimension))
        del buffer[:size]
        return table

    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", (model.pk, [c.pk for c in collections])) as copy,
    ):
        header_seen = False
        for chunk in copy:
            buffer += chunk
            if not header_seen and len(buffer) >= len(HEADER):
                del buffer[: len(HEADER)]
                header_seen = True
            while len(buffer) > batch_bytes:
                yield take(batch_bytes)
    yield take(len(buffer) - 2)  # what remains is whole rows and the two-byte trailer


@dataclass(frozen=True)
class Digest:
    """Which rows there are: how many, and a sum of hashes of their identities, which needs no order.

    A picture or text that changed is a new row and has a new vector (docs/adr/0004-vectors.md), so identities tell of
    contents too.
    """

    count: int = 0
    total: int = 0

    @classmethod
    def of(cls, count: int, total: Any) -> "Digest":
        return cls(count, int(total or 0) % 2**64)

    def __add__(self, other: "Digest") -> "Digest":
        return self.of(self.count + other.count, self.total + other.total)

    def __str__(self) -> str:
        return f"{self.count}:{self.total:016x}"


def vector_digests(*, model: EmbeddingModel, modality: Modality) -> dict[int, Digest]:
    """Of the vectors that may be shown, by their collections' keys; a collection without any is left out."""
    storage = STORAGE[modality]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record.collection_id, {DIGEST_COLUMNS} FROM {storage.shown}"  # noqa: S608
            f" WHERE stored.model_id = %s AND {storage.is_shown} GROUP BY record.collection_id",
            [model.pk],
        )
        return {collection: Digest.of(*digest) for collection, *digest in cursor.fetchall()}


def write_vectors(*, model: EmbeddingModel, modality: Modality, keys: Sequence[int], vectors: np.ndarray) -> None:
    """Store one vector per image or segment, atomically.

    keys: primary keys (n); vectors: (n, d) float32. A vector that somebody else stored meanwhile is
    left as it is, but for one of the page's picture: a new row takes its place. An image or segment that was replaced
    meanwhile is passed over.
    """
    if vectors.shape != (len(keys), model.dimension):
        raise ValueError(f"{len(keys)} vectors of {model.dimension} dimensions expected, got shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError(f"{model.slug} gave vectors that are not finite")
    storage = STORAGE[modality]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE incoming (key bigint, vector vector) ON COMMIT DROP")
        with cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(pack_rows(np.asarray(keys, np.int64)[:, None], vectors.astype(np.float32)))
        if modality == "image":
            cursor.execute(
                f"DELETE FROM {storage.table} stored USING incoming"  # noqa: S608
                f" WHERE stored.model_id = %s AND stored.of_page AND stored.{storage.key} = incoming.key",
                (model.pk,),
            )
        cursor.execute(
            f"INSERT INTO {storage.table} (model_id, {storage.key}, vector)"  # noqa: S608
            f" SELECT %s, item.id, incoming.vector FROM incoming"
            f" JOIN {storage.item_table} item ON item.id = incoming.key"
            f" ON CONFLICT DO NOTHING",
            (model.pk,),
        )
        cursor.execute("DROP TABLE incoming")


def build_indexes(model: EmbeddingModel) -> None:
    """Make the model's two partial HNSW indexes, without blocking readers or writers.

    One that an interrupted build left invalid, or that was built otherwise, serves until its successor is there.
    """
    for storage in STORAGE.values():
        name = storage.index_name(model)
        draft = f"{name}_new"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid AND reloptions @> %s FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                " WHERE relname = %s",
                (list(GRAPH), name),
            )
            found = cursor.fetchone()
            if found and found[0]:
                continue
            # PostgreSQL builds concurrently only outside a transaction.
            how = "" if connection.in_atomic_block else "CONCURRENTLY"
            cursor.execute(f"DROP INDEX {how} IF EXISTS {draft}")
            cursor.execute(
                f"CREATE INDEX {how} {draft} ON {storage.table}"
                f" USING hnsw ((half::halfvec({model.dimension})) halfvec_cosine_ops) WITH ({', '.join(GRAPH)})"
                f" WHERE model_id = {model.pk}"
            )
            cursor.execute(f"DROP INDEX {how} IF EXISTS {name}")
            cursor.execute(f"ALTER INDEX {draft} RENAME TO {name}")
