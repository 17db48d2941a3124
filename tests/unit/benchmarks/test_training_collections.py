"""Which drawings a small model may learn from, and how packages name them."""

import hashlib

import pytest

from benchmarks.collection_pairs.emoji import Thing, deal
from benchmarks.training_collections import (
    as_svg,
    game_icon_name,
    icon_of,
    is_judged,
    read_emoji,
    read_furniture,
)

ICONS = {
    "width": 32,
    "height": 32,
    "icons": {
        "octopus": {"body": "<path/>"},
        "musicalnote": {"body": "<g/>", "width": 48},
        "bird-1": {"body": "<circle/>"},
    },
    "aliases": {"devilfish": {"parent": "octopus"}},
}


def _thing(code: str) -> Thing:
    return Thing(code, "tool", "", frozenset(), (), "", ())


def test_what_both_houses_of_the_icons_pair_draw_is_not_learnt_from() -> None:
    things = [_thing(f"1F{number:03X}") for number in range(640)]
    a, b = deal(things, both=200, only_a=200, only_b=100)
    both = {thing.code for thing in a} & {thing.code for thing in b}
    assert all(is_judged(code) for code in both)
    assert 0.3 < sum(is_judged(thing.code) for thing in things) / len(things) < 0.45


def test_the_selector_of_the_coloured_form_makes_no_other_thing() -> None:
    code = next(f"1F{number:03X}" for number in range(640) if is_judged(f"1F{number:03X}"))
    assert is_judged(f"{code}-FE0F")


def test_only_things_are_read() -> None:
    free = [code for code in (f"1F{number:03X}" for number in range(640)) if not is_judged(code)]
    judged = min((f"1F{number:03X}" for number in range(640)), key=lambda code: hashlib.sha256(code.encode()).digest())
    data = [
        {"hexcode": free[0], "label": "hammer", "tags": ["tool"], "group": 7, "subgroup": 78},
        {"hexcode": judged, "label": "octopus", "tags": ["animal"], "group": 3, "subgroup": 38},
        {"hexcode": free[1], "label": "grinning face", "group": 0, "subgroup": 0},
        {"hexcode": free[2], "label": "regional indicator A"},
    ]
    (hammer,) = read_emoji(data, {"78": "tool", "38": "animal-marine", "0": "face-smiling"})
    assert (hammer.label, hammer.tags, hammer.subgroup) == ("hammer", ("tool",), "tool")


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("octopus", b"<path/>"),
        ("devilfish", b"<path/>"),
        ("musical-note", b"<g/>"),
        ("bird", b"<circle/>"),
    ],
)
def test_a_drawing_is_found_however_its_set_spells_it(slug: str, body: bytes) -> None:
    svg = icon_of(ICONS, slug)
    assert svg is not None
    assert body in svg


def test_what_a_set_lacks_is_left_out() -> None:
    assert icon_of(ICONS, "hammer") is None


def test_a_size_of_its_own_goes_before_that_of_the_set() -> None:
    assert b'viewBox="0 0 48 32"' in as_svg(ICONS, ICONS["icons"]["musicalnote"])


def test_furniture_is_read_with_its_accents_and_without_makers() -> None:
    pieces = read_furniture(
        "name=Catalogue\nid#1=x\nname#1=Table d\\u00e9co\ntags#1=Blend Swap, Seat\ncategory#1=Office\nicon#1=/a.png\n"
        "name#2=Without icon\n"
    )
    assert pieces == [{"name": "Table déco", "tags": "Seat", "category": "Office", "icon": "/a.png"}]


def test_numbered_shapes_have_no_name() -> None:
    assert game_icon_name("wood-axe") == "wood axe"
    assert game_icon_name("abstract-012") == game_icon_name("rank-3") == game_icon_name("barbute-2") == ""
