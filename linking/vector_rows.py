"""Rows of vectors, in memory or in a file: what a collection of any size is compared from. Pure."""

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np


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

    The file is mapped, and what was read is given back to the system at once: its cache may hold the file, this
    process does not.
    """

    def __init__(self, batches: Iterable[np.ndarray], dimension: int, folder: Path | None = None) -> None:
        """batches: (m, dimension) float32 each."""
        count, self.longest = 0, 0.0
        with tempfile.TemporaryFile(dir=folder, prefix="vectors-") as file:
            for batch in batches:
                file.write(np.ascontiguousarray(batch, np.float32).data)
                count += len(batch)
                self.longest = float(np.maximum(self.longest, _longest(batch)))  # a NaN stays
            file.flush()
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) if count else None
        self.shape = (count, dimension)
        self._vectors = np.frombuffer(self._map or b"", np.float32).reshape(self.shape)

    def gather(self, rows: np.ndarray) -> np.ndarray:
        found = self._vectors[rows]
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)
        return found


def _longest(vectors: np.ndarray) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors).max(initial=0.0)))
