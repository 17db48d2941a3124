"""Pages of groups: the links that the links' page counts, joined; nothing that the reader still has to label."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.links.groups import views
from annotation.links.queries import LinkFilter, link_rows
from annotation.models import Annotation, LinkReview
from heritage.models import Collection, Record, Role
from tests.factories import CandidatePairFactory, RecordFactory, SamplingFactory, StratumFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


@pytest.fixture
def ada():
    return UserFactory(username="ada", role=Role.LEAD)


@pytest.fixture
def curator():
    return UserFactory(username="mary", role=Role.LEAD)


def campaign_of(annotator, answers, **names):
    """A campaign with a pair for each (left, right, label) of answers; the records are made as they are named."""
    sampling = SamplingFactory()
    stratum = StratumFactory(sampling=sampling)
    for left, right, _ in answers:
        a = Record.objects.filter(record_id=left).first() or RecordFactory(
            record_id=left, name=f"Lamp {left}", collection__slug="left"
        )
        b = Record.objects.filter(record_id=right).first() or RecordFactory(
            record_id=right, name=f"Lamp {right}", collection__slug="right"
        )
        CandidatePairFactory(stratum=stratum, a=a, b=b)
    campaign = create_campaign(
        name=names.get("name", "Pilot"), sampling=sampling, annotators=[annotator.username], pairs_each=len(answers)
    )
    said = {(left, right): label for left, right, label in answers}
    for assignment in campaign.assignments.select_related("pair__a", "pair__b"):
        label = said[assignment.pair.a.record_id, assignment.pair.b.record_id]
        if label:
            record_annotation(assignment=assignment, annotator=annotator, label=label)
    return campaign


@pytest.fixture
def campaign(ada):
    return campaign_of(
        ada,
        [
            ("L1", "R1", "same_object"),
            ("L2", "R1", "similar_object"),
            ("L3", "R3", "same_object"),
            ("L4", "R3", "same_category"),
            ("L5", "R5", "unrelated"),
        ],
    )


@pytest.fixture
def reader(client, curator):
    client.force_login(curator)
    return client


def groups(reader, **choices):
    network = reader.get(reverse("link-groups"), choices).context["network"]
    ids = dict(Record.objects.values_list("pk", "record_id"))
    return [{ids[record] for record in group.records} for group in network.groups]


def test_links_join_records_to_groups_the_largest_first(reader, campaign):
    assert groups(reader) == [{"L1", "L2", "R1"}, {"L3", "R3"}]
    assert groups(reader, label="same_object") == [{"L1", "R1"}, {"L3", "R3"}]
    assert groups(reader, label="same_category") == [{"L1", "L2", "R1"}, {"L3", "L4", "R3"}]


def test_they_are_the_links_that_the_links_page_counts(reader, campaign, curator):
    network = reader.get(reverse("link-groups"), {"label": "same_category"}).context["network"]
    rows = link_rows(user=curator, choice=LinkFilter(), campaign=campaign)
    assert sorted(tie.link for group in network.groups for tie in group.ties) == list(range(len(rows)))
    assert groups(reader, label="same_category", answers="2") == []


def test_rejected_links_hold_nothing_and_signed_off_ones_can_be_asked_for(reader, campaign, curator):
    pairs = {pair.a.record_id: pair for pair in campaign.sampling.pairs.select_related("a")}
    for record_id, verdict, label in (("L2", "rejected", "similar_object"), ("L3", "signed_off", "same_object")):
        LinkReview.objects.create(
            campaign=campaign,
            pair=pairs[record_id],
            verdict=verdict,
            label=label,
            reviewer=curator,
            created=timezone.now(),
            submission=uuid.uuid4(),
        )
    assert groups(reader) == [{"L1", "R1"}, {"L3", "R3"}]
    assert groups(reader, signed_off="on") == [{"L3", "R3"}]


def test_campaigns_are_joined_or_asked_for_alone(reader, campaign, ada):
    other = campaign_of(ada, [("L3", "R1", "same_object")], name="Second")
    assert groups(reader) == [{"L1", "L2", "L3", "R1", "R3"}]
    assert groups(reader, campaign=str(other.pk)) == [{"L3", "R1"}]


def test_a_group_has_a_page_with_its_records_links_and_who_may_no_longer_be_shown(reader, campaign):
    Record.objects.filter(record_id="L2").update(withheld=True)
    for record_id in ("L1", "L2", "R1"):
        key = Record.objects.get(record_id=record_id).pk
        response = reader.get(reverse("link-group", args=[key]))
        page = response.content.decode()
        assert {record.record_id for record in response.context["records"]} == {"L1", "L2", "R1"}
        assert "Lamp L2" not in page
        assert [link.row.label for link in response.context["links"]] == ["same_object", "similar_object"]
    assert reader.get(reverse("link-group", args=[Record.objects.get(record_id="L5").pk])).status_code == 404


def test_a_large_group_has_pages_of_links_with_their_records(reader, campaign, monkeypatch):
    monkeypatch.setattr(views, "LINKS_PER_PAGE", 1)
    address = reverse("link-group", args=[Record.objects.get(record_id="L1").pk])
    seen = []
    for number in (1, 2):
        response = reader.get(address, {"page": number})
        assert "3 linked records" in response.content.decode()
        seen.append({record.record_id for record in response.context["records"]})
    assert seen == [{"L1", "R1"}, {"L2", "R1"}]
    assert "2 links join them" in response.content.decode()


def test_a_group_that_tells_how_an_open_pair_relates_waits(client, campaign, curator, ada):
    """Mary is to say how L2 and R1 relate: a chain from one to the other over records that she has not would tell."""
    client.force_login(curator)
    open_campaign = campaign_of(curator, [("L2", "R1", None)], name="Open")
    assert groups(client) == [{"L1", "R1"}, {"L3", "R3"}]
    campaign_of(ada, [(*pair, "same_object") for pair in (("L2", "R8"), ("L8", "R8"), ("L8", "R1"))], name="Chain")
    network = client.get(reverse("link-groups")).context["network"]
    assert network.kept_back == 1
    assert groups(client) == [{"L3", "R3"}]
    assert client.get(reverse("link-group", args=[Record.objects.get(record_id="L8").pk])).status_code == 404
    close_campaign(campaign=open_campaign)
    assert {"L1", "L2", "L8", "R1", "R8"} in groups(client)


def test_files_hold_the_same_groups(reader, campaign):
    Record.objects.filter(record_id="L2").update(withheld=True)
    Collection.objects.update(simulated=True)
    rows = reader.get(reverse("link-groups-file", args=["csv"])).content.decode("utf-8-sig").splitlines()
    assert rows[0] == "group,records_in_group,collection,record_id,name,simulated"
    assert len(rows) == 6
    answer = reader.get(reverse("link-groups-file", args=["json"]))
    assert "simulated" in answer["Content-Disposition"]
    document = json.loads(answer.content)
    assert [len(group["records"]) for group in document["groups"]] == [3, 2]
    link = document["groups"][0]["links"][0]
    assert (link["a"]["record_id"], link["b"]["record_id"], link["label"]) == ("L1", "R1", "same_object")
    assert "Lamp L2" not in answer.content.decode()
    svg = reader.get(reverse("link-groups-file", args=["svg"])).content
    assert svg.count(b"<circle") == 5 + 2
    assert b"simulated" in svg
    assert reader.get(reverse("link-groups-file", args=["png"])).content.startswith(b"\x89PNG")


def test_a_wrong_filter_is_said(reader, campaign):
    response = reader.get(reverse("link-groups"), {"agreement": "x"})
    assert response.status_code == 422
    assert len(response.context["network"].groups) == 2


def test_annotators_are_kept_out(client, campaign):
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    for url in (reverse("link-groups"), reverse("link-groups-file", args=["csv"]), reverse("link-group", args=[1])):
        assert client.get(url).status_code == 403


def test_pages_cost_the_same_queries_whatever_the_number_of_groups(reader, campaign, ada):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as context:
            reader.get(reverse("link-groups"))
        return len(context)

    few = queries()
    campaign_of(ada, [(f"L{n}", f"R{n}", "same_object") for n in range(10, 25)], name="More")
    assert queries() == few
    assert Annotation.objects.count() == 20
