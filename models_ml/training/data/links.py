"""What experts said of pairs of records, as training takes it: a target and a weight for each pair. Pure.

The target is the mean of the answers' targets by label. A link is any label but unrelated, so that step is half of the
scale, and how close the two are shares the other half. The loss is linear in the target, so the mean stands for all
answers of a pair, and where experts disagree the model is not asked to be sure.

The weight is agreement times 2n / (n + 1) for n answers. Agreement is 1 less the mean difference of two answers'
targets; the other factor is what n answers tell beside one where answers of two experts correlate by a half (Spearman
1910, Brown 1910): a second opinion counts, a tenth hardly.

A table of pairs (`write_pairs`) says no more than that: neither who answered nor what else they wrote.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

RecordKey = tuple[str, str]  # collection, record id

TARGETS = {"same_object": 1.0, "similar_object": 0.75, "same_category": 0.5, "unrelated": 0.0}

# Of a table of pairs, in the order of `pair_cells`.
COLUMNS = ("a_collection", "a", "b_collection", "b", "target", "weight")


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """One expert's label of TARGETS for two records."""

    a: RecordKey
    b: RecordKey
    label: str


@dataclass(frozen=True, slots=True)
class LinkPair:
    """Two records, `a` before `b`, with the mean target of their answers and their weight."""

    a: RecordKey
    b: RecordKey
    target: float
    weight: float

    @property
    def is_link(self) -> bool:
        """Closer to *same category* than to *unrelated*; between them it claims no link."""
        return self.target > TARGETS["same_category"] / 2


def pool_answers(answers: Iterable[PairAnswer]) -> tuple[LinkPair, ...]:
    """One pair for all answers about the same two records, whichever stood first, in the order of the records."""
    targets: dict[tuple[RecordKey, RecordKey], list[float]] = defaultdict(list)
    for answer in answers:
        targets[min(answer.a, answer.b), max(answer.a, answer.b)].append(TARGETS[answer.label])
    return tuple(
        LinkPair(a, b, math.fsum(given) / len(given), _weight(given)) for (a, b), given in sorted(targets.items())
    )


def _weight(targets: Sequence[float]) -> float:
    apart = [abs(one - other) for one, other in combinations(targets, 2)]
    agreement = 1 - math.fsum(apart) / len(apart) if apart else 1.0
    return agreement * 2 * len(targets) / (len(targets) + 1)


@dataclass(frozen=True)
class AnsweredLinks:
    """Pairs, of which campaigns' answers they are, how many answers, and whether a program gave some of them."""

    pairs: tuple[LinkPair, ...]
    campaigns: tuple[str, ...]
    answers: int
    simulated: bool

    @property
    def source(self) -> str:
        """The campaigns, as the subject of a sentence."""
        return f"The campaign{'s' if len(self.campaigns) > 1 else ''} {', '.join(self.campaigns)}"


def pair_cells(pair: LinkPair) -> tuple[str, ...]:
    return (*pair.a, *pair.b, repr(pair.target), repr(pair.weight))


def write_pairs(path: Path, pairs: Iterable[LinkPair]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(pair_cells, pairs))


def read_pairs(path: Path) -> tuple[LinkPair, ...]:
    """What `write_pairs` wrote. Raises ValueError where it is anything else."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != COLUMNS:
            raise ValueError(f"{path.name} lacks its columns")
        pairs = tuple(_pair(row) for row in rows)
    if len({(pair.a, pair.b) for pair in pairs}) < len(pairs):
        raise ValueError(f"{path.name} has a pair twice")
    return pairs


def _pair(row: Sequence[str]) -> LinkPair:
    a_collection, a, b_collection, b, target, weight = row
    pair = LinkPair((a_collection, a), (b_collection, b), float(target), float(weight))
    if not (pair.a < pair.b and 0 <= pair.target <= 1 and 0 <= pair.weight <= 2):
        raise ValueError(f"{','.join(row)} is no pair")
    return pair
