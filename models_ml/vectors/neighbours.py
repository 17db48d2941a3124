"""The records nearest to a vector: by the index where that finds them, by looking at every vector where it may not.

An HNSW index answers with the nearest of all vectors. Where only some records count, those may be far down its list, or
never come up in it. Where few count, all their vectors are compared. Else the index is asked once; where too few of its
answers count, all vectors of what does count are compared, and where these are many, the index is first asked to go on.
No torch.
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
# So many more than asked for are ranked by their float32 vectors, each of which is a page or two to read.
SPARE = 40
# So many records are compared one by one rather than asking the index, and so many rather than going on through it.
FEW_RECORDS, EXACT_RECORDS = 1_500, 20_000
# How far the index goes on: all vectors of a large collection may lie before the first that counts.
MOST_SCANNED = 200_000
SCAN_MEMORY = 8  # times work_mem

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
    """A condition on a row `record`, with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


class _Search:
    """One question, put in up to three ways. Raises EmptyResultSet where no record can count."""

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
        self.query = _as_text(query)
        self.scope = _scope(among)
        self.candidates = CANDIDATES if among is None else CANDIDATES_OF_FILTER
        if styles is not None:
            self.candidates = CANDIDATES_WITHOUT_STYLE
        self.styled: tuple[Any, ...] = ()
        self.cosine, self.joined = "1 - (vector <=> %s::vector)", ""
        if styles is not None:
            self.cosine = (
                f"CASE WHEN vector_norm(vector - style) > {LEAST_LENGTH}"
                " THEN 1 - ((vector - style) <=> %s::vector) ELSE 0 END"
            )
            self.joined = (
                "JOIN (SELECT unnest(%s::bigint[]) AS collection_id, unnest(%s::text[])::vector AS style) AS styled"
                " USING (collection_id)"
            )
            self.styled = (list(styles), [_as_text(style) for style in styles.values()])

    def run(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
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

    @property
    def _nearness(self) -> str:
        halves = f"halfvec({self.model.dimension})"
        return f"vector::{halves} <=> %s::{halves}"

    @property
    def _ranked_count(self) -> int:
        return max(self.limit + SPARE, self.candidates if self.styled else 0)

    def _among_candidates(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        """Of the index's candidates those that count: only of the first of them are the vectors read."""
        return self._ranked(
            cursor,
            f"""
            SELECT counting.record_id, counting.collection_id, stored.vector FROM (
                SELECT record.id AS record_id, record.collection_id, near.{self.storage.key} FROM (
                    SELECT {self.storage.key}, row_number() OVER () AS place FROM (
                        SELECT {self.storage.key} FROM {self.storage.table}
                        WHERE model_id = %s ORDER BY {self._nearness} LIMIT {self.candidates}
                    ) nearest_first
                ) near
                JOIN {self.storage.item_table} item ON item.id = near.{self.storage.key}
                JOIN heritage_record record ON record.id = item.record_id
                WHERE {self.storage.is_shown} AND {self.scope.sql} ORDER BY near.place LIMIT {self._ranked_count}
            ) counting
            JOIN {self.storage.table} stored
            ON stored.model_id = %s AND stored.{self.storage.key} = counting.{self.storage.key}
            """,  # noqa: S608 - names are ours
            (self.model.pk, self.query, *self.scope.parameters, self.model.pk),
        )

    def _going_on(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        """By the index until it has enough that count."""
        return self._ranked(
            cursor,
            f"{self._counting} ORDER BY stored.{self._nearness} LIMIT {self._ranked_count}",
            (*self._parameters, self.query),
        )

    def _exactly(self, cursor: CursorWrapper) -> list[tuple[int, float]]:
        return self._ranked(cursor, self._counting, self._parameters)

    @property
    def _counting(self) -> str:
        return (
            f"SELECT record.id AS record_id, record.collection_id, stored.vector FROM {self.storage.shown}"  # noqa: S608
            f" WHERE stored.model_id = %s AND {self.storage.is_shown} AND {self.scope.sql}"
        )

    @property
    def _parameters(self) -> tuple[Any, ...]:
        return (self.model.pk, *self.scope.parameters)

    def _ranked(self, cursor: CursorWrapper, candidates: str, parameters: tuple[Any, ...]) -> list[tuple[int, float]]:
        cursor.execute(
            f"WITH candidate AS MATERIALIZED ({candidates})"  # noqa: S608
            f" SELECT record_id, max({self.cosine}) AS cosine FROM candidate {self.joined}"
            " GROUP BY record_id ORDER BY cosine DESC, record_id LIMIT %s",
            [*parameters, self.query, *self.styled, self.limit],
        )
        return [(record_id, float(cosine)) for record_id, cosine in cursor.fetchall()]

    def _count_at_most(self, cursor: CursorWrapper, records: int) -> bool:
        """Are there no more records that count than that?"""
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM heritage_record record WHERE {self.scope.sql}"  # noqa: S608
            f" LIMIT {records + 1}) AS counted",
            self.scope.parameters,
        )
        return int(cursor.fetchone()[0]) <= records


def _scope(among: QuerySet[Record] | None) -> _Scope:
    if among is None:
        return _Scope("TRUE", ())
    sql, parameters = among.order_by().values("pk").query.get_compiler(connection=connection).as_sql()
    return _Scope(f"record.id IN ({sql})", tuple(parameters))


def _as_text(vector: NDArray[np.floating[Any]]) -> str:
    return json.dumps(np.asarray(vector, np.float32).tolist())
