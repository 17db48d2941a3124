"""A lead's pages for campaigns, and the command that opens one."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.answers.actions import record_annotation, write_reflection
from annotation.models import Campaign
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(client):
    client.force_login(UserFactory(role="lead", username="lead"))
    return client


def filled_in(**changes):
    return {"name": "Pilot", "pairs_each": 4, "overlap": 0, "seed": 0, "instructions": ""} | changes


def text(response):
    return response.content.decode()


def test_a_lead_opens_a_campaign_in_the_browser(web):
    sampling, people = sampling_with_pairs(), [UserFactory(), UserFactory()]
    url = reverse("new-campaign")
    assert f'value="{sampling.pk}" selected' in text(web.get(url, {"sampling": sampling.pk}))
    response = web.post(url, filled_in(sampling=sampling.pk, annotators=[person.pk for person in people]))
    campaign = Campaign.objects.get()
    assert response.url == reverse("campaign-progress", args=[campaign.pk])
    assert campaign.created_by.username == "lead"
    assert campaign.assignments.count() == 8
    assert "Pilot is open" in text(web.get(response.url))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"annotators": []}, "needs at least one annotator"),
        ({"pairs_each": 100}, "The sampling has 12 pairs: with one annotator"),
        ({"pairs_each": 0}, "greater than or equal to 1"),
        ({"overlap": 200}, "less than or equal to 100"),
        ({"name": "model-one"}, "Annotators would read model-one"),
        ({"seed": -1}, "greater than or equal to 0"),
    ],
)
def test_a_form_that_makes_no_sense_says_why_and_keeps_nothing(web, changes, sentence):
    form = filled_in(sampling=sampling_with_pairs().pk, annotators=[UserFactory().pk]) | changes
    response = web.post(reverse("new-campaign"), form)
    assert response.status_code == 422
    assert sentence in text(response)
    assert not Campaign.objects.exists()


def test_progress_tells_who_is_how_far(web):
    people = [UserFactory(username="ada"), UserFactory(username="grace")]
    campaign = campaign_for(*people)
    mine = campaign.assignments.filter(annotator=people[0])
    for assignment in mine[:3]:
        record_annotation(assignment=assignment, annotator=people[0], label="unrelated")
    record_annotation(assignment=mine[0], annotator=people[0], label="same_object")
    write_reflection(campaign=campaign, annotator=people[0], text="Pictures first.")
    url = reverse("campaign-progress", args=[campaign.pk])
    page = text(web.get(url))
    assert "<dd>3</dd>" in page
    assert 'max="4" value="3"' in page
    assert "Pictures first." in page
    assert "not started" in page
    fragment = web.get(url, headers={"HX-Request": "true"})
    assert "<html" not in text(fragment)
    assert "ada" in text(fragment)


def test_closing_and_reopening(web):
    campaign = campaign_for(UserFactory())
    url = reverse("campaign-state", args=[campaign.pk])
    assert "is closed" in text(web.post(url, {"state": "closed"}, follow=True))
    campaign.refresh_from_db()
    assert not campaign.is_open
    assert "is open again" in text(web.post(url, {"state": "open"}, follow=True))
    campaign.refresh_from_db()
    assert campaign.is_open
    assert web.get(url).status_code == 405


def test_the_list_says_what_is_simulated_and_closed(web):
    assert "No campaigns yet" in text(web.get(reverse("campaigns")))
    campaign_for(UserFactory(), simulated=True)
    assert "simulated" in text(web.get(reverse("campaigns")))


def test_the_overview_says_what_to_do_next(web):
    assert "two collections" in text(web.get(reverse("home")))
    campaign = campaign_for(UserFactory(), UserFactory(username="lead2", role="lead"))
    assert campaign.name in text(web.get(reverse("home")))
    web.force_login(UserFactory(username="labelling-lead", role="lead"))
    assert "Your own pairs" not in text(web.get(reverse("home")))


def test_a_lead_with_own_pairs_finds_them_on_the_overview(client):
    lead = UserFactory(role="lead")
    campaign = campaign_for(lead)
    client.force_login(lead)
    assert reverse("label", args=[campaign.pk]) in text(client.get(reverse("home")))


@pytest.mark.parametrize("name", ["campaigns", "new-campaign", "campaign-progress", "campaign-state"])
def test_annotators_do_not_get_in(client, name):
    annotator = UserFactory()
    campaign = campaign_for(annotator)
    client.force_login(annotator)
    url = reverse(name, args=[campaign.pk] if name.startswith("campaign-") else [])
    assert client.get(url).status_code in (403, 405)
    assert client.post(url, {"state": "closed"}).status_code in (403, 405)
    campaign.refresh_from_db()
    assert campaign.is_open


def test_the_command_opens_a_campaign(capsys):
    sampling, people = sampling_with_pairs(name="mills"), [UserFactory().username, UserFactory().username]
    arguments = ["Pilot", "--sampling", "mills", "--annotators", *people, "--pairs-each", "4", "--overlap", "0.5"]
    call_command("create_campaign", *arguments, "--dry-run", "--json")
    planned = json.loads(capsys.readouterr().out)
    assert not Campaign.objects.exists()
    assert (planned["campaign"], planned["shared"], planned["pairs"], planned["available"]) == (None, 2, 6, 12)
    call_command("create_campaign", *arguments, "--json")
    made = json.loads(capsys.readouterr().out)
    campaign = Campaign.objects.get()
    assert made == planned | {"campaign": str(campaign.pk), "dry_run": False}
    assert (campaign.sampling, campaign.overlap, campaign.pairs_each) == (sampling, 0.5, 4)


def test_the_same_seed_deals_the_same_pairs():
    sampling, person = sampling_with_pairs(), UserFactory().username
    dealt = []
    for name in ("One", "Two"):
        call_command("create_campaign", name, "--sampling", sampling.name, "--annotators", person, "--pairs-each", 5)
        assignments = Campaign.objects.get(name=name).assignments.order_by("position")
        dealt.append(list(assignments.values_list("pair", flat=True)))
    assert dealt[0] == dealt[1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"--sampling": "nowhere"}, "There is no sampling named nowhere. There are: mills"),
        ({"--annotators": "nobody"}, "No account named nobody"),
        ({"--pairs-each": "99"}, "need 99 pairs and the sampling has 12"),
        ({"--overlap": "-1"}, "share from 0 to 1"),
        ({"--instructions-file": "/no/such/file"}, "cannot be read"),
    ],
)
def test_the_command_refuses_in_one_line(changes, sentence):
    sampling_with_pairs(name="mills")
    options = {"--sampling": "mills", "--annotators": UserFactory().username, "--pairs-each": "4"} | changes
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("create_campaign", "Pilot", *(f"{name}={value}" for name, value in options.items()))
    assert "\n" not in str(refused.value)
    assert not Campaign.objects.exists()
