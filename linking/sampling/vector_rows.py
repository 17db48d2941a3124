"""Rows of vectors, in memory or in a file: what a collection of any size is compared from. Pure."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np

SPARSE = 4  # rows further apart than this are not read together


class VectorRows(Protocol):
    """(n, d) float32 vectors. longest: the greatest length of one, NaN or infinite where a number is."""

    shape: tuple[int, int]
    longest: float

    def gather(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d) float32: a copy of those rows."""


class HeldRows:
    """Rows of an array."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = np.ascontiguousarray(vectors, np.float32)
        self.shape: tuple[int, int] = vectors.shape
        self.longest = _longest(self.vectors)

    def gather(self, rows: np.ndarray) -> np.ndarray:
        return self.vectors[rows]


class FiledRows:
    """Rows of a file without a name, which goes when nobody uses it any more.

    Read rather than mapped: the system's cache may hold the file, this process holds what was asked for.
    """

    def __init__(self, batches: Iterable[np.ndarray], dimension: int, folder: Path | None = None) -> None:
        """batches: (m, dimension) float32 each."""
        self._file = tempfile.TemporaryFile(dir=folder, prefix="vectors-")  # noqa: SIM115 - open as long as this is
        count, self.longest = 0, 0.0
        for batch in batches:
            self._file.write(np.ascontiguousarray(batch, np.float32).data)
            count += len(batch)
            self.longest = float(np.maximum(self.longest, _longest(batch)))  # a NaN stays
        self._file.flush()
        self.shape = (count, dimension)

    def gather(self, rows: np.ndarray) -> np.ndarray:
        if not len(rows):
            return np.empty((0, self.shape[1]), np.float32)
        first, last = int(rows.min()), int(rows.max())
        if last - first < SPARSE * len(rows):
            return self._read(first, last + 1 - first)[rows - first]
        distinct, inverse = np.unique(rows, return_inverse=True)
        found = np.empty((len(distinct), self.shape[1]), np.float32)
        runs = np.flatnonzero(np.diff(distinct, prepend=-SPARSE - 1) > SPARSE).tolist()
        for start, end in zip(runs, [*runs[1:], len(distinct)], strict=True):
            run = distinct[start:end] - distinct[start]
            found[start:end] = self._read(int(distinct[start]), int(run[-1]) + 1)[run]
        return found[inverse]

    def _read(self, first: int, count: int) -> np.ndarray:
        row_bytes = 4 * self.shape[1]
        # Positioned reads move no common position: threads read side by side.
        data = os.pread(self._file.fileno(), count * row_bytes, first * row_bytes)
        return np.frombuffer(data, np.float32).reshape(count, self.shape[1])


def _longest(vectors: np.ndarray) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors).max(initial=0.0)))
