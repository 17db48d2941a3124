"""Answers about pairs of records become targets and weights, and travel as a table that names nobody."""

from pathlib import Path

import pytest

from models_ml.training.data.links import (
    TARGETS,
    LinkPair,
    PairAnswer,
    pool_answers,
    read_pairs,
    write_pairs,
)

LAMP, LANTERN = ("smg", "lamp"), ("nms", "lantern")


def _pooled(*labels: str) -> LinkPair:
    (pair,) = pool_answers(PairAnswer(LAMP, LANTERN, label) for label in labels)
    return pair


def test_closer_labels_have_higher_targets() -> None:
    targets = [TARGETS[label] for label in ("unrelated", "same_category", "similar_object", "same_object")]
    assert targets == sorted(set(targets))
    assert (targets[0], targets[-1]) == (0.0, 1.0)


def test_answers_of_a_pair_are_one_pair_whichever_record_stood_first() -> None:
    (pair,) = pool_answers([PairAnswer(LAMP, LANTERN, "same_object"), PairAnswer(LANTERN, LAMP, "same_category")])
    assert (pair.a, pair.b) == (LANTERN, LAMP)
    assert pair.target == pytest.approx(0.75)


def test_agreement_and_answers_give_weight() -> None:
    assert _pooled("same_object").weight == 1
    assert _pooled("same_object", "same_object").weight == pytest.approx(4 / 3)
    assert _pooled(*["same_object"] * 3).weight == pytest.approx(3 / 2)
    # Two answers a quarter of the scale apart agree by three quarters; opposite ones say nothing.
    assert _pooled("same_object", "similar_object").weight == pytest.approx(0.75 * 4 / 3)
    assert _pooled("same_object", "unrelated").weight == 0
    # One of three differs by a half: two of the three pairs of answers.
    assert _pooled("unrelated", "unrelated", "same_category").weight == pytest.approx((1 - 1 / 3) * 3 / 2)


@pytest.mark.parametrize(
    ("labels", "is_link"),
    [
        (["same_category"], True),
        (["unrelated"], False),
        (["same_category", "unrelated"], False),
        (["similar_object", "unrelated"], True),
    ],
)
def test_what_counts_as_a_link(labels: list[str], is_link: bool) -> None:
    assert _pooled(*labels).is_link is is_link


def test_a_table_of_pairs_reads_back_as_it_was(tmp_path: Path) -> None:
    pairs = pool_answers(
        [
            PairAnswer(LAMP, LANTERN, "same_object"),
            PairAnswer(LAMP, LANTERN, "similar_object"),
            PairAnswer(LAMP, LANTERN, "same_category"),
            PairAnswer(("smg", 'a "quoted", one'), LANTERN, "unrelated"),
        ]
    )
    write_pairs(tmp_path / "links.csv", pairs)
    assert read_pairs(tmp_path / "links.csv") == pairs


@pytest.mark.parametrize(
    "line",
    [
        "nms,x,smg,y,1.5,1",
        "nms,x,smg,y,0.5,-1",
        "nms,x,smg,y,nan,1",
        "smg,y,nms,x,0.5,1",
        "nms,x,smg,y,0.5",
        "nms,x,smg,y,0.5,1\nnms,x,smg,y,0.5,1",
    ],
)
def test_a_table_of_anything_else_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "links.csv").write_text(f"a_collection,a,b_collection,b,target,weight\n{line}\n")
    with pytest.raises(ValueError, match=r"pair|unpack|column"):
        read_pairs(tmp_path / "links.csv")
    (tmp_path / "links.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match="columns"):
        read_pairs(tmp_path / "links.csv")
