"""Zero-shot accuracy and search figures, on vectors alone: no model, no database."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# Words of names that say nothing of what the object is.
EMPTY_NAMES = ("specimen", "model", "sample")


def candidate_names(names: Sequence[str], *, candidates: int, seed: int = 0) -> NDArray[np.int64]:
    """Draw the names each record is told apart from.

    For record i: its own name first, then `candidates - 1` others drawn without replacement from the
    other distinct names. Names count as the same if they differ only in case and white space. Returns
    positions in `distinct_names(names)`, (n, candidates). The draw depends on the names and the seed
    only, so it is the same for all models. Raises ValueError with fewer distinct names than candidates.
    """
    distinct = distinct_names(names)
    if not 2 <= candidates <= len(distinct):
        raise ValueError(f"{candidates} candidates cannot be drawn from {len(distinct)} distinct names")
    position = {folded(name): index for index, name in enumerate(distinct)}
    own = np.array([position[folded(name)] for name in names], dtype=np.int64)
    generator = np.random.default_rng(seed)
    others = np.stack([generator.choice(len(distinct) - 1, candidates - 1, replace=False) for _ in names])
    # Drawn among all but the own name: those from its position on move up by one.
    others += others >= own[:, None]
    return np.concatenate([own[:, None], others], axis=1)


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names without repetitions (by case and white space), in alphabetical order of their folded form."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(folded(name), name)
    return [first[key] for key in sorted(first)]


def zero_shot_correct(images: Vectors, name_vectors: Vectors, candidates: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each image is nearest to its own name among its candidates.

    `images` (n, d), `name_vectors` (m, d) of the distinct names, both L2-normalised; `candidates` (n, k) from
    `candidate_names`. A tie with another name counts as wrong.
    """
    similarity = np.einsum("nd,nkd->nk", images, name_vectors[candidates])
    return similarity[:, 0] > similarity[:, 1:].max(axis=1)


def zero_shot_accuracy(images: Vectors, name_vectors: Vectors, candidates: NDArray[np.int64]) -> float:
    """Share of images nearest to their own name; chance is 1 / k."""
    return float(zero_shot_correct(images, name_vectors, candidates).mean())


def recall_at(queries: Vectors, documents: Vectors, relevant: NDArray[np.int64], top: int) -> float:
    """Share of queries whose relevant document is among the `top` nearest.

    `queries` (n, d), `documents` (m, d), `relevant` (n,) positions in `documents`. Documents tied with the
    relevant one rank before it.
    """
    similarity = queries @ documents.T
    own = similarity[np.arange(len(queries)), relevant]
    ahead = (similarity >= own[:, None]).sum(axis=1) - 1
    return float((ahead < top).mean())


def mean_reciprocal_rank(queries: Vectors, documents: Vectors, groups: NDArray[np.int64]) -> float:
    """Mean of 1 / rank of each query's own document, that of the same row, among those of its group; 1 is the best.

    `queries` and `documents` (n, d), `groups` (n,). Documents tied with the own one rank before it.
    """
    total = 0.0
    for group in np.unique(groups):
        own = groups == group
        similarity = queries[own] @ documents[own].T
        total += float((1.0 / (similarity >= np.diagonal(similarity)[:, None]).sum(axis=1)).sum())
    return total / len(groups)


def folded(name: str) -> str:
    """The name as it is compared: case and white space do not matter."""
    return " ".join(name.split()).casefold()
