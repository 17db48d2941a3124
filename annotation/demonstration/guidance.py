"""Which pairs the demonstration shows as examples, for practice, and as gold. Pure.

By the known truth, and by a rule: records with a picture in the order of their identifiers' digests, one of each
museum to a pair, none used twice. Pairs that stand somewhere else already, as those that are dealt, are left alone.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from heritage.demonstration.truth import SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT, UNRELATED, Truth, relation

# The order in which examples are shown, and in which newcomers practise: the finest distinction last.
EXAMPLES = (SAME_OBJECT, SIMILAR_OBJECT, SAME_CATEGORY, UNRELATED)
PRACTICE = (SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT)
NOTES = {
    SAME_OBJECT: "One model ({a}) of one maker: the form agrees. Colour, wear and the photograph may differ.",
    SIMILAR_OBJECT: "Of one kind ({a}), but two models: look at the parts, and at what the texts say of the maker.",
    SAME_CATEGORY: "Different things ({a}; {b}) of one field, here {category}.",
    UNRELATED: "Different things ({a}; {b}) without a use in common, even where they look alike.",
}

Record = tuple[str, str]  # a museum and the record's identifier there
Pair = tuple[Record, Record]


@dataclass(frozen=True)
class ChosenPair:
    """`kind` is what annotators are shown it for, as `annotation.guidance` names it."""

    kind: str
    a: Record
    b: Record
    label: str
    note: str = ""


def choose_guidance(
    truth: Mapping[Record, Truth], *, pictured: Collection[Record], museums: tuple[str, str], taken: Collection[Pair]
) -> list[ChosenPair]:
    """An example for each label and three practice pairs; fewer where the collections have no such pair."""
    used: set[Record] = set()
    sides = [_in_drawn_order(record for record in pictured if record[0] == museum) for museum in museums]
    chosen = []
    for kind, labels in (("example", EXAMPLES), ("practice", PRACTICE)):
        for label in labels:
            for pair in _pairs_related(truth, sides, label):
                if used.isdisjoint(pair) and pair not in taken:
                    used.update(pair)
                    chosen.append(ChosenPair(kind, *pair, label, _note(label, truth[pair[0]], truth[pair[1]])))
                    break
    return chosen


def choose_gold(truth: Mapping[Record, Truth], *, dealt: Sequence[Pair]) -> list[ChosenPair]:
    """The first dealt pair of each label."""
    first: dict[str, Pair] = {}
    for a, b in dealt:
        first.setdefault(relation(truth[a], truth[b]), (a, b))
    return [ChosenPair("gold", *first[label], label) for label in EXAMPLES if label in first]


def _in_drawn_order(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: hashlib.blake2b("/".join(record).encode()).digest())


def _pairs_related(truth: Mapping[Record, Truth], sides: list[list[Record]], label: str) -> Iterator[Pair]:
    return ((a, b) for a in sides[0] for b in sides[1] if relation(truth[a], truth[b]) == label)


def _note(label: str, a: Truth, b: Truth) -> str:
    return NOTES[label].format(a=a.kind, b=b.kind, category=a.category)
