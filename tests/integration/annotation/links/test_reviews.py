"""Verdicts of curators: appended, never changed, stored once, and stated in what is exported."""

import csv
import json
import uuid

import pytest
from django.core.management import CommandError, call_command
from rdflib import Graph, Literal
from rdflib.namespace import DCTERMS, SKOS

from annotation.answers.actions import record_annotation
from annotation.links.actions import LONGEST_REASON, LinkChangedError, review_link
from annotation.links.formats import HW
from annotation.models import LinkReview
from heritage.errors import UserError
from heritage.models import Role
from tests.factories import UserFactory, campaign_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def curator():
    return UserFactory(username="mary", role=Role.LEAD)


@pytest.fixture
def campaign(ada):
    campaign = campaign_for(ada, pairs_each=4, name="Pilot")
    for assignment, label in zip(campaign.assignments.order_by("position"), LABELS, strict=True):
        record_annotation(assignment=assignment, annotator=ada, label=label)
    return campaign


def pair_of(campaign, position):
    return campaign.assignments.get(position=position).pair


def review(campaign, curator, verdict, position=1, **arguments):
    pair_id = pair_of(campaign, position).pk
    said = {"label": LABELS[position - 1], "submission": uuid.uuid4()} | arguments
    return review_link(campaign=campaign, pair_id=pair_id, reviewer=curator, verdict=verdict, **said)


def test_a_change_of_mind_is_a_new_row(campaign, curator):
    review(campaign, curator, "signed_off")
    review(campaign, curator, "rejected", reason="Another maker")
    review(campaign, curator, "reopened")
    assert list(LinkReview.objects.values_list("verdict", "reason", "reviewer__username")) == [
        ("signed_off", "", "mary"),
        ("rejected", "Another maker", "mary"),
        ("reopened", "", "mary"),
    ]


def test_a_double_click_and_a_late_resend_store_one_row(campaign, curator):
    submission = uuid.uuid4()
    first = review(campaign, curator, "signed_off", submission=submission)
    assert review(campaign, curator, "signed_off", submission=submission) == first
    assert review(campaign, curator, "signed_off") == first
    rejected = review(campaign, curator, "rejected", reason="Another maker")
    assert review(campaign, curator, "signed_off", submission=submission) == first
    assert LinkReview.objects.order_by("-pk").first() == rejected
    other = UserFactory(username="joan", role=Role.LEAD)
    assert review(campaign, other, "rejected", reason="Another maker") != rejected


def test_a_link_that_changed_meanwhile_is_not_signed_off(campaign, curator, ada):
    record_annotation(assignment=campaign.assignments.get(position=1), annotator=ada, label="similar_object")
    with pytest.raises(LinkChangedError, match="now say “Similar object”"):
        review(campaign, curator, "signed_off")
    record_annotation(assignment=campaign.assignments.get(position=1), annotator=ada, label="unrelated")
    with pytest.raises(LinkChangedError, match="no link of these two records"):
        review(campaign, curator, "signed_off")
    assert not LinkReview.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "arguments", "reason"),
    [
        ("rejected", {"reason": "  "}, "Say why"),
        ("rejected", {"reason": "x" * (LONGEST_REASON + 1)}, "at most 2,000"),
        ("rejected", {"reason": "a\0b"}, "NUL"),
        ("praised", {}, "There is no verdict praised"),
        ("reopened", {}, "no verdict to take back"),
        ("signed_off", {"position": 4}, "no link"),
    ],
)
def test_what_cannot_be_stored_is_said(campaign, curator, verdict, arguments, reason):
    with pytest.raises(UserError, match=reason):
        review(campaign, curator, verdict, **arguments)
    assert not LinkReview.objects.exists()


def test_whoever_labels_in_the_open_campaign_reviews_nothing_of_it(campaign, ada):
    ada.role = Role.LEAD
    ada.save()
    with pytest.raises(LinkChangedError):
        review(campaign, ada, "signed_off")


def exported(tmp_path, *arguments):
    path = tmp_path / "links"
    call_command("export_links", "Pilot", "-o", str(path), *arguments)
    return path.read_text()


def test_rejected_links_stay_here_and_sign_offs_are_stated(campaign, curator, tmp_path, capsys):
    signed = review(campaign, curator, "signed_off", reason="=Compared both")
    review(campaign, curator, "rejected", position=2, reason="Another maker")
    rows = list(csv.DictReader(exported(tmp_path).splitlines()))
    assert (
        capsys.readouterr()
        .out.strip()
        .endswith("Wrote 2 links of Pilot to " + str(tmp_path / "links") + ", 1 of them signed off; 1 were rejected.")
    )
    assert {row["label"]: row["signed_off_by"] for row in rows} == {"same_object": "mary", "same_category": ""}
    (row,) = [row for row in rows if row["signed_off_by"]]
    assert (row["signed_off"], row["sign_off_comment"]) == (signed.created.isoformat(), "'=Compared both")
    assert row["scheme"] == " ".join(LABELS)
    graph = Graph().parse(data=exported(tmp_path, "--format", "skos"), format="turtle")
    (node,) = graph.subjects(HW.signedOffBy, Literal("mary"))
    assert str(graph.value(node, DCTERMS.dateAccepted)) == signed.created.isoformat()
    assert not list(graph.triples((None, SKOS.relatedMatch, None)))
    document = json.loads(exported(tmp_path, "--format", "web-annotation"))
    assessed = [
        body for item in document["first"]["items"] for body in item["body"] if body.get("purpose") == "assessing"
    ]
    assert [body["creator"]["nickname"] for body in assessed] == ["mary"]


def test_a_sign_off_holds_for_its_label_alone(campaign, curator, ada, capsys):
    review(campaign, curator, "signed_off")
    record_annotation(assignment=campaign.assignments.get(position=1), annotator=ada, label="similar_object")
    call_command("export_links", "Pilot", "--json")
    result = json.loads(capsys.readouterr().out)
    assert (result["links"], result["signed_off"], result["rejected"]) == (3, 0, 0)


def test_only_signed_off_links_and_another_mapping(campaign, curator, tmp_path):
    review(campaign, curator, "signed_off")
    text = exported(tmp_path, "--signed-off", "--format", "skos", "--map", "same_object=exactMatch")
    graph = Graph().parse(data=text, format="turtle")
    assert len(list(graph.triples((None, SKOS.exactMatch, None)))) == 1
    assert not list(graph.triples((None, SKOS.broadMatch, None)))
    with pytest.raises(CommandError, match="owl:sameAs"):
        call_command("export_links", "Pilot", "--map", "same_object=owl:sameAs")
