"""Which pairs become links: those that more than half link, with the median label; never an unrelated pair."""

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


def test_the_median_label_with_who_gave_it_and_when():
    (link,) = links(answers("similar_object", "same_object", "similar_object"))
    assert (link.a, link.b, link.label, link.answers) == (LAMP, BULB, "similar_object", 3)
    assert (link.agreement, link.label_agreement) == (1.0, pytest.approx(2 / 3))
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
        # All five link, in different degrees: no label has a majority, and yet it is a link.
        (["same_object"] * 2 + ["similar_object"] * 2 + ["same_category"], ["similar_object"]),
        # Three of five link, though more say unrelated than any other label.
        (["unrelated"] * 2 + ["same_object", "similar_object", "same_category"], ["same_category"]),
        (["unrelated"] * 2 + ["same_object"] * 2, []),
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
    assert link.agreement == 1.0
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
        total = counts.total()
        assert link.answers == total >= least
        assert link.label != "unrelated"
        assert 2 * counts["unrelated"] < total
        assert link.agreement == (total - counts["unrelated"]) / total >= agreement
        place = CLOSENESS.index(link.label)
        # As many say something as far or farther, and not so many something farther.
        assert 2 * sum(counts[label] for label in CLOSENESS[place:]) >= total
        assert 2 * sum(counts[label] for label in CLOSENESS[place + 1 :]) < total


def test_unsure_answers_count_unless_they_are_left_out():
    sure, unsure = answers("unrelated", "same_object")
    also = Answer(LAMP, BULB, "third", "similar_object", MORNING, unsure=True)
    stored = [sure, Answer(LAMP, BULB, "second", unsure.label, MORNING, unsure=True), also]
    (link,) = links(stored)
    assert (link.label, link.unsure, link.answers) == ("similar_object", 2, 3)
    assert agreed_links(stored, least_agreement=0.5, least_answers=1, without_unsure=True) == []
