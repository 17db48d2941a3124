"""Drafts, pauses, deadlines: when a campaign takes answers, what it says where it does not, and what is kept of it."""

import json
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import CampaignClosedError, record_annotation, record_skip
from annotation.campaigns.actions import create_campaign, set_campaign_state, set_deadline
from annotation.campaigns.membership import join_campaign
from annotation.models import Annotation, Assignment, Campaign, Skip
from heritage.errors import UserError
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator(client):
    person = UserFactory(username="ada")
    client.force_login(person)
    return person


def overdue(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(deadline=timezone.now() - timedelta(seconds=1))


def bring_to(campaign, state):
    if state == "overdue":
        overdue(campaign)
    else:
        set_campaign_state(campaign=campaign, state=state)


def answer(**changes):
    return {"label": "unrelated", "submission": str(uuid.uuid4())} | changes


REFUSING = [("paused", "is paused"), ("closed", "is closed"), ("overdue", "took answers until")]


@pytest.mark.parametrize(("state", "sentence"), REFUSING)
def test_a_campaign_that_takes_no_answers_says_why_everywhere(client, annotator, state, sentence):
    campaign = campaign_for(annotator)
    assignment = campaign.assignments.first()
    bring_to(campaign, state)
    url = assignment.get_absolute_url()
    for posted in (answer(), answer(label="", skip=1, reason="cannot_tell")):
        told = client.post(url, posted, headers={"Accept": "application/json"})
        assert told.status_code == 409
        assert sentence in told.json()["problem"]
    page = client.post(url, answer())
    assert page.status_code == 409
    assert sentence in page.content.decode()
    for name, arguments, data in [
        ("api-next", [campaign.pk], {}),
        ("api-label", [assignment.pk], {"label": "unrelated"}),
    ]:
        refused = client.post(reverse(name, args=arguments), data, content_type="application/json")
        assert refused.status_code == 409
        assert sentence in refused.json()["detail"]
    assert client.get(url).url == reverse("finished", args=[campaign.pk])
    assert sentence in client.get(reverse("finished", args=[campaign.pk])).content.decode()
    assert not Annotation.objects.exists()
    assert not Skip.objects.exists()


@pytest.mark.parametrize("state", ["paused", "closed", "overdue"])
def test_it_takes_the_same_answers_when_it_is_open_again(annotator, state):
    campaign = campaign_for(annotator)
    bring_to(campaign, state)
    assignment = Assignment.objects.first()
    with pytest.raises(CampaignClosedError):
        record_annotation(assignment=assignment, annotator=annotator, label="unrelated")
    with pytest.raises(CampaignClosedError):
        record_skip(assignment=assignment, annotator=annotator, reason="cannot_tell")
    if state == "overdue":
        set_deadline(campaign=campaign, deadline=timezone.now() + timedelta(days=1))
    else:
        set_campaign_state(campaign=campaign, state="open")
    record_annotation(assignment=Assignment.objects.first(), annotator=annotator, label="unrelated")
    assert Annotation.objects.count() == 1


def test_an_acknowledged_answer_is_acknowledged_again_after_a_pause(annotator):
    campaign = campaign_for(annotator)
    assignment, submission = campaign.assignments.first(), uuid.uuid4()
    said = {"assignment": assignment, "annotator": annotator, "label": "unrelated", "submission": submission}
    first = record_annotation(**said)
    set_campaign_state(campaign=campaign, state="paused")
    assert record_annotation(**said) == first


def test_a_draft_is_seen_by_no_annotator_until_it_is_opened(client, annotator):
    campaign = create_campaign(
        name="Not yet", sampling=sampling_with_pairs(), annotators=["ada"], pairs_each=4, draft=True
    )
    assignment = campaign.assignments.first()
    addresses = [
        reverse("label", args=[campaign.pk]),
        reverse("finished", args=[campaign.pk]),
        reverse("my-answers", args=[campaign.pk]),
        assignment.get_absolute_url(),
    ]
    assert [client.get(url).status_code for url in addresses] == [404] * 4
    assert client.post(assignment.get_absolute_url(), answer()).status_code == 404
    assert client.post(reverse("api-next", args=[campaign.pk])).status_code == 404
    assert client.post(reverse("api-label", args=[assignment.pk]), {"label": "unrelated"}).status_code == 404
    assert "Not yet" not in client.get(reverse("home")).content.decode()
    set_campaign_state(campaign=campaign, state="open")
    assert client.get(addresses[0]).status_code == 302
    assert "Not yet" in client.get(reverse("home")).content.decode()


def test_a_draft_without_annotators_deals_to_those_who_join():
    sampling = sampling_with_pairs()  # 12 pairs
    campaign = create_campaign(
        name="Invited", sampling=sampling, annotators=[], pairs_each=4, overlap=0.5, draft=True, seed=3
    )
    people = UserFactory.create_batch(3)
    assert [join_campaign(campaign=campaign, annotator=person) for person in people] == [4, 4, 4]
    hands = [set(campaign.assignments.filter(annotator=person).values_list("pair", flat=True)) for person in people]
    assert len(set.intersection(*hands)) == 2
    assert len(set.union(*hands)) == 2 + 3 * 2
    assert campaign.assignments.filter(shared=True).count() == 2 * 3
    with pytest.raises(UserError, match="at least one annotator"):
        create_campaign(name="Open", sampling=sampling, annotators=[], pairs_each=4)


def test_every_change_is_kept_with_its_author():
    lead = UserFactory(role="lead")
    campaign = campaign_for(UserFactory(), created_by=lead)
    deadline = timezone.now() + timedelta(days=2)
    for state in ("paused", "paused", "open", "closed", "closed", "open"):
        set_campaign_state(campaign=campaign, state=state, changed_by=lead)
    set_deadline(campaign=campaign, deadline=deadline, changed_by=lead)
    set_deadline(campaign=campaign, deadline=deadline, changed_by=lead)
    kept = list(campaign.changes.values_list("state", "deadline", "changed_by"))
    assert kept == [
        *((state, None, lead.pk) for state in ("open", "paused", "open", "closed", "open")),
        ("open", deadline, lead.pk),
    ]


def test_what_makes_no_sense_changes_nothing():
    campaign = campaign_for(UserFactory())
    before = campaign.changes.count()
    for state in ("draft", "", "finished"):
        with pytest.raises(UserError, match="use open, paused or closed"):
            set_campaign_state(campaign=campaign, state=state)
    with pytest.raises(UserError, match="past already"):
        set_deadline(campaign=campaign, deadline=timezone.now() - timedelta(hours=1))
    for zone in ("America/New_York", "Asia/Tokyo"):
        with pytest.raises(UserError, match="after the year 9998"):
            set_deadline(campaign=campaign, deadline=datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo(zone)))
    set_campaign_state(campaign=campaign, state="closed")
    with pytest.raises(UserError, match="open it first"):
        set_campaign_state(campaign=campaign, state="paused")
    assert campaign.changes.count() == before + 1


