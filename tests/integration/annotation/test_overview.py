"""The first page names the next step: of a lead what the campaigns wait for, of an annotator whether there is any."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, set_campaign_state
from annotation.home.overview import read_overview
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


def step():
    overview = read_overview()
    found = overview.next_campaign
    return overview.next_step, found[1].name if found else ""


def test_the_way_of_a_campaign(client):
    lead, ada = UserFactory(role="lead"), UserFactory(username="ada")
    client.force_login(lead)

    def says(words):
        return words in client.get(reverse("home")).content.decode()

    sampling_with_pairs(per_stratum=1)
    assert step() == ("campaign", "")
    campaign = campaign_for(ada, pairs_each=2, name="Pilot")
    assert step() == ("wait", "Pilot")
    assert says("Experts are labelling Pilot: 0 of 2 answered.")
    set_campaign_state(campaign=campaign, state="paused", changed_by=lead)
    assert step() == ("resume", "Pilot")
    assert says("Resume Pilot, or close it")
    set_campaign_state(campaign=campaign, state="open", changed_by=lead)
    for assignment in campaign.assignments.all():
        record_annotation(assignment=assignment, annotator=ada, label="same_object")
    assert step() == ("close", "Pilot")
    assert says("all its pairs are answered")
    close_campaign(campaign=campaign)
    assert step() == ("results", "Pilot")
    assert says("Read what experts found in Pilot")


def test_the_most_urgent_campaign_is_named(client):
    client.force_login(UserFactory(role="lead"))
    campaign_for(UserFactory(), pairs_each=2, name="Runs")
    late = campaign_for(UserFactory(), pairs_each=2, name="Late")
    late.deadline = timezone.now() - timedelta(days=1)
    late.save()
    draft = campaign_for(UserFactory(), pairs_each=2, name="Draft")
    draft.opened = None
    draft.save()
    assert step() == ("close", "Late")
    close_campaign(campaign=late)
    assert step() == ("open", "Draft")
    assert "Open Draft: nobody sees the draft yet." in client.get(reverse("home")).content.decode()


def test_an_annotator_who_has_answered_all_is_told_so(client):
    ada = UserFactory(username="ada")
    client.force_login(ada)
    assert "There is nothing to label for you yet." in client.get(reverse("home")).content.decode()
    campaign = campaign_for(ada, pairs_each=1, name="Pilot")
    assert "Two objects at a time" in client.get(reverse("home")).content.decode()
    record_annotation(assignment=campaign.assignments.get(), annotator=ada, label="same_object")
    assert "You have answered all there is for now." in client.get(reverse("home")).content.decode()
