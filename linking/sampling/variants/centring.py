"""Groups of vectors without their collections' house style (`models_ml.vectors.house_style` says what that is).

The means are always those of the vectors that are compared: nothing is kept that could go stale. Pure.
"""

from collections.abc import Callable

import numpy as np

from linking.sampling.comparisons import Modality
from linking.sampling.similarity import VectorGroups, expand
from linking.sampling.vector_rows import VectorRows
from models_ml.vectors.house_style import LEAST_LENGTH, shrunk_means

ROWS_AT_ONCE = 256  # as many as stay in the processor's cache


class CentredRows:
    """Rows from which means are subtracted, brought to length 1 again: zero where nothing was, or remains."""

    def __init__(self, rows: VectorRows, means: np.ndarray, of: np.ndarray) -> None:
        """means: (c, d); of: (n,) int, which of them is subtracted from each row."""
        self._rows, self._means, self._of = rows, means.astype(np.float32), of
        self.shape = rows.shape
        self._factors = np.zeros(rows.shape[0], np.float32)
        for start in range(0, rows.shape[0], ROWS_AT_ONCE):
            some = np.arange(start, min(start + ROWS_AT_ONCE, rows.shape[0]))
            rest = rows.gather(some)
            maybe = np.flatnonzero(rest[:, 0] == 0)
            empty = some[maybe[~rest[maybe].any(axis=1)]]
            self._subtract(rest, some)
            exact = rest.astype(np.float64)
            lengths = np.sqrt(np.einsum("ij,ij->i", exact, exact))
            self._factors[some] = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > LEAST_LENGTH)
            self._factors[empty] = 0
        # Factors are rounded, and lengths with them.
        self.longest = 1 + 1e-6 if self._factors.any() else 0.0

    def gather(self, rows: np.ndarray) -> np.ndarray:
        found = self._rows.gather(rows)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            self._subtract(found[some], rows[some])
            found[some] *= self._factors[rows[some], None]
        return found

    def _subtract(self, vectors: np.ndarray, rows: np.ndarray) -> None:
        of = self._of[rows]
        vectors -= self._means[of[0]] if (of == of[0]).all() else self._means[of]


def centred(groups: VectorGroups, collections: np.ndarray) -> VectorGroups:
    """The same groups, with each collection's shrunken mean subtracted. collections: (n,) int64 of records by place."""
    count = int(collections.max(initial=-1)) + 1
    of_group = collections[groups.records]
    of = np.zeros(groups.rows.shape[0], np.int64)
    of[expand(groups.first, groups.sizes)] = np.repeat(of_group, groups.sizes)
    sums, vectors = np.zeros((count, groups.dimension)), np.bincount(of, minlength=count)
    for start in range(0, len(of), ROWS_AT_ONCE):
        some = np.arange(start, min(start + ROWS_AT_ONCE, len(of)))
        rows = groups.rows.gather(some)
        here = of[some]
        for collection in np.unique(here):
            own = rows if len(some) == np.count_nonzero(here == collection) else rows[here == collection]
            sums[collection] += own.sum(axis=0, dtype=np.float64)
    means = sums / np.maximum(vectors, 1)[:, None]
    shrunk = shrunk_means(means, np.bincount(of_group, minlength=count))
    return VectorGroups(CentredRows(groups.rows, shrunk, of), groups.records, groups.first, groups.sizes)


class CentredVectors:
    """A source of vectors that centres those of another, each model's images and texts once."""

    def __init__(self, source: Callable[[str, Modality], VectorGroups], collections: np.ndarray) -> None:
        self._source, self._collections = source, collections
        self._centred: dict[tuple[str, Modality], VectorGroups] = {}

    def __call__(self, model: str, modality: Modality) -> VectorGroups:
        if (model, modality) not in self._centred:
            self._centred[model, modality] = centred(self._source(model, modality), self._collections)
        return self._centred[model, modality]
