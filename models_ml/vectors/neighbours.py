"""The records nearest to a vector: by the index where that finds them, by looking at every vector where it may not.

An HNSW index answers with the nearest of all vectors. Where only some records count, those may be far down its list, or
never come up in it. Where few count, all their vectors are compared. Else the index is asked once; where too few of its
answers count, all vectors of what does count are compared, and where these are many, the index is first asked to go on.
Whatever is compared is compared at half precision first, and the nearest by that at single precision. No torch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from numpy.typing import NDArray

from heritage.models import Record
from models_ml.models import EmbeddingModel
from models_ml.vectors.house_style import LEAST_LENGTH, without_style
from models_ml.vectors.store import STORAGE, Modality, Storage

# The index looks for so many at once. A filter loses some of them, and without house style the order is another one.
CANDIDATES, CANDIDATES_OF_FILTER, CANDIDATES_WITHOUT_STYLE = 200, 400, 1000
MOST_CANDIDATES = 1000  # that pgvector gives
# So many records more than asked for are ranked by their float32 vectors, each of which is a page or two to read.
SPARE = 20
VECTORS_OF_RECORD = 4  # so many are looked at for each of them at first; all, where that does not do
# So many records are compared one by one rather than asking the index, and so many rather than going on through it.
FEW_RECORDS, EXACT_RECORDS = 6_000, 20_000
# How far the index goes on: all vectors of a large collection may lie before the first that counts.
MOST_SCANNED = 200_000
SCAN_MEMORY = 8  # times work_mem

# Cosine distances of `stored` to `asked`. Of what is hardly longer than the rounding of halves, halves tell nothing.
ROUNDING = 1e-3
DISTANCE = "stored.half <=> (SELECT half FROM asked)"
EXACT_DISTANCE = "(stored.vector <=> (SELECT vector FROM asked))"
EXACT_DISTANCE_WITHOUT_STYLE = (
    f"CASE WHEN vector_norm(stored.vector - style) > {LEAST_LENGTH}"  # noqa: S608 - numbers are ours
    " THEN (stored.vector - style) <=> (SELECT vector FROM asked) ELSE 1 END"
)
DISTANCE_WITHOUT_STYLE = (
    f"CASE WHEN l2_norm(stored.half - half_style) > {100 * ROUNDING}"  # noqa: S608 - numbers are ours
    f" THEN (stored.half - half_style) <=> (SELECT half FROM asked) ELSE {EXACT_DISTANCE_WITHOUT_STYLE} END"
)
STYLED = (
    "styled AS MATERIALIZED (SELECT collection_id, style, style::halfvec AS half_style"
    " FROM unnest(%s::bigint[], %s::vector[]) AS given (collection_id, style))"
)

Styles = Mapping[int, NDArray[np.floating[Any]]]


def vector_of(record: Record, *, model: EmbeddingModel, modality: Modality) -> NDArray[np.float32] | None:
    """(d,) of a record's first picture, or its name; None where it has no such vector."""
    found = first_vectors([record.pk], model=model, modality=modality)
    return found[0] if len(found) else None


def first_vectors(records: Sequence[int], *, model: EmbeddingModel, modality: Modality) -> NDArray[np.float32]:
    """(n, d) of the first pictures, or the names, of those of the records, by their keys, that have such a vector."""
    if not records:
        return np.empty((0, model.dimension), np.float32)
    storage = STORAGE[modality]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (record.id) stored.vector::text FROM {storage.shown}"  # noqa: S608 - names are ours
            " WHERE stored.model_id = %s AND record.id = ANY(%s) ORDER BY record.id, item.position",
            [model.pk, list(records)],
        )
        found = [json.loads(vector) for (vector,) in cursor.fetchall()]
    return np.array(found, np.float32).reshape(-1, model.dimension)


def nearest_records(
    *,
    model: EmbeddingModel,
    modality: Modality,
    record: Record,
    limit: int = 12,
    across: bool = True,
    styles: Styles | None = None,
) -> list[tuple[int, float]]:
    """Records nearest to a record's first image, or to its name, best first, as (primary key, cosine).

    `across`: only records of other collections. Empty where the record has no such vector. styles: as `nearest` has
    them.
    """
    query = vector_of(record, model=model, modality=modality)
    if query is None:
        return []
    others = Record.objects.exclude(collection=record.collection_id) if across else Record.objects.exclude(pk=record.pk)
    style = None if styles is None else styles.get(record.collection_id)
    return nearest(
        model=model,
        modality=modality,
        query=query if style is None else without_style(query, style),
        limit=limit,
        among=others,
        styles=styles,
    )


