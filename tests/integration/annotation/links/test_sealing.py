"""Links are the answers themselves: while results are sealed, so are they, on every page and in the API."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, set_campaign_state
from annotation.models import Campaign
from annotation.results.actions import open_results
from annotation.results.sealing import is_sealed
from annotation.visibility import sealed_campaigns
from heritage.models import Role
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    ada = UserFactory(username="ada")
    campaign = campaign_for(ada, pairs_each=2, name="Pilot")
    for assignment in campaign.assignments.all():
        record_annotation(assignment=assignment, annotator=ada, label="same_object")
    return campaign


@pytest.fixture
def lead():
    return UserFactory(username="lead", role=Role.LEAD)


def test_links_are_sealed_with_the_results_and_open_with_them(client, campaign, lead):
    client.force_login(lead)
    pair = campaign.assignments.first().pair
    one = reverse("link", args=[campaign.pk, pair.pk])
    download = reverse("download-links", args=[campaign.pk])
    listed = f"{reverse('links')}?campaign={campaign.pk}"
    assert "Sealed while people label" in client.get(listed).text
    for address in (one, download, f"{reverse('api-links')}?campaign={campaign.pk}"):
        assert client.get(address).status_code == 404, address
    assert pair.a.name not in client.get(reverse("links")).text
    result = client.get(campaign.get_absolute_url()).text
    assert 'Links<span class="visually-hidden">, sealed while people label' in result
    open_results(campaign=campaign, person=lead)
    assert pair.a.name in client.get(listed).text
    assert client.get(one).status_code == client.get(download).status_code == 200
    assert f'href="{listed}"' in client.get(campaign.get_absolute_url()).text


def test_the_query_says_what_is_said_of_one_campaign(campaign, lead):
    opened = UserFactory(username="opened", role=Role.LEAD)
    open_results(campaign=campaign, person=opened)
    others = [campaign_for(UserFactory(), pairs_each=1, name=name) for name in ("closed", "paused", "over", "made")]
    close_campaign(campaign=others[0])
    set_campaign_state(campaign=others[1], state="paused")
    Campaign.objects.filter(pk=others[2].pk).update(deadline=timezone.now() - timedelta(hours=1))
    Campaign.objects.filter(pk=others[3].pk).update(simulated=True)
    for person in (lead, opened):
        said = {each.name for each in Campaign.objects.all() if is_sealed(each, person)}
        assert {each.name for each in sealed_campaigns(person)} == said
    assert {each.name for each in sealed_campaigns(lead)} == {"Pilot"}
