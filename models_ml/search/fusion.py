"""One list of several: reciprocal rank fusion (Cormack, Clarke and Buettcher 2009), with weights. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The paper has 60, for lists that are equally good. Of a search's ways one may find much more than another, and its
# first few should not drown in what the other finds: docs/benchmarks.md has both.
RANK_CONSTANT = 10


@dataclass(frozen=True, slots=True)
class FusedRecord:
    """A record's key, the sum of weight / (RANK_CONSTANT + rank) over the lists with it; the ranks, from 1."""

    record: int
    score: float
    ranks: Mapping[str, int]


def fuse(lists: Mapping[str, Sequence[int]], weights: Mapping[str, float] | None = None) -> list[FusedRecord]:
    """All records of `lists`, each with its best first, the highest score first; ties by key. A record occurs once a
    list. weights: of lists, 1 where none is given."""
    weight = weights or {}
    ranks: dict[int, dict[str, int]] = defaultdict(dict)
    for name, records in lists.items():
        for rank, record in enumerate(records, start=1):
            ranks[record][name] = rank
    fused = [
        FusedRecord(record, sum(weight.get(name, 1.0) / (RANK_CONSTANT + rank) for name, rank in of.items()), of)
        for record, of in ranks.items()
    ]
    return sorted(fused, key=lambda each: (-each.score, each.record))
