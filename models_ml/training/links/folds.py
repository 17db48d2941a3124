"""Which pairs a model may be judged on, and which it may have learnt from: never ones that share a record. Pure.

A pair has two records, so folds are of records and not of pairs: a record's fold follows from its identity and the
seed. A pair lies in the cell of its two records' folds, and is judged by a model that learnt from no record of either.
This is the multiway cross-fitting of Chiang, Kato, Ma and Sasaki, "Multiway cluster robust double/debiased machine
learning" (2022): of two collections K folds each make K * K cells, and of the other pairs ((K - 1) / K) ** 2 are left
to learn from.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models_ml.training.data.items import Rows
from models_ml.training.data.links import LinkPair, RecordKey


@dataclass(frozen=True, eq=False)
class LinkFold:
    """Places of pairs, (n,) and (m,): those that are judged, and all that share no fold with them."""

    judged: Rows
    learnt: Rows


def link_folds(pairs: Sequence[LinkPair], folds: int, *, seed: int) -> list[LinkFold]:
    """The cells that hold a pair. Every pair is judged in exactly one of them."""
    blocks = [tuple(sorted((key[0], record_fold(key, folds, seed)) for key in (pair.a, pair.b))) for pair in pairs]
    return list(_cells(blocks))


def record_fold(record: RecordKey, folds: int, seed: int) -> int:
    """0 to `folds` - 1, uniform over records; independent of the side that `models_ml.split` puts it on."""
    text = "\x1f".join((*record, str(seed), "fold"))
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") * folds >> 64


def _cells(blocks: Sequence[tuple[tuple[str, int], ...]]) -> Iterator[LinkFold]:
    for cell in sorted(set(blocks)):
        judged = np.array([own == cell for own in blocks])
        apart = np.array([not set(own) & set(cell) for own in blocks])
        yield LinkFold(np.flatnonzero(judged), np.flatnonzero(apart))
