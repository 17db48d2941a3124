"""Which records are nearest to a text, so that a sampling can keep to a subject. Pure."""

from collections.abc import Sequence

import numpy as np

from linking.sampling.similarity import VectorGroups, expand, ranges

ROWS_AT_ONCE = 8192


def nearest_to_any(
    queries: np.ndarray, modalities: Sequence[VectorGroups], *, records: int, nearest: int
) -> np.ndarray:
    """(records,) bool: whether a record is among the `nearest` to at least one of the queries.

    queries: (q, d) float32, L2-normalised. Records are ranked by their best image and by their best text
    apart, since cosines of a text with texts and with images are not of one scale; a record's better rank
    counts, and of equal ranks the earlier record comes first.
    """
    chosen = np.zeros(records, bool)
    for query in queries:
        rank = np.full(records, records, np.int64)
        for groups in modalities:
            if len(groups):
                order = groups.records[np.argsort(-_best_cosines(groups, query), kind="stable")]
                rank[order] = np.minimum(rank[order], np.arange(len(order)))
        ranked = np.argsort(rank, kind="stable")[:nearest]
        chosen[ranked[rank[ranked] < records]] = True
    return chosen


def _best_cosines(groups: VectorGroups, query: np.ndarray) -> np.ndarray:
    """(r,) float32: the greatest cosine of the query with each group's vectors."""
    best = np.empty(len(groups), np.float32)
    for start, end in ranges(groups.sizes, ROWS_AT_ONCE):
        sizes = groups.sizes[start:end]
        cosines = groups.rows.gather(expand(groups.first[start:end], sizes)) @ query.astype(np.float32)
        best[start:end] = np.maximum.reduceat(cosines, np.cumsum(sizes) - sizes)
    return best