def nearest(
    *,
    model: EmbeddingModel,
    modality: Modality,
    query: NDArray[np.floating[Any]],
    limit: int,
    among: QuerySet[Record] | None = None,
    styles: Styles | None = None,
) -> list[tuple[int, float]]:
    """Records whose nearest image or text is nearest to `query` (d,), best first, as (primary key, cosine).

    among: the records that count; all by default. What may not be shown never does. styles: what is subtracted of each
    collection's vectors, by its key (`models_ml.vectors.means`); cosines are then of what remains, and so should
    `query` be.
    """
    try:
        search = _Search(STORAGE[modality], model, query, limit, among, styles)
    except EmptyResultSet:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        return search.run(cursor)


@dataclass(frozen=True, slots=True)
class _Scope:
    """A query of the keys of the records that count and may be shown, with its parameters."""

    sql: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, among: QuerySet[Record] | None) -> "_Scope":
        """Raises EmptyResultSet where no record can count."""
        records = Record.objects.all() if among is None else among
        if records.query.is_sliced or records.query.combinator:
            records = Record.objects.filter(pk__in=records.values("pk"))
        # In one query with what chooses them: joined to it, it took longer than comparing the vectors.
        shown = records.filter(withheld=False).order_by().values("pk")
        sql, parameters = shown.query.get_compiler(connection=connection).as_sql()
        return cls(sql, tuple(parameters))