def test_annotators_read_the_deadline_before_and_while_they_label(client, annotator):
    campaign = campaign_for(annotator, deadline=timezone.now() + timedelta(days=3))
    day = campaign.deadline.strftime("%Y-%m-%dT")
    first = campaign.assignments.get(position=1)
    for url in (reverse("home"), first.get_absolute_url(), reverse("finished", args=[campaign.pk])):
        assert f'datetime="{day}' in client.get(url).content.decode(), url
    [told] = client.get(reverse("api-campaigns")).json()
    assert (told["is_open"], told["deadline"][:11]) == (True, day)


def test_a_lead_drafts_opens_pauses_and_extends_in_the_browser(client):
    client.force_login(UserFactory(role="lead"))
    form = {"name": "Pilot", "sampling": sampling_with_pairs().pk, "pairs_each": 4, "overlap": 0, "seed": 0}
    assert client.post(reverse("new-campaign"), form).status_code == 422
    page = client.post(reverse("new-campaign"), form | {"draft": "on", "deadline": "2099-01-02T03:04"}, follow=True)
    assert "is a draft" in page.content.decode()
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.deadline.isoformat()) == ("draft", "2099-01-02T03:04:00+00:00")
    state, deadline = (reverse(name, args=[campaign.pk]) for name in ("campaign-state", "campaign-deadline"))
    for chosen, said in [("open", "find it when they log in"), ("paused", "until you resume it"), ("odd", "use open")]:
        assert said in client.post(state, {"state": chosen}, follow=True).content.decode()
    for written, said in [("", "no deadline"), ("soon", "as date and time"), ("2001-01-01T00:00", "past already")]:
        assert said in client.post(deadline, {"deadline": written}, follow=True).content.decode()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.deadline) == ("paused", None)


def test_the_commands_draft_and_change_a_campaign(capsys):
    sampling_with_pairs(name="mills")
    call_command(
        *("create_campaign", "Pilot", "--sampling", "mills", "--pairs-each", "4", "--draft"),
        *("--deadline", "2099-01-02T03:04", "--json"),
    )
    made = json.loads(capsys.readouterr().out)
    assert (made["draft"], made["annotators"], made["pairs"]) == (True, [], 0)
    call_command("change_campaign", "Pilot", "--state", "open", "--no-deadline", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["takes_answers"]
    assert Campaign.objects.get().state == "draft"
    call_command("change_campaign", "Pilot", "--state", "open", "--no-deadline")
    assert "Pilot is open." in capsys.readouterr().out
    with pytest.raises(CommandError, match="Say what to change"):
        call_command("change_campaign", "Pilot")
    with pytest.raises(CommandError, match="no date and time"):
        call_command("change_campaign", "Pilot", "--deadline", "soon")
