"""How well a record answers a query, from 0 to 100, and whether it can be taken for the one that is meant. Pure.

A name is compared word by word, whatever their order (rapidfuzz's token_sort_ratio: the share of letters that need no
change); an identifier is the same or is not. The name counts as two properties do. A record is taken for the one that
is meant only where all that was asked is the same and no other record is as good: spreadsheets are matched by the
thousand, and nobody looks at what was matched by itself.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from .properties import IDENTIFYING
from .questions import Question

NAME_WEIGHT = 2
PERFECT = 100.0


@dataclass(frozen=True, slots=True)
class Described:
    """What is compared of a record."""

    name: str
    values: Mapping[str, Sequence[str]]  # by property


@dataclass(frozen=True, slots=True)
class Score:
    """`features` are the parts of it by name: `name` and the properties that were asked for."""

    total: float
    features: tuple[tuple[str, float], ...]


def score(question: Question, record: Described) -> Score:
    """0 to 100, in tenths."""
    parts: list[tuple[str, float, int]] = []
    if question.words:
        parts.append(("name", _name_score(question.words, record), NAME_WEIGHT))
    for name, wanted in question.values:
        parts.append((name, _property_score(name, wanted, record), 1))
    total = sum(value * weight for _, value, weight in parts) / sum(weight for *_, weight in parts)
    return Score(round(total, 1), tuple((name, round(value, 1)) for name, value, _ in parts))


def is_the_one(best: Score, others: Sequence[Score], *, is_all: bool) -> bool:
    """Whether the best can be taken: perfect, alone in that, and looked for among all that could be (`is_all`)."""
    return best.total == PERFECT and is_all and all(other.total < PERFECT for other in others)


def _name_score(words: str, record: Described) -> float:
    """An identifier in place of the name is as good as the name."""
    if any(_is_same(words, value) for name in IDENTIFYING for value in record.values.get(name, ())):
        return PERFECT
    return _likeness(words, record.name)


def _property_score(name: str, wanted: Sequence[str], record: Described) -> float:
    """Of the wanted and the record's values, those two that are most alike."""
    compare = (lambda one, other: PERFECT * _is_same(one, other)) if name in IDENTIFYING else _likeness
    return max((compare(one, other) for one in wanted for other in record.values.get(name, ())), default=0.0)


def _is_same(one: str, other: str) -> bool:
    return bool(one) and one.casefold().strip() == other.casefold().strip()


def _likeness(one: str, other: str) -> float:
    return float(fuzz.token_sort_ratio(_plain(one), _plain(other))) if one and other else 0.0


def _plain(text: str) -> str:
    """Words alone, without capitals: marks stay, since in many languages they make another word."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
