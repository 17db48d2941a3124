"""What one epoch of training runs over: (image, text) items and the order of their batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Items:
    """Item i pairs image `images[i]` (a row of the decoded pixels) with `texts[i]`.

    `may_mirror` (n,) says which items keep their meaning when the image is mirrored; it only matters
    where training mirrors images.
    """

    images: Rows
    texts: tuple[str, ...]
    may_mirror: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)


# The items of an epoch, numbered from 0: the same each time, or texts drawn anew.
ItemSource = Callable[[int], Items]


def shuffled_batches(count: int, *, batch_size: int, seed: int, epoch: int, drop_incomplete: bool) -> Iterator[Rows]:
    """Batches of one epoch: an order that follows from seed and epoch alone, so that it can be taken up again.

    The last batch is smaller where `count` is no multiple, or left out with `drop_incomplete` (but an
    epoch never is empty).
    """
    order = np.random.default_rng([seed, epoch]).permutation(count)
    yield from _cut(order, batch_size, drop_incomplete and count >= batch_size)


def fixed_batches(count: int, *, batch_size: int) -> Iterator[Rows]:
    """Batches for evaluation: always the same, mixed so that neighbours rarely come from one record."""
    yield from _cut(np.random.default_rng(0).permutation(count), batch_size, drop_incomplete=False)


def _cut(order: Rows, batch_size: int, drop_incomplete: bool) -> Iterator[Rows]:
    end = len(order) // batch_size * batch_size if drop_incomplete else len(order)
    for start in range(0, end, batch_size):
        yield order[start : start + batch_size]
