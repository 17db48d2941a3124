"""What annotators remark, for leads: by kind, reason and person, sealed as results are, and as a file without names."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.answers.actions import record_annotation, record_skip
from annotation.campaigns.actions import close_campaign
from annotation.campaigns.leads import grant_lead
from annotation.campaigns.remarks.queries import REMARKS, RemarkFilter, read_remarks, remark_counts
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def curator(client):
    curator = UserFactory(username="mary", role="lead")
    client.force_login(curator)
    return curator


@pytest.fixture
def campaign(ada):
    return campaign_for(ada, UserFactory(username="grace"), pairs_each=6, name="Pilot")


def hand(campaign, username="ada"):
    assignments = campaign.assignments.filter(annotator__username=username).order_by("position")
    return list(assignments.select_related("annotator", "pair__a__collection", "pair__b"))


def answer(assignment, label="same_object", **said):
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=label, **said)


def skip(assignment, reason="other", **said):
    record_skip(assignment=assignment, annotator=assignment.annotator, reason=reason, **said)


@pytest.fixture
def remarked(campaign):
    """Of ada: a broken first record, an unsure answer, a skip with both broken; of grace a skip."""
    first, second, third, fourth, fifth, _ = hand(campaign)
    answer(first, comment="Corrected away.")
    answer(first)
    answer(second, comment="=1+1 dials", faulty="a")
    answer(third, unsure=True)
    skip(fourth, comment="Both upside down.", faulty="ab")
    answer(fifth)
    skip(hand(campaign, "grace")[0], reason="not_my_field")
    return campaign


def page(client, campaign, **chosen):
    return client.get(reverse("campaign-remarks", args=[campaign.pk]), chosen)


def who(client, campaign, **chosen):
    return [(each.annotator, each.position) for each in page(client, campaign, **chosen).context["remarks"]]


def test_the_newest_first_by_kind_reason_and_person(client, curator, remarked):
    assert who(client, remarked) == [("grace", 1), ("ada", 4), ("ada", 3), ("ada", 2)]
    assert who(client, remarked, kind="faulty") == [("ada", 4), ("ada", 2)]
    assert who(client, remarked, kind="unsure") == [("ada", 3)]
    assert who(client, remarked, kind="skips", person="ada") == [("ada", 4)]
    assert who(client, remarked, reason="not_my_field") == [("grace", 1)]
    assert who(client, remarked, kind="comments", person="grace") == []
    assert {kind: count for kind, _, count in remark_counts(remarked)} == {
        kind: len(read_remarks(remarked, RemarkFilter(kind), reader=curator)) for kind in REMARKS if kind != "all"
    }


def test_a_skipped_pair_that_was_answered_since_is_none(client, curator, campaign):
    assignment = hand(campaign)[0]
    skip(assignment, comment="later")
    answer(assignment)
    assert who(client, campaign) == []
    assert "Nothing of this kind so far" in page(client, campaign).content.decode()


def test_pairs_and_records_are_linked_and_what_is_broken_is_marked(client, curator, remarked):
    text = page(client, remarked, kind="faulty").content.decode()
    pair = hand(remarked)[1].pair
    for address in (
        pair.a.get_absolute_url(),
        pair.b.get_absolute_url(),
        reverse("sampled-pair", args=[remarked.sampling_id, pair.pk]),
    ):
        assert f'href="{address}"' in text
    assert text.count(">broken</span>") == 3
    assert "Skipped: Another reason" in text


def test_the_lead_of_this_campaign_alone_gets_no_links_that_answer_403(client, remarked):
    lead = UserFactory(username="cora")
    grant_lead(campaign=remarked, username="cora")
    client.force_login(lead)
    text = page(client, remarked).content.decode()
    pair = hand(remarked)[1].pair
    assert pair.a.name in text
    assert pair.a.get_absolute_url() not in text
    assert reverse("sampled-pair", args=[remarked.sampling_id, pair.pk]) not in text


def test_labels_are_sealed_as_results_are(client, curator, remarked):
    labels = lambda: {each.said for each in page(client, remarked, kind="unsure").context["remarks"]}  # noqa: E731
    assert labels() == {"Answered"}
    assert "Same object" not in client.get(reverse("campaign-remarks-file", args=[remarked.pk])).content.decode()
    close_campaign(campaign=remarked)
    assert labels() == {"Same object"}


@pytest.mark.usefixtures("nothing_sealed")
def test_who_labels_too_reads_no_remarks(client, remarked, ada):
    ada.role = "lead"
    ada.save()
    client.force_login(ada)
    for name in ("campaign-remarks", "campaign-remarks-file"):
        assert client.get(reverse(name, args=[remarked.pk])).status_code == 403
    assert reverse("campaign-remarks", args=[remarked.pk]) not in client.get(remarked.get_absolute_url()).text


def test_the_file_names_records_and_no_people_and_runs_nothing(client, curator, remarked):
    pair = hand(remarked)[1].pair
    pair.a.page = "https://museum.example/1"
    pair.a.save()
    response = client.get(reverse("campaign-remarks-file", args=[remarked.pk]), {"kind": "faulty"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="pilot-remarks.csv"'
    text = response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 2
    older = rows[1]
    assert older["first_identifier"] == pair.a.record_id
    assert older["first_collection"] == pair.a.collection.name
    assert older["first_page"] == "https://museum.example/1"
    assert (older["first_broken"], older["second_broken"]) == ("yes", "")
    assert older["comment"] == "'=1+1 dials"
    assert older["when"].startswith("20")
    assert "ada" not in text


def test_of_a_withheld_record_the_identifier_alone(client, curator, remarked):
    record = hand(remarked)[1].pair.a
    record.withheld = True
    record.name = "Secret"
    record.save()
    assert "Secret" not in page(client, remarked).content.decode()
    text = client.get(reverse("campaign-remarks-file", args=[remarked.pk])).content.decode()
    assert record.record_id in text
    assert "Secret" not in text


def test_a_wrong_filter_is_said_and_not_applied(client, curator, remarked):
    response = page(client, remarked, kind="nonsense", person="nobody")
    assert response.status_code == 422
    assert len(response.context["remarks"]) == 4
    assert client.get(reverse("campaign-remarks-file", args=[remarked.pk]), {"kind": "x"}).status_code == 200


def test_a_page_costs_the_same_queries_whatever_their_number(client, curator, campaign):
    counts = []
    for few in (hand(campaign)[:1], hand(campaign)[1:] + hand(campaign, "grace")):
        for assignment in few:
            answer(assignment, comment="A dial.")
        with CaptureQueriesContext(connection) as queries:
            page(client, campaign)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_annotators_are_kept_out(client, remarked, ada):
    client.force_login(ada)
    for name in ("campaign-remarks", "campaign-remarks-file"):
        assert client.get(reverse(name, args=[remarked.pk])).status_code == 403
