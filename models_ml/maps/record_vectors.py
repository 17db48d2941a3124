"""One vector for each record, from all that a model has of its pictures and words. Pure.

    r = u / |u|,   u = sum over what the record has (pictures, words) of m / |m|,   m = mean of its vectors - style

The style is what the vectors of the record's collection share (`models_ml.vectors.house_style`), or what those of all
collections do. Something is always subtracted, for pictures and words apart: models keep the two in different regions
of their space (Liang, Zhang, Kwon, Yeung and Zou, Mind the gap, NeurIPS 2022), and records without a picture would
otherwise lie apart whatever they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models_ml.vectors.house_style import LEAST_LENGTH, shrunk_means


class VectorBatch(Protocol):
    """Vectors in the order of their records."""

    @property
    def record_ids(self) -> np.ndarray: ...

    @property
    def vectors(self) -> np.ndarray: ...


@dataclass(frozen=True)
class RecordSums:
    """record_ids: (n,) int64, ascending, each once; sums: (n, d) float32 of its vectors; counts: (n,) int64."""

    record_ids: np.ndarray
    sums: np.ndarray
    counts: np.ndarray


def sum_by_record(batches: Iterable[VectorBatch], dimension: int) -> RecordSums:
    """Batches as `models_ml.vectors.store.stream_vectors` gives them: a record may go on in the next one."""
    ids: list[np.ndarray] = []
    sums: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    for batch in batches:
        if not len(batch.record_ids):
            continue
        first = np.flatnonzero(np.diff(batch.record_ids, prepend=batch.record_ids[0] - 1))
        records = batch.record_ids[first]
        sizes = np.diff(np.append(first, len(batch.record_ids)))
        summed = np.add.reduceat(batch.vectors, first, axis=0)
        if ids and ids[-1][-1] == records[0]:
            sums[-1][-1] += summed[0]
            counts[-1][-1] += sizes[0]
            records, summed, sizes = records[1:], summed[1:], sizes[1:]
        if len(records):
            ids.append(records)
            sums.append(summed)
            counts.append(sizes)
    if not ids:
        return RecordSums(np.empty(0, np.int64), np.empty((0, dimension), np.float32), np.empty(0, np.int64))
    return RecordSums(np.concatenate(ids), np.concatenate(sums), np.concatenate(counts))


def without_styles(summed: RecordSums, collections: np.ndarray, *, by_collection: bool) -> np.ndarray:
    """(n, d) float32: each record's mean without its style, of length 1; zero where nothing remains.

    collections: (n,) int of the records, from 0. `by_collection`: the collection's style, not that of all.
    """
    dimension = summed.sums.shape[1]
    house = collections if by_collection else np.zeros(len(collections), np.int64)
    count = int(house.max(initial=-1)) + 1
    totals, vectors = np.zeros((count, dimension)), np.bincount(house, weights=summed.counts, minlength=count)
    for number in range(count):
        totals[number] = summed.sums[house == number].sum(axis=0, dtype=np.float64)
    styles = shrunk_means(totals / np.maximum(vectors, 1)[:, None], np.bincount(house, minlength=count))
    rest = summed.sums / summed.counts[:, None].astype(np.float32)
    rest -= styles.astype(np.float32)[house]
    return _of_length_one(rest)


def combine(parts: Sequence[tuple[np.ndarray, np.ndarray]], dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Record ids, ascending, (n,) int64, and their vectors (n, d) float32, from those of pictures and of words.

    Records of which nothing remains are left out: they could lie anywhere.
    """
    records = np.unique(np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in parts)]))
    total = np.zeros((len(records), dimension), np.float32)
    for ids, vectors in parts:
        total[np.searchsorted(records, ids)] += vectors
    total = _of_length_one(total)
    kept = total.any(axis=1)
    return records[kept], total[kept]


def _of_length_one(vectors: np.ndarray) -> np.ndarray:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors *= np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > LEAST_LENGTH)[:, None]
    return vectors
