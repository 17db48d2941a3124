"""Search: how many of a query's nearest records are relevant, and whether its own is among them. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_ml.metrics import Vectors

QUERIES_AT_ONCE = 256

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class RecordVectors:
    """Vectors grouped by record, those of one record together. `first` (m,) is where each record's vectors begin."""

    vectors: Vectors
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Ranking:
    """`nearest` (n, top): positions of each query's nearest records, nearest first, its own left out where asked,
    -1 where there are no more. `own_rank` (n,): the own record's rank from 0 among all, -1 where it is no document."""

    nearest: NDArray[np.int64]
    own_rank: NDArray[np.int64]


def rank(
    queries: Vectors,
    documents: RecordVectors,
    own: NDArray[np.int64],
    *,
    allowed: NDArray[np.bool_] | None,
    group: NDArray[np.int64],
    leave_out_own: bool,
    top: int,
) -> Ranking:
    """Rank all records by their nearest vector's cosine with the query.

    `queries` (n, d); `own` (n,) position of each query's own record among the documents, -1 if it is none.
    `allowed` (g, m) says which documents the queries of each group may find and `group` (n,) gives the queries'
    groups; None allows all. Records tied with the own one rank before it; other ties go by position.
    """
    nearest = np.full((len(queries), top), -1, dtype=np.int64)
    own_rank = np.full(len(queries), -1, dtype=np.int64)
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        rows = slice(start, start + QUERIES_AT_ONCE)
        scores = np.maximum.reduceat(queries[rows] @ documents.vectors.T, documents.first, axis=1)
        mine, line = own[rows], np.arange(len(scores))
        if allowed is not None:
            scores[~allowed[group[rows]]] = -np.inf
        known = mine >= 0
        own_score = np.where(known, scores[line, mine], np.nan)
        ahead = (scores >= own_score[:, None]).sum(axis=1) - 1
        own_rank[rows] = np.where(known & np.isfinite(own_score), ahead, -1)
        if leave_out_own:
            scores[line[known], mine[known]] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        found = np.take_along_axis(scores, order, axis=1) > -np.inf
        nearest[rows, : order.shape[1]] = np.where(found, order, -1)
    return Ranking(nearest, own_rank)


def relevant_found(
    ranking: Ranking,
    query_names: NDArray[np.int64],
    document_names: NDArray[np.int64],
    relevant: NDArray[np.bool_],
    top: int,
) -> NDArray[np.int64]:
    """How many of each query's first `top` records are relevant, (n,).

    `relevant` (k, k) says which two names count as the same; the names of queries and documents are positions in it.
    """
    nearest = ranking.nearest[:, :top]
    return (relevant[query_names[:, None], document_names[nearest]] & (nearest >= 0)).sum(axis=1)


def relevant_available(
    query_names: NDArray[np.int64],
    document_names: NDArray[np.int64],
    relevant: NDArray[np.bool_],
    own: NDArray[np.int64],
    *,
    allowed: NDArray[np.bool_] | None,
    group: NDArray[np.int64],
    leave_out_own: bool,
) -> NDArray[np.int64]:
    """How many relevant documents each query could find, (n,); arguments as for `rank` and `relevant_found`."""
    everything = np.ones((int(group.max(initial=0)) + 1, len(document_names)), dtype=bool)
    searched = everything if allowed is None else allowed
    available = np.zeros(len(query_names), dtype=np.int64)
    for number, documents in enumerate(searched):
        mine = group == number
        bearing = np.bincount(document_names[documents], minlength=len(relevant))  # documents by name
        available[mine] = relevant[query_names[mine]] @ bearing
    if leave_out_own:
        available -= (own >= 0) & searched[group, np.maximum(own, 0)]
    return available


def recall(found: NDArray[np.int64], available: NDArray[np.int64]) -> Figures:
    """Share of the relevant documents that was found, of the queries that have any, (<= n,)."""
    some = available > 0
    return found[some] / available[some]


def group_records(record_ids: NDArray[np.int64], vectors: Vectors) -> tuple[NDArray[np.int64], RecordVectors]:
    """The distinct records, and their vectors grouped; `record_ids` (n,) ascending."""
    records, first = np.unique(record_ids, return_index=True)
    return records, RecordVectors(vectors, first.astype(np.int64))
