"""Pairs to learn from are what the truth says they are, each record once, and nothing that is dealt."""

from annotation.demonstration.guidance import EXAMPLES, PRACTICE, Pair, choose_gold, choose_guidance
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B
from heritage.demonstration.truth import Truth, relation

MUSEUMS = (MUSEUM_A, MUSEUM_B)
LINES = [("1", "kettle", "domestic"), ("2", "kettle", "domestic"), ("3", "iron", "domestic"), ("4", "loom", "textiles")]
TRUTH = {(museum, f"{n}{line[0]}"): Truth(*line) for museum in MUSEUMS for n in "abcd" for line in LINES}


def test_an_example_a_label_and_three_to_practise() -> None:
    chosen = choose_guidance(TRUTH, pictured=set(TRUTH), museums=MUSEUMS, taken=set())
    assert [(each.kind, each.label) for each in chosen] == [
        *(("example", label) for label in EXAMPLES),
        *(("practice", label) for label in PRACTICE),
    ]
    for each in chosen:
        assert (each.a[0], each.b[0]) == MUSEUMS
        assert relation(TRUTH[each.a], TRUTH[each.b]) == each.label
        assert TRUTH[each.a].kind in each.note
    assert len({record for each in chosen for record in (each.a, each.b)}) == 2 * len(chosen)
    assert chosen == choose_guidance(TRUTH, pictured=sorted(TRUTH), museums=MUSEUMS, taken=[])


def test_what_is_dealt_or_has_no_picture_is_left_alone() -> None:
    first = choose_guidance(TRUTH, pictured=set(TRUTH), museums=MUSEUMS, taken=set())
    taken: set[Pair] = {(each.a, each.b) for each in first}
    pictured = set(TRUTH) - {first[0].a}
    second = choose_guidance(TRUTH, pictured=pictured, museums=MUSEUMS, taken=taken)
    assert len(second) == len(first)
    assert taken.isdisjoint((each.a, each.b) for each in second)
    assert all({each.a, each.b} <= pictured for each in second)
    assert choose_guidance(TRUTH, pictured={(MUSEUM_A, "a1"), (MUSEUM_B, "a2")}, museums=MUSEUMS, taken=[]) != []
    assert choose_guidance(TRUTH, pictured=[], museums=MUSEUMS, taken=[]) == []


def test_gold_is_the_first_dealt_pair_of_each_label() -> None:
    a = (MUSEUM_A, "a1")
    dealt = [(a, (MUSEUM_B, number)) for number in ("a2", "a1", "b1", "a4")]
    assert [(each.b[1], each.label) for each in choose_gold(TRUTH, dealt=dealt)] == [
        ("a1", "same_object"),
        ("a2", "similar_object"),
        ("a4", "unrelated"),
    ]
