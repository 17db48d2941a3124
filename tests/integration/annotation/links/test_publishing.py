"""Links for programs: the same links, for the same people, as the pages of links show."""

import uuid

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.links.actions import review_link
from annotation.models import CampaignLead
from heritage.accounts.tokens import issue_token
from heritage.models import Record, Role
from tests.factories import UserFactory, campaign_for
from tests.unit.heritage.publishing.test_manifests import check_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "links"}}
    cache.clear()


@pytest.fixture
def ada():
    return UserFactory(username="ada", role=Role.LEAD)


@pytest.fixture
def campaign(ada):
    campaign = campaign_for(ada, pairs_each=4, name="Pilot")
    for assignment, label in zip(campaign.assignments.order_by("position"), LABELS, strict=True):
        record_annotation(assignment=assignment, annotator=ada, label=label)
    return campaign


@pytest.fixture
def curator():
    return UserFactory(username="mary", role=Role.LEAD)


@pytest.fixture
def reader(curator):
    client = Client()
    client.force_login(curator)
    return client


def pair_of(campaign, position):
    return campaign.assignments.select_related("pair__a__collection", "pair__b").get(position=position).pair


def manifest_of(campaign, position):
    return reverse("link-manifest", args=[campaign.pk, pair_of(campaign, position).pk])


def listed(client, **parameters):
    answer = client.get(reverse("api-links"), parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_link_is_given_with_both_records_and_what_is_said_of_it(reader, campaign, curator):
    pair = pair_of(campaign, 1)
    review_link(
        campaign=campaign,
        pair_id=pair.pk,
        reviewer=curator,
        verdict="signed_off",
        label="same_object",
        reason="Seen both",
        submission=uuid.uuid4(),
    )
    found = listed(reader)
    assert [link["label"] for link in found] == list(LABELS[:3])
    first = found[0]
    assert [record["id"] for record in first["records"]] == [pair.a.pk, pair.b.pk]
    assert first["records"][0]["record_id"] == pair.a.record_id
    assert (first["agreement"], first["answers"], first["annotators"]) == (1.0, 1, ["ada"])
    assert (first["state"], first["review"]["reviewer"], first["review"]["reason"]) == (
        "signed_off",
        "mary",
        "Seen both",
    )
    assert first["manifest"] == f"http://testserver{manifest_of(campaign, 1)}"
    assert found[1]["review"] is None


def test_filters_and_pages(reader, campaign):
    assert [link["label"] for link in listed(reader, label="same_category")] == ["same_category"]
    assert len(listed(reader, collection="left", campaign=campaign.pk)) == 3
    assert listed(reader, answers=2) == []
    assert listed(reader, state="rejected") == []
    address, seen = reverse("api-links") + "?page_size=2", []
    while address:
        page = reader.get(address).json()
        assert page["count"] == 3
        seen += [link["label"] for link in page["results"]]
        address = page["next"]
    assert seen == list(LABELS[:3])


@pytest.mark.parametrize(
    "parameters", [{"campaign": "1"}, {"label": "unrelated"}, {"agreement": 2}, {"answers": 0}, {"state": "maybe"}]
)
def test_a_wrong_parameter_is_one_sentence(reader, campaign, parameters):
    refused = reader.get(reverse("api-links"), parameters)
    assert refused.status_code == 400
    assert isinstance(refused.json()["detail"], str)


def test_a_pair_is_a_manifest_of_two_canvases_with_what_experts_say(reader, campaign):
    answer = reader.get(manifest_of(campaign, 1))
    document = answer.json()
    check_rules(document)
    pair = pair_of(campaign, 1)
    assert [canvas["label"] for canvas in document["items"]] == [{"none": [record.name]} for record in (pair.a, pair.b)]
    said = {entry["label"]["en"][0]: entry["value"]["en"] for entry in document["metadata"][:4]}
    assert said == {
        "How they are related": ["Same object"],
        "Agreement": ["100 % of 1"],
        "Curator's verdict": ["Awaiting a verdict"],
        "Campaign": ["Pilot"],
    }
    assert reader.get(manifest_of(campaign, 4)).status_code == 404, "unrelated is no link"
    campaign.simulated = True
    campaign.save()
    assert "Simulated" in reader.get(manifest_of(campaign, 1)).json()["summary"]["en"][0]


def test_only_those_who_may_see_links_get_them(reader, campaign, ada, settings):
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = True
    addresses = [reverse("api-links"), manifest_of(campaign, 1)]
    visitor, annotator, one_campaign = Client(), UserFactory(), UserFactory(username="lead-of-one")
    for address in addresses:
        refused = visitor.get(address, headers={"Origin": "https://viewer.example"})
        assert refused.status_code == 401, "links are never public"
        assert "Access-Control-Allow-Origin" not in refused
        visitor.force_login(annotator)
        assert visitor.get(address).status_code == 403
        visitor.logout()
        token = f"Token {issue_token(annotator).token}"
        assert visitor.get(address, headers={"Authorization": token}).status_code == 403
    other = campaign_for(annotator, pairs_each=1, name="Other")
    CampaignLead.objects.create(campaign=other, person=one_campaign, granted_by=ada)
    visitor.force_login(one_campaign)
    assert listed(visitor) == []
    assert visitor.get(manifest_of(campaign, 1)).status_code == 404
    assert visitor.get(reverse("api-links"), {"campaign": campaign.pk}).status_code == 404


def test_who_still_labels_sees_no_link_of_it(reader, campaign, ada):
    reader.force_login(ada)
    assert listed(reader) == []
    assert reader.get(reverse("api-links"), {"campaign": campaign.pk}).status_code == 404
    assert reader.get(manifest_of(campaign, 1)).status_code == 404
    close_campaign(campaign=campaign)
    assert len(listed(reader)) == 3
    assert reader.get(manifest_of(campaign, 1)).status_code == 200


def test_what_may_not_be_shown_is_not_given(reader, campaign):
    pair = pair_of(campaign, 1)
    Record.objects.filter(pk=pair.a.pk).update(withheld=True, name="Sacred lamp")
    assert listed(reader)[0]["records"][0]["name"] == ""
    refused = reader.get(manifest_of(campaign, 1))
    assert (refused.status_code, list(refused.json())) == (404, ["detail"])


def test_the_cost_does_not_grow(reader, ada):
    counts = set()
    for name, pairs in (("Few", 2), ("Many", 12)):
        campaign = campaign_for(ada, pairs_each=pairs, name=name)
        for assignment in campaign.assignments.all():
            record_annotation(assignment=assignment, annotator=ada, label="same_object")
        with CaptureQueriesContext(connection) as queries:
            assert len(listed(reader, campaign=campaign.pk)) == pairs
        counts.add(len(queries))
    assert len(counts) == 1
