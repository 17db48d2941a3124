"""One list of several: reciprocal rank fusion (Cormack, Clarke and Buettcher 2009). Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The paper's constant: it keeps one list's first from outweighing what several lists agree on.
RANK_CONSTANT = 60


@dataclass(frozen=True, slots=True)
class FusedRecord:
    """A record's key, the sum of 1 / (RANK_CONSTANT + rank) over the lists that have it, and these ranks, from 1."""

    record: int
    score: float
    ranks: Mapping[str, int]


def fuse(lists: Mapping[str, Sequence[int]]) -> list[FusedRecord]:
    """All records of `lists`, each with its best first, the highest score first; ties by key. A record occurs once a
    list."""
    ranks: dict[int, dict[str, int]] = defaultdict(dict)
    for name, records in lists.items():
        for rank, record in enumerate(records, start=1):
            ranks[record][name] = rank
    fused = [
        FusedRecord(record, sum(1 / (RANK_CONSTANT + rank) for rank in of.values()), of) for record, of in ranks.items()
    ]
    return sorted(fused, key=lambda each: (-each.score, each.record))