class _Search:
    """One question, put in up to three ways. Raises EmptyResultSet where no record can count.

    Each way gives the vectors that count and are nearest at half precision. The float32 vectors are read of the records
    that are nearest by that.
    """

    def __init__(
        self,
        storage: Storage,
        model: EmbeddingModel,
        query: NDArray[np.floating[Any]],
        limit: int,
        among: QuerySet[Record] | None,
        styles: Styles | None,
    ) -> None:
        self.storage, self.model, self.limit = storage, model, limit
        self.scope = _Scope.of(among)
        candidates = CANDIDATES if among is None else CANDIDATES_OF_FILTER
        if styles is not None:
            candidates = CANDIDATES_WITHOUT_STYLE
        self.candidates = min(max(candidates, 2 * limit), MOST_CANDIDATES)
        text = _as_text(query)
        self.asked = "asked AS MATERIALIZED (SELECT %s::halfvec AS half, %s::vector AS vector)"
        self.asked_parameters: tuple[Any, ...] = (text, text)
        self.distance, self.exact_distance = DISTANCE, EXACT_DISTANCE
        self.items = f"JOIN {storage.item_table} item ON item.id = stored.{storage.key}"
        if styles is not None:
            self.asked += f", {STYLED}"
            self.asked_parameters += (list(styles), [_as_text(style) for style in styles.values()])
            self.distance, self.exact_distance = DISTANCE_WITHOUT_STYLE, EXACT_DISTANCE_WITHOUT_STYLE
            self.items += " JOIN heritage_record record ON record.id = item.record_id JOIN styled USING (collection_id)"
        self.is_styled = styles is not None

    def run(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        # Starting a process to help takes longer than what it would help with.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        if self._count_at_most(cursor, FEW_RECORDS):
            return self._exactly(cursor)
        cursor.execute(f"SET LOCAL hnsw.ef_search = {self.candidates}")
        cursor.execute("SET LOCAL hnsw.iterative_scan = off")
        found = self._among_candidates(cursor)
        if len(found) >= self.limit:
            return found
        if self._count_at_most(cursor, EXACT_RECORDS):
            return self._exactly(cursor)
        cursor.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")
        cursor.execute(f"SET LOCAL hnsw.max_scan_tuples = {MOST_SCANNED}")
        cursor.execute(f"SET LOCAL hnsw.scan_mem_multiplier = {SCAN_MEMORY}")
        found = self._going_on(cursor)
        return found if len(found) >= self.limit else self._exactly(cursor)

    def _among_candidates(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        """Of the index's candidates those that count."""
        return self._ranked(
            cursor,
            f"""
            SELECT stored.id, item.record_id, {self.distance} AS distance
            FROM (
                SELECT * FROM {self.storage.table} stored WHERE model_id = %s {self._by_index(self.candidates)}
            ) stored {self.items}
            WHERE {self._counts} ORDER BY distance LIMIT %s
            """,  # noqa: S608 - names are ours
            (self.model.pk, *self.scope.parameters),
        )

    def _going_on(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        """By the index until it has enough that count."""
        enough = max(self._read_records, self.candidates if self.is_styled else 0)
        return self._ranked(
            cursor,
            f"""
            SELECT * FROM (
                SELECT stored.id, item.record_id, {self.distance} AS distance
                FROM {self.storage.table} stored {self.items}
                WHERE stored.model_id = %s AND {self._counts} {self._by_index(enough)}
            ) counting ORDER BY distance LIMIT %s
            """,  # noqa: S608 - names are ours
            (self.model.pk, *self.scope.parameters),
        )

    def _exactly(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        """All that count. Keys are handed on as arrays: an index is then walked once, not once for each of them."""
        storage = self.storage
        counting = f"""
            FROM {storage.table} stored {self.items if self.is_styled else ""}
            WHERE stored.model_id = %s AND stored.{storage.key} = ANY (ARRAY(
                SELECT item.id FROM {storage.item_table} item
                WHERE item.record_id = ANY (ARRAY({self.scope.sql})) AND {storage.may_show_item}
            )) ORDER BY distance LIMIT %s
            """  # noqa: S608 - names are ours
        if self.is_styled:
            sql = f"SELECT stored.id, item.record_id, {self.distance} AS distance {counting}"
        else:
            sql = f"""
                SELECT stored.id, item.record_id, stored.distance FROM (
                    SELECT stored.id, stored.{storage.key}, {self.distance} AS distance {counting}
                ) stored {self.items} ORDER BY stored.distance
                """  # noqa: S608 - names are ours
        return self._ranked(cursor, sql, (self.model.pk, *self.scope.parameters))

    @property
    def _counts(self) -> str:
        return f"{self.storage.may_show_item} AND item.record_id IN ({self.scope.sql})"

    def _by_index(self, vectors: int) -> str:
        """In the index's order: the expression is that of `build_indexes`."""
        halves = f"halfvec({self.model.dimension})"
        return f"ORDER BY stored.half::{halves} <=> (SELECT half::{halves} FROM asked) LIMIT {vectors}"  # noqa: S608

    @property
    def _read_records(self) -> int:
        return self.limit + SPARE

    def _ranked(self, cursor: CursorWrapper, counting: str, parameters: tuple[Any, ...]) -> list[tuple[int, float]]:
        """Records by the float32 vectors of those that `counting` gives: (id, record, distance), the nearest first, as
        many as its last parameter says."""
        chosen: list[int] | None = None
        for most in (VECTORS_OF_RECORD * self._read_records, None):
            cursor.execute(f"WITH {self.asked} {counting}", [*self.asked_parameters, *parameters, most])
            nearest_first = cursor.fetchall()
            chosen = self._chosen(nearest_first, is_cut=len(nearest_first) == most)
            if chosen is not None:
                break
        cursor.execute(
            f"""
            WITH {self.asked} SELECT item.record_id, max(1 - {self.exact_distance}) AS cosine
            FROM {self.storage.table} stored {self.items} WHERE stored.id = ANY (%s)
            GROUP BY item.record_id ORDER BY cosine DESC, item.record_id LIMIT %s
            """,  # noqa: S608 - names are ours
            [*self.asked_parameters, chosen or [], self.limit],
        )
        return [(record_id, float(cosine)) for record_id, cosine in cursor.fetchall()]

    def _chosen(self, nearest_first: Sequence[tuple[int, int, float]], *, is_cut: bool) -> list[int] | None:
        """Those vectors by which the nearest records may be nearest; None where more have to be looked at."""
        least: dict[int, float] = {}
        for _, record, distance in nearest_first:
            least.setdefault(record, distance)
        if is_cut:
            if len(least) < self._read_records:
                return None
            if nearest_first[-1][2] <= list(least.values())[self.limit - 1] + ROUNDING:
                return None
        read = set(list(least)[: self._read_records])
        return [
            key for key, record, distance in nearest_first if record in read and distance <= least[record] + ROUNDING
        ]

    def _count_at_most(self, cursor: CursorWrapper, records: int) -> bool:
        """Are there no more records that count than that?"""
        cursor.execute(
            f"SELECT count(*) FROM ({self.scope.sql} LIMIT {records + 1}) AS counted",  # noqa: S608
            self.scope.parameters,
        )
        return int(cursor.fetchone()[0]) <= records


def _as_text(vector: NDArray[np.floating[Any]]) -> str:
    return json.dumps(np.asarray(vector, np.float32).tolist())
