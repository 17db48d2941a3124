"""Which pairs of records a step learns from, and which picture and text stand for each of their records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from models_ml.training.data.items import Items, Rows
from models_ml.training.data.links import LinkPair, RecordKey
from models_ml.training.data.records import TrainingRecord, record_texts

from .losses import LINK_COMPARISONS, LinkScales, PairTargets, link_loss

# Weight of two records of different collections about which nobody was asked, taken for unrelated: nearly all are, and
# some are not. In a batch of eight pairs all of them together count for less than the answers.
UNANSWERED = 0.1
DRAWS = 18  # keeps draws of pairs apart from those of captions


@dataclass(frozen=True, eq=False)
class LinkItems:
    """Records by place, and pairs of them.

    images: each record's rows among the decoded pixels; texts: its name and segments; either may be empty.
    collections: (records,) number of each one's. a, b: (k,) places; targets, weights: (k,), see `LinkPair`.
    """

    images: tuple[Rows, ...]
    texts: tuple[tuple[str, ...], ...]
    collections: Rows
    a: Rows
    b: Rows
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)

    def take(self, chosen: NDArray[np.bool_] | Rows) -> "LinkItems":
        """The same records and some of the pairs."""
        return replace(
            self, a=self.a[chosen], b=self.b[chosen], targets=self.targets[chosen], weights=self.weights[chosen]
        )

    @cached_property
    def has(self) -> dict[str, NDArray[np.bool_]]:
        """By modality, (records,) which have it."""
        return {
            "image": np.array([len(rows) > 0 for rows in self.images], bool),
            "text": np.array([len(texts) > 0 for texts in self.texts], bool),
        }

    @cached_property
    def index(self) -> csr_array:
        """(records, records): one more than the number of the pair at its cell, 0 elsewhere."""
        size = len(self.images)
        return csr_array((np.arange(1, len(self) + 1), (self.a, self.b)), shape=(size, size))


def build_link_items(
    pairs: Sequence[LinkPair],
    records: Mapping[RecordKey, TrainingRecord],
    rows: Mapping[str, int],
    cut: Callable[[str], list[str]],
) -> LinkItems:
    """`records` has those of all pairs; `rows` and `cut` are as `build_items` takes them."""
    keys = sorted({key for pair in pairs for key in (pair.a, pair.b)})
    place = {key: number for number, key in enumerate(keys)}
    _, collections = np.unique([collection for collection, _ in keys], return_inverse=True)
    return LinkItems(
        images=tuple(
            np.array([rows[image] for image in records[key].images if image in rows], np.int64) for key in keys
        ),
        texts=tuple(tuple(dict.fromkeys(record_texts(records[key], cut))) for key in keys),
        collections=collections.astype(np.int64),
        a=np.array([place[pair.a] for pair in pairs], np.int64),
        b=np.array([place[pair.b] for pair in pairs], np.int64),
        targets=np.array([pair.target for pair in pairs]),
        weights=np.array([pair.weight for pair in pairs]),
    )


@dataclass(frozen=True, eq=False)
class LinkBatch:
    """items: one for each record of the batch, with a picture and a text of it, any where it has none. a (p,), b (q,):
    places among them of the first and the second records; known: between these, by comparison."""

    items: Items
    a: Tensor
    b: Tensor
    known: dict[str, PairTargets]

    def loss(self, images: Tensor, texts: Tensor, scales: LinkScales) -> Tensor:
        """`link_loss` from unit vectors (n, d) of the items."""
        return link_loss(self.cosines(images, texts), self.known, scales)

    def cosines(self, images: Tensor, texts: Tensor) -> dict[str, Tensor]:
        of = {"image": images, "text": texts}
        return {name: of[x][self.a] @ of[y][self.b].T for name, (x, y) in LINK_COMPARISONS.items()}


def draw_link_batch(items: LinkItems, *, pairs: int, seed: int, epoch: int, step: int) -> LinkBatch:
    """The batch of a step: so many pairs, and what else is known between their records. Follows from its arguments.

    An epoch takes the pairs in a random order, and once more in another where it has more steps.
    """
    chosen = _drawn_pairs(len(items), pairs, seed, epoch, step)
    return _link_batch(items, chosen, np.random.default_rng([seed, epoch, step, DRAWS]))


def stand_ins(items: LinkItems, records: Rows, draws: np.random.Generator) -> Items:
    """For each of the records a picture and a text of its own, drawn; any where it has none."""
    images = [draws.choice(own) if len(own := items.images[each]) else 0 for each in records]
    texts = tuple(str(draws.choice(own)) if (own := items.texts[each]) else "" for each in records)
    return Items(np.array(images, np.int64), texts, np.zeros(len(records), bool))


def _link_batch(items: LinkItems, chosen: Rows, draws: np.random.Generator) -> LinkBatch:
    a, b = np.unique(items.a[chosen]), np.unique(items.b[chosen])
    records = np.unique(np.concatenate([a, b]))
    number = items.index[a][:, b].toarray()
    answered = number > 0
    across = items.collections[a][:, None] < items.collections[b]
    targets = np.where(answered, items.targets[number - 1], 0.0)
    weights = np.where(answered, items.weights[number - 1], np.where(across, UNANSWERED, 0.0))
    known = {}
    for name, (x, y) in LINK_COMPARISONS.items():
        both = items.has[x][a][:, None] & items.has[y][b]
        known[name] = PairTargets(
            targets=torch.from_numpy(targets).float(),
            weights=torch.from_numpy(np.where(both, weights, 0.0)).float(),
            answered=int((answered & both).sum()),
        )
    return LinkBatch(
        items=stand_ins(items, records, draws),
        a=torch.from_numpy(np.searchsorted(records, a)),
        b=torch.from_numpy(np.searchsorted(records, b)),
        known=known,
    )


def _drawn_pairs(count: int, pairs: int, seed: int, epoch: int, step: int) -> Rows:
    first = step * pairs
    rounds = range(first // count, (first + pairs - 1) // count + 1)
    order = np.concatenate([np.random.default_rng([seed, epoch, each, DRAWS]).permutation(count) for each in rounds])
    start = first - rounds[0] * count
    return order[start : start + pairs]
