import pytest

from benchmarks.collection_pairs.clip_art import (
    OCA,
    TUX,
    Drawing,
    category,
    choose_drawings,
    head_noun,
    relate_drawings,
    singular,
    telling_description,
)
from heritage.demonstration.truth import SAME_CATEGORY, SIMILAR_OBJECT


def drawing(record_id: str, path: str, noun: str = "") -> Drawing:
    return Drawing(record_id, noun, "", path, "", noun)


@pytest.mark.parametrize(
    ("path", "side", "meaning"),
    [
        ("people/clothing/hats", OCA, "hat"),
        ("people/clothing/pantyhose", OCA, "clothes"),
        ("animals/mammals/aquatic", TUX, "mammal"),
        ("animals/mammalsoid", TUX, ""),
        ("animals", OCA, ""),
    ],
)
def test_the_longest_folder_says_what_it_means(path: str, side: int, meaning: str) -> None:
    assert category(path, side) == meaning


@pytest.mark.parametrize(
    ("name", "root", "noun"),
    [
        ("Candied Apples", "apples", "apple"),
        ("key", "", "key"),
        ("Down at the docks", "", ""),
        ("traffic cone", "cone", ""),
    ],
)
def test_head_nouns_are_singular_and_of_one_meaning(name: str, root: str, noun: str) -> None:
    assert head_noun(name, root) == noun


@pytest.mark.parametrize(
    ("plural", "one"),
    [("cherries", "cherry"), ("houses", "house"), ("glass", "glass"), ("iris", "iris"), ("bus", "bus")],
)
def test_plurals_become_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_descriptions_that_repeat_the_name_are_left_out() -> None:
    assert telling_description("frog", "A frog.") == ""
    assert telling_description("ram", "A ram. It has horns.") == "A ram. It has horns."


def test_equal_nouns_are_similar_and_equal_folders_of_one_category() -> None:
    oca = [drawing("o", "animals/bugs", "fly")]
    tux = [drawing("t1", "town", "fly"), drawing("t2", "animals/insects", "ant"), drawing("t3", "town", "ant")]
    labels = {other.record_id: label for _, other, label in relate_drawings(oca, tux)}
    assert labels == {"t1": SIMILAR_OBJECT, "t2": SAME_CATEGORY}


def test_names_without_a_noun_are_alike_in_nothing() -> None:
    assert not list(relate_drawings([drawing("o", "town")], [drawing("t", "town")]))


def test_two_thirds_of_the_chosen_are_called_like_others_and_none_is_a_mark() -> None:
    drawings = [drawing(f"a{number}", "food", "apple") for number in range(20)]
    drawings += [drawing(f"b{number}", "food", "bun") for number in range(20)]
    drawings += [drawing(f"c{number}", "computer/icons", "apple") for number in range(20)]
    chosen = choose_drawings(drawings, {"apple"}, 12)
    assert [each.noun for each in chosen] == ["apple"] * 8 + ["bun"] * 4
    assert {each.path for each in chosen} == {"food"}
    assert choose_drawings(drawings[::-1], {"apple"}, 12) == chosen
