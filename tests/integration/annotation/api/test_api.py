"""The labelling API: what it answers, to whom, and how often an answer is stored."""

import uuid

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.campaigns.actions import close_campaign
from annotation.models import Annotation
from heritage.accounts.tokens import issue_token
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db


def client_of(user):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user).token}")
    return client


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def campaign(annotator):
    return campaign_for(annotator, pairs_each=3)


@pytest.fixture
def api(annotator):
    return client_of(annotator)


def next_url(campaign):
    return reverse("api-next", args=[campaign.pk])


def label_url(assignment_id):
    return reverse("api-label", args=[assignment_id])


def test_addresses_are_as_promised(campaign):
    assignment = campaign.assignments.first()
    assert reverse("api-campaigns") == "/api/campaigns/"
    assert next_url(campaign) == f"/api/campaigns/{campaign.pk}/next/"
    assert label_url(assignment.pk) == f"/api/assignments/{assignment.pk}/label/"


def test_the_whole_way(api, campaign):
    assert api.get("/api/campaigns/").json() == [
        {
            "id": str(campaign.pk),
            "name": campaign.name,
            "is_open": True,
            "deadline": None,
            "progress": {"answered": 0, "total": 3},
        }
    ]
    for answered in range(3):
        task = api.post(next_url(campaign))
        assert task.status_code == 200
        assert set(task.json()) == {"assignment", "records", "labels", "finer_labels", "progress"}
        assert task.json()["progress"] == {"answered": answered, "total": 3}
        assert [set(record) for record in task.json()["records"]] == [
            {"name", "description", "images", "licences", "sensitive"}
        ] * 2
        answer = {"label": "similar_object", "comment": "Dial?", "seconds": 2.5}
        response = api.post(label_url(task.json()["assignment"]), answer, format="json")
        assert response.status_code == 200
        assert response.json()["progress"] == {"answered": answered + 1, "total": 3}
    assert api.post(next_url(campaign)).status_code == 204
    assert set(Annotation.objects.values_list("label", "comment", "seconds")) == {("similar_object", "Dial?", 2.5)}


def test_asking_again_gives_the_same_pair(api, campaign):
    assert api.post(next_url(campaign)).json() == api.post(next_url(campaign)).json()


def test_the_record_of_the_first_collection_comes_first(api, campaign):
    task = api.post(next_url(campaign)).json()
    pair = campaign.assignments.get(pk=task["assignment"]).pair
    assert [record["name"] for record in task["records"]] == [pair.a.name, pair.b.name]
    assert task["records"][0]["images"][0].startswith("http://testserver/")


def test_an_answer_sent_twice_is_stored_once_and_another_corrects_it(api, campaign):
    url = label_url(campaign.assignments.first().pk)
    for _ in range(2):
        assert api.post(url, {"label": "unrelated"}, format="json").status_code == 200
    assert Annotation.objects.count() == 1
    assert api.post(url, {"label": "same_object"}, format="json").json()["label"] == "same_object"
    assert list(Annotation.objects.order_by("pk").values_list("label", flat=True)) == ["unrelated", "same_object"]


def test_a_delayed_resend_with_its_submission_undoes_no_correction(api, campaign):
    url, first = label_url(campaign.assignments.first().pk), str(uuid.uuid4())
    given = {"label": "unrelated", "submission": first, "unsure": True, "faulty": "b", "active_seconds": 1.5}
    for answer in (given, {"label": "same_object"}, given):
        assert api.post(url, answer, format="json").status_code == 200
    stored = Annotation.objects.order_by("pk")
    assert [(each.label, each.unsure, each.faulty, each.active_seconds) for each in stored] == [
        ("unrelated", True, "b", 1.5),
        ("same_object", False, "", None),
    ]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"label": "identical"}, "There is no label identical"),
        ({}, "required"),
        ({"label": "unrelated", "comment": "x" * 1_000_000}, "at most 5,000 characters"),
        ({"label": "unrelated", "seconds": "long"}, "valid number"),
        ({"label": "unrelated", "seconds": -1}, "from 0 up"),
        ({"label": ["unrelated"]}, "valid string"),
    ],
)
def test_a_bad_answer_is_400_with_a_reason(api, campaign, answer, sentence):
    response = api.post(label_url(campaign.assignments.first().pk), answer, format="json")
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("role", ["annotator", "lead", "admin"])
def test_somebody_else_s_pairs_do_not_exist(campaign, role):
    other = client_of(UserFactory(role=role))
    assert other.get("/api/campaigns/").json() == []
    assert other.post(next_url(campaign)).status_code == 404
    url = label_url(campaign.assignments.first().pk)
    assert other.post(url, {"label": "unrelated"}, format="json").status_code == 404
    assert other.post(label_url(uuid.uuid4()), {"label": "unrelated"}, format="json").status_code == 404
    assert not Annotation.objects.exists()


def test_a_lead_labels_where_pairs_were_dealt_to_the_lead():
    lead = UserFactory(role="lead")
    campaign = campaign_for(lead, pairs_each=1)
    campaign_for(UserFactory())
    assert [each["id"] for each in client_of(lead).get("/api/campaigns/").json()] == [str(campaign.pk)]


def test_a_closed_campaign_is_409(api, campaign):
    close_campaign(campaign=campaign)
    response = api.post(label_url(campaign.assignments.first().pk), {"label": "unrelated"}, format="json")
    assert response.status_code == 409
    assert "closed" in response.json()["detail"]
    assert api.post(next_url(campaign)).status_code == 409


def test_without_a_token_nothing_is_told(campaign):
    for response in (APIClient().get("/api/campaigns/"), APIClient().post(next_url(campaign))):
        assert response.status_code == 401


def test_the_browser_s_session_serves_too(client, annotator, campaign):
    client.force_login(annotator)
    assert client.get("/api/campaigns/").json()[0]["id"] == str(campaign.pk)
