"""What one epoch of training runs over: (image, text) items."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Items:
    """Item i pairs image `images[i]` (a row of the decoded pixels) with `texts[i]`.

    `may_mirror` (n,) says which items keep their meaning when the image is mirrored; it only matters
    where training mirrors images. `collections` (n,) numbers each item's collection from 0; None: all are of one.
    `records` (n,) numbers each item's record, and `terms[r]` are the terms of record r by numbers; only hard negatives
    need them.
    """

    images: Rows
    texts: tuple[str, ...]
    may_mirror: NDArray[np.bool_]
    collections: Rows | None = None
    records: Rows | None = None
    terms: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.texts)

    def rows_by_collection(self) -> list[Rows]:
        """The items of each collection, by their positions."""
        if self.collections is None:
            return [np.arange(len(self))]
        return [np.flatnonzero(self.collections == number) for number in np.unique(self.collections)]


# The items of an epoch, numbered from 0: the same each time, or texts drawn anew.
ItemSource = Callable[[int], Items]
