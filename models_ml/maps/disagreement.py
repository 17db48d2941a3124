"""How far two models disagree on a record: how few of its nearest records they share. Pure."""

import numpy as np


def neighbours_not_shared(records: np.ndarray, one: np.ndarray, others: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) float32 from 0, the same nearest records, to 1, none of them shared; NaN where only one model has a record.

    records, others: (n,) and (m,) int64, ascending: the records of the two models' maps; one, other: (n, k) and (m, k)
    int, places in these of each record's k nearest. Of records that only one of the models has, none is shared.
    """
    found = np.full(len(records), np.nan, np.float32)
    _, here, there = np.intersect1d(records, others, assume_unique=True, return_indices=True)
    k = min(one.shape[1], other.shape[1])
    if not len(here) or not k:
        return found
    # As keys in one order, a row's common ones stand next to each other.
    both = np.sort(np.concatenate([records[one[here, :k]], others[other[there, :k]]], axis=1), axis=1)
    shared = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    found[here] = 1 - shared / k
    return found
