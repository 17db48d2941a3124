"""Groups are what links hold together over two collections or more."""

import networkx
import numpy as np
import pytest
from lxml import etree

from annotation.links.groups.components import RecordGroup, Tie, as_close_as, connected_groups
from annotation.links.groups.drawing import MOST_GROUPS, network_svg

LEFT, RIGHT = 1, 2
COLLECTIONS = {10: LEFT, 11: LEFT, 12: LEFT, 20: RIGHT, 21: RIGHT, 22: RIGHT}


def ties(*pairs: tuple[int, int]) -> list[Tie]:
    return [Tie(a, b, place) for place, (a, b) in enumerate(pairs)]


def test_chains_are_one_group_and_the_largest_comes_first() -> None:
    groups = connected_groups(ties((12, 22), (10, 20), (20, 11), (11, 21)), COLLECTIONS)
    assert [group.records for group in groups] == [(10, 11, 20, 21), (12, 22)]
    assert [[tie.link for tie in group.ties] for group in groups] == [[1, 2, 3], [0]]
    assert groups[0].key == 10


def test_records_of_one_collection_alone_are_no_group() -> None:
    assert connected_groups(ties((10, 11)), COLLECTIONS) == []
    assert connected_groups([], {}) == []


def test_two_links_between_the_same_records_are_one_group_with_both() -> None:
    (group,) = connected_groups(ties((10, 20), (20, 10)), COLLECTIONS)
    assert len(group.ties) == 2


@pytest.mark.parametrize("seed", range(5))
def test_any_network_falls_apart_as_networkx_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [(int(a), int(b)) for a, b in random.integers(0, 60, (40, 2)) if a != b]
    collections = {record: record % 2 for record in range(60)}
    groups = connected_groups(ties(*pairs), collections)
    expected = {
        tuple(sorted(own))
        for own in networkx.connected_components(networkx.Graph(pairs))
        if len({record % 2 for record in own}) > 1
    }
    assert {group.records for group in groups} == expected
    assert [len(group.records) for group in groups] == sorted((len(own) for own in expected), reverse=True)


def test_as_close_as_takes_closer_labels_along() -> None:
    assert as_close_as("same_object") == ("same_object",)
    assert as_close_as("same_category") == ("same_object", "similar_object", "same_category")


def test_the_drawing_has_a_dot_a_record_and_a_line_a_link() -> None:
    groups = connected_groups(ties((12, 22), (10, 20), (20, 11), (11, 21)), COLLECTIONS)
    drawn = network_svg(
        title="<Groups>",
        groups=groups,
        collections=COLLECTIONS,
        names={LEFT: "A & B", RIGHT: "C"},
        labels=["same_object", "similar_object", "same_category", "same_object"],
    )
    space = "{http://www.w3.org/2000/svg}"
    tree = etree.fromstring(drawn.encode())
    assert len(tree.findall(f"{space}path")) == 4
    assert len(tree.findall(f"{space}circle")) == 6 + 2  # and the legend's
    assert "not drawn" not in drawn


def test_a_large_network_says_what_is_not_drawn() -> None:
    groups = [RecordGroup((2 * place, 2 * place + 1), ()) for place in range(MOST_GROUPS + 3)]
    collections = {record: record % 2 for group in groups for record in group.records}
    drawn = network_svg(title="G", groups=groups, collections=collections, names={0: "A", 1: "B"}, labels=[])
    assert "3 smaller groups are not drawn" in drawn


def test_a_group_of_any_size_stays_within_the_drawing() -> None:
    groups = [RecordGroup(tuple(range(900)), ()), RecordGroup((900, 901), ())]
    collections = {record: record % 2 for record in range(902)}
    drawn = network_svg(title="G", groups=groups, collections=collections, names={0: "A", 1: "B"}, labels=[])
    tree = etree.fromstring(drawn.encode())
    for dot in tree.findall("{http://www.w3.org/2000/svg}circle"):
        x, y, radius = (float(dot.get(name) or "nan") for name in ("cx", "cy", "r"))
        assert radius <= x <= float(tree.get("width") or 0) - radius
        assert radius <= y <= float(tree.get("height") or 0) - radius
