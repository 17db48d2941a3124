"""A query moved towards what was wanted and away from what was not (Rocchio 1971). Pure."""

import numpy as np
from numpy.typing import NDArray

# The weights that Manning, Raghavan and Schuetze give as reasonable (Introduction to Information Retrieval, 9.1.1).
OF_QUERY, OF_MORE, OF_LESS = 1.0, 0.75, 0.25


def moved(
    query: NDArray[np.floating] | None, more: NDArray[np.floating], less: NDArray[np.floating]
) -> NDArray[np.float32] | None:
    """(d,), L2-normalised: `query` (d,) with the means of `more` (n, d) and `less` (m, d) added and subtracted.

    n or m may be 0. None where nothing is left to go by.
    """
    total = np.zeros(more.shape[1]) if query is None else OF_QUERY * query.astype(float)
    if len(more):
        total = total + OF_MORE * more.mean(axis=0)
    if len(less):
        total = total - OF_LESS * less.mean(axis=0)
    length = float(np.linalg.norm(total))
    return None if length < 1e-9 else (total / length).astype(np.float32)
