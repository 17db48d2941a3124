"""Which pairs become links: the majority's label, ties to the more distant, never an unrelated pair."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.links.consensus import CLOSENESS, agreed_links
from annotation.links.link import Answer, Finer, LinkedRecord

LAMP, BULB = LinkedRecord("left", "1", "Lamp"), LinkedRecord("right", "9", "Bulb")
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
FINER = {key: Finer("same_category", key, f"Same {key}") for key in ("maker", "process")}


def answers(*labels, a=LAMP, b=BULB):
    return [
        Answer(a, b, annotator=f"person{number}", label=label, created=MORNING + timedelta(minutes=number))
        for number, label in enumerate(labels)
    ]


def links(given, agreement=0.5, least=1):
    return agreed_links(given, least_agreement=agreement, least_answers=least)


def test_the_label_of_most_people_with_who_gave_it_and_when():
    (link,) = links(answers("similar_object", "same_object", "similar_object"))
    assert (link.a, link.b, link.label, link.answers) == (LAMP, BULB, "similar_object", 3)
    assert link.agreement == pytest.approx(2 / 3)
    assert link.annotators == ("person0", "person2")
    assert link.created == MORNING + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["same_object", "similar_object"], ["similar_object"]),
        (["same_category", "unrelated"], []),
        (["unrelated"], []),
        ([""], []),
        (["", "same_object"], ["same_object"]),
    ],
)
def test_ties_go_to_the_more_distant_and_empty_answers_do_not_count(labels, expected):
    assert [link.label for link in links(answers(*labels))] == expected


def test_too_little_agreement_or_too_few_answers_are_no_link():
    split = answers("same_object", "same_object", "unrelated")
    assert links(split, agreement=0.6)
    assert not links(split, agreement=0.7)
    assert not links(split, least=4)


@pytest.mark.parametrize(
    ("said", "agreement", "expected"),
    [
        (["maker", "maker", ""], 0.5, ("maker", 2 / 3)),
        (["maker", "maker", ""], 0.7, (None, None)),
        (["maker", "process"], 0.5, (None, None)),
        (["maker", ""], 0.5, (None, None)),
        (["", ""], 0.1, (None, None)),
        (["maker", "maker", "process", ""], 0.5, ("maker", 0.5)),
    ],
)
def test_a_finer_label_is_what_enough_of_those_who_gave_the_label_agree_on(said, agreement, expected):
    confirming = [
        Answer(LAMP, BULB, f"p{number}", "same_category", MORNING, FINER.get(key)) for number, key in enumerate(said)
    ]
    # What somebody says under another label counts for nothing here.
    other = Answer(LAMP, BULB, "other", "same_object", MORNING, Finer("same_object", "twin", "Twin"))
    (link,) = links([*confirming, other], agreement)
    assert link.label == "same_category"
    assert (link.finer and link.finer.key, link.finer_agreement) == expected


LABELS = st.sampled_from([*CLOSENESS, ""])


@given(st.lists(st.tuples(st.integers(0, 4), LABELS), max_size=30), st.floats(0.01, 1), st.integers(1, 4))
def test_every_link_keeps_its_promise(given_answers, agreement, least):
    records = [LinkedRecord("right", str(number), "") for number in range(5)]
    stored = [
        Answer(LAMP, records[which], f"p{number}", label, MORNING)
        for number, (which, label) in enumerate(given_answers)
    ]
    found = links(stored, agreement, least)
    assert len({link.b for link in found}) == len(found)
    for link in found:
        counts = Counter(answer.label for answer in stored if answer.b == link.b and answer.label)
        assert counts[link.label] == max(counts.values())
        assert link.label != "unrelated"
        assert link.answers == counts.total() >= least
        assert counts[link.label] / counts.total() >= agreement
