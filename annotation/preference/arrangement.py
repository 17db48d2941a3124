"""In which order an expert sees choices, and rows within each. Pure.

Both orders are drawn for each expert from a stream of its own, so neither another expert's order nor an earlier
choice tells which row is whose.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .recipe import LARGEST_SEED


@dataclass(frozen=True)
class Shown:
    """Choice number `item`; `order[place]` is the row that stands at that place."""

    item: int
    order: tuple[int, ...]


def secret_seed() -> int:
    """A seed that nobody guesses. Orders follow from it by a public rule, so one such as 0 would give them away."""
    return secrets.randbelow(LARGEST_SEED + 1)


def distinct_rows(found: Mapping[str, Sequence[int]]) -> tuple[tuple[str, ...], ...]:
    """Models grouped by what they show: those with the same records, in whatever order, are one row.

    Such rows cannot be told apart by what they hold, so they are shown once, and whoever chooses the row chooses
    all its models. `found` has each model's records; groups and their members keep its order.
    """
    groups: dict[frozenset[int], list[str]] = {}
    for model, records in found.items():
        groups.setdefault(frozenset(records), []).append(model)
    return tuple(map(tuple, groups.values()))


def arrange(rows: Sequence[int], *, annotators: int, seed: int) -> list[list[Shown]]:
    """For each annotator all choices in random order; `rows[i]` is how many rows choice `i` has."""
    arrangements = []
    for stream in np.random.SeedSequence(seed).spawn(annotators):
        random = np.random.default_rng(stream)
        items = random.permutation(len(rows)).tolist()
        arrangements.append([Shown(item, tuple(random.permutation(rows[item]).tolist())) for item in items])
    return arrangements
