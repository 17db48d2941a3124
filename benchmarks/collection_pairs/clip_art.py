"""How drawings and photographs of two collections of clip art relate, told by their names and folders. Pure.

Names of one head noun are of similar things; folders of one meaning, such as "animals; bugs" and "animals, insects",
make a category. Nothing says that two pictures are of the same object. Records' texts hold their names, so this truth
favours comparisons with texts.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from heritage.demonstration.truth import SAME_CATEGORY, SIMILAR_OBJECT

# Nouns that are one word for different things here: a traffic cone and an ice cream's, a vampire bat and a batsman's.
AMBIGUOUS = frozenset(
    (
        *("arrow", "baby", "bat", "box", "bulb", "cluster", "cone", "couple", "cup", "entry", "fruit", "head", "horn"),
        *("iris", "mars", "pot", "school", "sign", "slice"),
    )
)

# By meaning: folders of oca, folders of tux; the longest that begins a record's path counts.
CATEGORIES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bird": (("animals/birds",), ("animals/birds",)),
    "mammal": (("animals/mammals",), ("animals/mammals", "animals/marsupials")),
    "fish": (("animals/fish",), ("animals/fish", "animals/shellfish")),
    "insect": (("animals/bugs",), ("animals/insects",)),
    "fruit": (("food/fruit",), ("food/fruit",)),
    "vegetable": (("food/vegetables",), ("food/vegetables",)),
    "dessert": (("food/desserts",), ("food/dessert",)),
    "flower": (("plants/flowers",), ("plants/flowers",)),
    "tree": (("plants/trees",), ("plants/trees",)),
    "house": (("buildings/homes",), ("town/houses",)),
    "hat": (("people/clothing/hats",), ("clothes/hats",)),
    "clothes": (("people/clothing",), ("clothes",)),
    "tool": (("tools",), ("household/tools",)),
    "weapon": (("tools/weapons",), ("military/ammunition",)),
    "music": (("recreation/music",), ("hobbies/music",)),
    "sport": (("recreation/sports",), ("sports",)),
    "vehicle": (("transportation/vehicles",), ("vehicles", "military/vehicles")),
    "ship": (("transportation/boating",), ("vehicles/ship",)),
    "aircraft": (("transportation/aircraft",), ("vehicles/flight",)),
    "space": (("geography/astronomy", "science/astronomy"), ("space",)),
    "christmas": (("recreation/holiday/christmas",), ("seasonal/christmas",)),
}
OCA, TUX = 0, 1

# Folders of oca with marks rather than things.
MARKS = (
    *("buttons", "computer", "logos", "people/smilies", "people/stickmen", "recreation/games/cards"),
    *("signs_and_symbols", "transportation/aiga-symbols", "transportation/roadsigns"),
)


@dataclass(frozen=True)
class Drawing:
    """A record. path: its folder, parts joined by "/". noun: the head of its name, "" where there is none."""

    record_id: str
    name: str
    description: str
    path: str
    picture: str
    noun: str


def category(path: str, side: int) -> str:
    """What a folder of OCA or TUX means, "" where the other collection has no such folder."""
    found = [
        (len(folder), meaning)
        for meaning, folders in CATEGORIES.items()
        for folder in folders[side]
        if _lies_in(path, folder)
    ]
    return max(found)[1] if found else ""


def shows_a_thing(drawing: Drawing) -> bool:
    return not any(_lies_in(drawing.path, folder) for folder in MARKS)


def head_noun(name: str, root: str) -> str:
    """One word for singular and plural, "" where it is ambiguous. root: of the name's parse, "" where that has no noun:
    a word that stands alone counts all the same."""
    alone = re.fullmatch(r"[^\W\d_]+", name.strip())
    noun = (root or (alone.group() if alone else "")).casefold()
    noun = singular(noun)
    return "" if noun in AMBIGUOUS else noun


def singular(noun: str) -> str:
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "ars")) and len(noun) > 3:
        return noun[:-1]
    return noun


def choose_drawings(drawings: Sequence[Drawing], nouns: Collection[str], count: int) -> list[Drawing]:
    """`count` drawings of things, by hash: two thirds are called by one of the nouns, if there are so many."""
    things = sorted(filter(shows_a_thing, drawings), key=lambda drawing: _hash(drawing.record_id))
    called = [drawing for drawing in things if drawing.noun in nouns][: count * 2 // 3]
    others = [drawing for drawing in things if drawing.noun not in nouns]
    return called + others[: count - len(called)]


def telling_description(name: str, description: str) -> str:
    """Nothing where it only repeats the name, as in "A frog."."""
    plain = re.sub(r"^(an?|the)\s+", "", description.strip().rstrip(".!?"), flags=re.IGNORECASE)
    return "" if plain.casefold() == name.strip().casefold() else description


def relate_drawings(oca: Sequence[Drawing], tux: Sequence[Drawing]) -> Iterator[tuple[Drawing, Drawing, str]]:
    """All pairs that are related, with their labels."""
    categories = [category(drawing.path, TUX) for drawing in tux]
    for one in oca:
        own = category(one.path, OCA)
        for other, meaning in zip(tux, categories, strict=True):
            if one.noun and one.noun == other.noun:
                yield one, other, SIMILAR_OBJECT
            elif own and own == meaning:
                yield one, other, SAME_CATEGORY


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _hash(record_id: str) -> bytes:
    return hashlib.sha256(record_id.encode()).digest()
