"""Things as two houses draw and describe them: which there are, what each house writes, and how two relate. Pure.

One house says what a thing is called (OpenMoji's annotation and its designers' tags), the other what it is for and like
(emojilib's keywords without all words of that name), so that texts share no name. How things relate is told by neither,
but by Unicode: the same code point is the same object; things of one subgroup that share a telling tag are similar; all
others of a subgroup are of one category.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from heritage.demonstration.truth import SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT, UNRELATED

from .pair import CatalogueRow

# Unicode's subgroups of things: no people, faces, places, weather, signs and symbols.
SUBGROUPS = frozenset(
    (
        *("animal-mammal", "animal-bird", "animal-amphibian", "animal-reptile", "animal-marine", "animal-bug"),
        *("plant-flower", "plant-other", "food-fruit", "food-vegetable", "food-prepared", "food-asian", "food-marine"),
        *("food-sweet", "drink", "dishware", "transport-ground", "transport-water", "transport-air", "sport"),
        *("arts-crafts", "clothing", "music", "musical-instrument", "phone", "computer", "light-video", "book-paper"),
        *("money", "mail", "writing", "office", "lock", "tool", "science", "medical", "household"),
    )
)
TELLING = 12  # a tag that more things bear, such as food or tool, says too little
LEAST_KEYWORDS = 2
VARIATION = "\ufe0f"  # a selector of the coloured form, which some lists write and some do not


@dataclass(frozen=True)
class Thing:
    """code: as OpenMoji names its files. tags: Unicode's; openmoji_tags: its designers'; keywords: emojilib's."""

    code: str
    subgroup: str
    annotation: str
    tags: frozenset[str]
    openmoji_tags: tuple[str, ...]
    author: str
    keywords: tuple[str, ...]

    @property
    def noto_code(self) -> str:
        """As Noto's list has it."""
        return "-".join(part for part in self.code.lower().split("-") if part != "fe0f")


def read_things(openmoji: str, emojilib: Mapping[str, Sequence[str]]) -> list[Thing]:
    """The things that both vocabularies describe. openmoji: its CSV table; emojilib: keywords by character."""
    keywords_of = {emoji.replace(VARIATION, ""): keywords for emoji, keywords in emojilib.items()}
    things = []
    for row in csv.DictReader(io.StringIO(openmoji)):
        keywords = nameless_keywords(keywords_of.get(row["emoji"].replace(VARIATION, ""), ()), row["annotation"])
        if row["subgroups"] in SUBGROUPS and not row["skintone"] and len(keywords) >= LEAST_KEYWORDS:
            things.append(
                Thing(
                    code=row["hexcode"],
                    subgroup=row["subgroups"],
                    annotation=row["annotation"],
                    tags=frozenset(_listed(row["tags"])),
                    openmoji_tags=tuple(_listed(row["openmoji_tags"])),
                    author=row["openmoji_author"],
                    keywords=keywords,
                )
            )
    return things


def nameless_keywords(keywords: Sequence[str], name: str) -> tuple[str, ...]:
    """Those without a word that begins, or begins like, a word of the name: neither "cats" nor "cat2" for a cat."""
    words = _words(name)
    found = [keyword.replace("_", " ") for keyword in keywords]
    return tuple(
        keyword
        for keyword in dict.fromkeys(found)
        if not any(one in other or other in one for one in _words(keyword) for other in words)
    )


def deal(things: Sequence[Thing], *, both: int, only_a: int, only_b: int) -> tuple[list[Thing], list[Thing]]:
    """The things of either house, by hash: so many that both have, and so many that only one of them has."""
    order = sorted(things, key=lambda thing: hashlib.sha256(thing.code.encode()).digest())
    shared, rest = order[:both], order[both:]
    return shared + rest[:only_a], shared + rest[only_a : only_a + only_b]


def noto_row(thing: Thing, picture: str) -> CatalogueRow:
    """Terse: three keywords for a name, the others as one sentence."""
    name, rest = ", ".join(thing.keywords[:3]), ", ".join(thing.keywords[3:])
    return CatalogueRow(f"N.{thing.code}", _sentence(name, ""), _sentence(rest), "", picture)


def openmoji_row(thing: Thing, picture: str) -> CatalogueRow:
    """A name, the designers' tags, and who drew it."""
    description = [_sentence(", ".join(thing.openmoji_tags)), f"Drawn by {thing.author}." if thing.author else ""]
    return CatalogueRow(f"OM-{thing.code}", thing.annotation, " ".join(filter(None, description)), "", picture)


def relate(a: Sequence[Thing], b: Sequence[Thing]) -> Iterator[tuple[Thing, Thing, str]]:
    """All pairs that are related, with their labels."""
    bearers = Counter(tag for thing in {thing.code: thing for thing in (*a, *b)}.values() for tag in thing.tags)
    telling = {tag for tag, count in bearers.items() if count <= TELLING}
    for one in a:
        for other in b:
            label = _relation(one, other, telling)
            if label != UNRELATED:
                yield one, other, label


def _relation(one: Thing, other: Thing, telling: set[str]) -> str:
    if one.code == other.code:
        return SAME_OBJECT
    if one.subgroup != other.subgroup:
        return UNRELATED
    return SIMILAR_OBJECT if one.tags & other.tags & telling else SAME_CATEGORY


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2}


def _sentence(text: str, end: str = ".") -> str:
    return text[:1].upper() + text[1:] + end if text else ""
