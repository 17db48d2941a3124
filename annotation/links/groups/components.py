"""The network of links: which records hang together by them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.links.consensus import CLOSENESS


@dataclass(frozen=True)
class Tie:
    """A link between two records, by their keys; `link` is its place in the list that it came from."""

    a: int
    b: int
    link: int


@dataclass(frozen=True)
class RecordGroup:
    """records: keys, ascending; ties: the links among them."""

    records: tuple[int, ...]
    ties: tuple[Tie, ...]

    @property
    def key(self) -> int:
        """By which the group is named: its first record."""
        return self.records[0]


def connected_groups(ties: Sequence[Tie], collections: Mapping[int, int]) -> list[RecordGroup]:
    """The connected components over two collections or more, the largest first, of equal ones that of the first record.

    collections: of every record that a tie names.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not ties:
        return []
    ends = np.array([(tie.a, tie.b) for tie in ties], np.int64)
    records, places = np.unique(ends, return_inverse=True)
    places = places.reshape(ends.shape)
    graph = coo_array((np.ones(len(ties), np.int8), (places[:, 0], places[:, 1])), shape=(len(records), len(records)))
    count, of = connected_components(graph, directed=False)
    members: list[list[int]] = [[] for _ in range(count)]
    for record, component in zip(records.tolist(), of.tolist(), strict=True):
        members[component].append(record)
    held: list[list[Tie]] = [[] for _ in range(count)]
    for tie, component in zip(ties, of[places[:, 0]].tolist(), strict=True):
        held[component].append(tie)
    groups = [
        RecordGroup(tuple(own), tuple(ties_of))
        for own, ties_of in zip(members, held, strict=True)
        if len({collections[record] for record in own}) > 1
    ]
    return sorted(groups, key=lambda group: (-len(group.records), group.key))


def as_close_as(label: str) -> tuple[str, ...]:
    """The label and those closer than it."""
    return CLOSENESS[: CLOSENESS.index(label) + 1]
