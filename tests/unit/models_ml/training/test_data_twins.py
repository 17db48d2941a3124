"""Records that share a picture or nearly all words are one group; no others are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from models_ml.split import side
from models_ml.training.data.records import TrainingRecord, find_leaks, keep_twins_together, split_records
from models_ml.training.data.twins import LEAST_WORDS, NEARLY, twin_groups, words

TEXT = "a small brass lamp that miners carried in the pits of the north"


def _same(first: int, second: int, pictures: list[list[str]], texts: list[str]) -> bool:
    groups = twin_groups(pictures, [words([text]) for text in texts])
    return bool(groups[first] == groups[second])


def test_a_shared_picture_makes_twins_also_by_way_of_others() -> None:
    pictures = [["a"], ["a", "b"], ["b"], ["c"]]
    groups = twin_groups(pictures, [frozenset()] * 4).tolist()
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_nearly_the_same_words_make_twins() -> None:
    pictures: list[list[str]] = [[], []]
    assert _same(0, 1, pictures, [TEXT, TEXT.upper() + "."])
    assert _same(0, 1, pictures, [TEXT, TEXT + " 1890"])
    assert not _same(0, 1, pictures, [TEXT, TEXT + " of Scotland and Wales"])


def test_short_texts_are_not_compared() -> None:
    assert not _same(0, 1, [[], []], ["Glass bottle", "Glass bottle"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=26),
            st.lists(st.integers(0, 12), max_size=2),
        ),
        max_size=25,
    )
)
def test_groups_equal_those_of_comparing_all_pairs(records: list[tuple[frozenset[str], list[int]]]) -> None:
    def twins(one: tuple[frozenset[str], list[int]], other: tuple[frozenset[str], list[int]]) -> bool:
        a, b = one[0], other[0]
        alike = min(len(a), len(b)) >= LEAST_WORDS and len(a & b) >= NEARLY * len(a | b)
        return alike or bool(set(one[1]) & set(other[1]))

    found = twin_groups([pictures for _, pictures in records], [own for own, _ in records])
    adjacency = [[twins(one, other) for other in records] for one in records]
    expected = connected_components(np.array(adjacency))[1] if records else []
    assert found.tolist() == list(expected)


def _record(number: int, image: str, sentence: str = "") -> TrainingRecord:
    return TrainingRecord("smg", str(number), "Lamp", (sentence,) if sentence else (), (image,))


def test_twins_of_held_out_records_are_held_out_and_nothing_else_moves() -> None:
    numbers = {which: [n for n in range(400) if side("smg", str(n)) == which] for which in ("train", "evaluation")}
    picture_twin, text_twin = numbers["train"][:2]
    first, second = numbers["evaluation"][:2]
    records = [_record(number, f"i{number}") for number in range(400)]
    records[picture_twin] = _record(picture_twin, f"i{first}")
    records[text_twin] = _record(text_twin, "other", TEXT)
    records[second] = _record(second, f"i{second}", TEXT)
    split = split_records(records, seed=0)
    before, after = find_leaks(split), find_leaks(keep_twins_together(split))
    assert (before.images, before.sentences) == (1, 1)
    assert (after.images, after.sentences) == (0, 0)
    assert after.names == len(numbers["evaluation"]) + 2
    together = keep_twins_together(split)
    assert together.beside_twins == 2
    held_out = {int(record.record_id) for record in together.evaluation}
    assert held_out == {*numbers["evaluation"], picture_twin, text_twin}
    assert len(together.training) + len(together.evaluation) == 400
