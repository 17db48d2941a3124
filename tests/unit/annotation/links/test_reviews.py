"""What a curator's verdict does to a link."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from annotation.links.link import Link, LinkedRecord, Review, record_keys
from annotation.links.mapping import DEFAULT_MAPPING, read_mapping
from annotation.links.reviews import review_state, reviewed_links
from heritage.errors import UserError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAMP, BULB = LinkedRecord("left", "1", "Lamp"), LinkedRecord("right", "9", "Bulb")
LINK = Link(LAMP, BULB, "same_object", agreement=1, answers=2, annotators=("ada", "grace"), created=NOON)


def review(verdict, label="same_object"):
    return Review(verdict, label, "Seen both", "mary", NOON)


@pytest.mark.parametrize(
    ("newest", "state"),
    [
        ((None, None), "open"),
        (("signed_off", "same_object"), "signed_off"),
        (("rejected", "same_object"), "rejected"),
        (("reopened", "same_object"), "open"),
        # A sign-off is for one label; a rejection stands whatever the answers say later.
        (("signed_off", "similar_object"), "open"),
        (("rejected", "similar_object"), "rejected"),
    ],
)
def test_where_a_link_stands(newest, state):
    assert review_state(*newest, "same_object") == state


def test_rejected_links_are_left_out_and_sign_offs_go_with_theirs():
    other, third = replace(LINK, b=LinkedRecord("right", "10", "")), replace(LINK, b=LinkedRecord("right", "11", ""))
    verdicts = {record_keys(LAMP, BULB): review("signed_off"), record_keys(LAMP, other.b): review("rejected")}
    found = reviewed_links([LINK, other, third], verdicts)
    assert found.links == [replace(LINK, signed_off=review("signed_off")), third]
    assert (found.signed_off, found.rejected) == (1, 1)
    assert reviewed_links([LINK, other, third], verdicts, only_signed_off=True).links == found.links[:1]


def test_a_mapping_changes_what_it_names():
    mapping = read_mapping(["same_object=exactMatch", "same_category=none"])
    assert mapping == {**DEFAULT_MAPPING, "same_object": "exactMatch", "same_category": "none"}
    assert read_mapping(["similar_object=skos:closeMatch"])["similar_object"] == "closeMatch"


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("same_object=owl:sameAs", "no link says that two objects are one"),
        ("same_object=sameAs", "choose one of exactMatch"),
        ("same_object", r"written as \(nothing\)"),
        ("unrelated=closeMatch", "maps no label of links"),
    ],
)
def test_a_mapping_to_anything_else_is_refused(option, reason):
    with pytest.raises(UserError, match=reason):
        read_mapping([option])
