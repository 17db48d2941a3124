"""How the items of an epoch are put together in batches, each of which the loss compares within itself.

Everything follows from the items, the recipe, the seed and the epoch: a run that goes on after an interruption, and
every process of a group, has the same batches. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from heritage.errors import UserError
from models_ml.training.data.items import Items, Rows
from models_ml.training.data.records import TrainingRecord

# mixed: as they come, whatever the collection. collection: of one collection each, so that no pair of a batch can be
# told apart by its museum. balanced: of all collections in equal shares.
BatchKind = Literal["mixed", "collection", "balanced"]


def epoch_batches(
    items: Items,
    *,
    kind: BatchKind,
    batch_size: int,
    seed: int,
    epoch: int,
    drop_incomplete: bool = False,
    temperature: float = 1.0,
    hard_negatives: bool = False,
    captions_together: bool = False,
) -> list[Rows]:
    """The batches of one epoch, which takes as many items as there are, whatever the kind.

    mixed and collection take every item once, unless a `temperature` above 1 draws more of smaller collections (see
    `quotas`). Batches of one collection come in an order drawn over all collections, and the rest of each is a smaller
    batch; a rest of one item, with which nothing could be compared, joins the batch before it. In balanced ones the
    items of smaller collections come again within the epoch, and of larger ones not all do. With `drop_incomplete`
    smaller batches are left out (but an epoch never is empty).

    With `captions_together` the items of a picture lie side by side in mixed batches and those of one collection.
    With `hard_negatives` batches of one collection are cut so that their records share terms (see `_by_terms`).
    """
    if kind == "mixed" and temperature == 1 and not captions_together:
        return list(
            shuffled_batches(len(items), batch_size=batch_size, seed=seed, epoch=epoch, drop_incomplete=drop_incomplete)
        )
    generator = np.random.default_rng([seed, epoch])
    collections = items.rows_by_collection()
    if kind == "balanced":
        batches = _cut(_in_turn(collections, generator), batch_size, least=len(collections))
    else:
        counts = quotas([len(own) for own in collections], temperature)
        drawn = [_drawn(own, count, generator) for own, count in zip(collections, counts, strict=True)]
        if kind == "mixed":
            mixed = generator.permutation(np.concatenate(drawn))
            batches = _cut(_by_picture(items, mixed) if captions_together else mixed, batch_size)
        else:
            if hard_negatives:
                drawn = [_by_terms(items, rows, generator) for rows in drawn]
            if captions_together:
                drawn = [_by_picture(items, rows) for rows in drawn]
            cut = [batch for rows in drawn for batch in _cut(rows, batch_size)]
            batches = [cut[place] for place in generator.permutation(len(cut))]
    complete = [batch for batch in batches if len(batch) >= batch_size]
    return complete if drop_incomplete and complete else batches


def quotas(sizes: Sequence[int], temperature: float) -> list[int]:
    """How many items an epoch takes of collections of these sizes: shares of n^(1/temperature), as many in all.

    As multilingual models draw their languages (Arivazhagan et al. 2019, "Massively Multilingual Neural Machine
    Translation in the Wild"): 1 leaves the sizes as they are, and the larger, the nearer to equal shares. Fractions are
    rounded by largest remainders, so the epoch is no draw.
    """
    weights = np.asarray(sizes, dtype=float) ** (1 / temperature)
    exact = sum(sizes) * weights / weights.sum()
    counts = np.floor(exact + 1e-9).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: sum(sizes) - counts.sum()]] += 1
    return counts.tolist()


def shuffled_batches(count: int, *, batch_size: int, seed: int, epoch: int, drop_incomplete: bool) -> Iterator[Rows]:
    """Mixed batches of `count` items: an order that follows from seed and epoch alone.

    The last batch is smaller where `count` is no multiple, or left out with `drop_incomplete` (but an
    epoch never is empty).
    """
    order = np.random.default_rng([seed, epoch]).permutation(count)
    end = count // batch_size * batch_size if drop_incomplete and count >= batch_size else count
    yield from _slices(order[:end], batch_size)


def fixed_batches(count: int, *, batch_size: int) -> Iterator[Rows]:
    """Batches for evaluation: always the same, mixed so that neighbours rarely come from one record."""
    yield from _slices(np.random.default_rng(0).permutation(count), batch_size)


def require_comparable(
    records: Sequence[TrainingRecord], *, kind: BatchKind, batch_size: int, hard_negatives: bool = False
) -> None:
    """Raise UserError where the collections of the training `records` do not suffice for such batches."""
    slugs = sorted({record.collection for record in records})
    if kind == "balanced":
        if len(slugs) < 2:
            raise UserError(
                "Balanced batches need two collections to learn from: choose more, or give --batches collection."
            )
        if batch_size < len(slugs):
            raise UserError(
                f"A batch of {batch_size} cannot hold items of all {len(slugs)} collections: give --batch-size "
                f"{len(slugs)} or more."
            )
    if hard_negatives and not any(term.strip() for record in records for term in record.terms):
        raise UserError(
            "No record to learn from has a term, so there are no hard negatives: import terms, export a training set "
            "that lacks them again, or leave --hard-negatives out."
        )
    for slug in slugs if kind == "collection" else ():
        own = [record for record in records if record.collection == slug]
        pictures = {image for record in own for image in record.images}
        texts = {text for record in own for text in (record.name, *record.segments) if text.strip()}
        if len(pictures) < 2 or len(texts) < 2:
            raise UserError(
                f"{slug} has not two different pictures and texts to learn from, so nothing can be compared within it: "
                "leave it out, or give --batches mixed."
            )


def _cut(order: Rows, batch_size: int, *, least: int = 2) -> list[Rows]:
    """Batches of `order`; a rest of fewer than `least` or two items joins the batch before it."""
    batches = list(_slices(order, batch_size))
    if len(batches) > 1 and len(batches[-1]) < max(least, 2):
        batches[-2:] = [np.concatenate(batches[-2:])]
    return batches


def _slices(order: Rows, batch_size: int) -> Iterator[Rows]:
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _in_turn(collections: Sequence[Rows], generator: np.random.Generator) -> Rows:
    """As many items as the collections have together, one of each in turn, so that equal shares lie in any stretch."""
    total, count = sum(map(len, collections)), len(collections)
    order = np.empty(total, dtype=np.int64)
    for turn, place in enumerate(generator.permutation(count)):
        order[turn::count] = _drawn(collections[place], len(order[turn::count]), generator)
    return order


def _drawn(own: Rows, count: int, generator: np.random.Generator) -> Rows:
    """`count` of a collection's items at random, none again before all have come."""
    passes = -(-count // len(own))
    return np.concatenate([generator.permutation(own) for _ in range(passes)])[:count]


def _by_picture(items: Items, rows: Rows) -> Rows:
    """`rows`, put so that those of one picture follow each other, the pictures in the order in which they come."""
    _, first, picture = np.unique(items.images[rows], return_index=True, return_inverse=True)
    return rows[np.argsort(first[picture], kind="stable")]


def _by_terms(items: Items, rows: Rows, generator: np.random.Generator) -> Rows:
    """`rows`, which come in a drawn order, put so that neighbours are of different records that share terms.

    The terms get an order that is drawn anew each time, in which the more items have a term, the likelier it comes
    early; by it records are sorted as words are by letters. So a large group is divided by its members' other terms, a
    small one lies beside those with which it shares one, and records without terms are together. Each record gives one
    item to a round, and the next round begins when all have: two pictures or sentences of one thing are no negatives.
    """
    if items.records is None:
        raise ValueError("the items name no records")
    records = items.records[rows].tolist()
    counts = Counter(term for record in records for term in items.terms[record])
    draws = generator.exponential(size=len(counts)) / np.fromiter(counts.values(), dtype=float)
    early = dict(zip(counts, draws, strict=True))
    rounds: defaultdict[int, int] = defaultdict(int)
    keys = []
    for record in records:
        keys.append((rounds[record], sorted(early[term] for term in items.terms[record])))
        rounds[record] += 1
    return rows[sorted(range(len(rows)), key=keys.__getitem__)]
