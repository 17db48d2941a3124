"""Who leads what: project leads all campaigns, others those that they were granted, and administrators the accounts."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from rest_framework.authtoken.models import Token

from annotation import urls
from annotation.invitations import invite
from annotation.models import CampaignLead
from annotation.roles import grant_lead, withdraw_lead
from heritage.errors import UserError
from heritage.models import Role
from tests.factories import FinerLabelFactory, UserFactory, campaign_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    """Leads one campaign, of two that there are."""
    return UserFactory(username="curator")


@pytest.fixture
def led(lead):
    campaign = campaign_for(UserFactory(username="ada"), name="Mills")
    grant_lead(campaign=campaign, username="curator")
    return campaign


@pytest.fixture
def other():
    return campaign_for(UserFactory(username="grace"), name="Telephones")


@pytest.fixture
def web(client, lead, led, other):
    client.force_login(lead)
    return client


def text(response):
    return response.content.decode()


def campaign_addresses(campaign):
    """Every address below a campaign's own."""
    invitation, _ = invite(campaign=campaign)
    values = {"campaign_id": campaign.pk, "invitation_id": invitation.pk}
    values |= {"chart": "labels", "form": "svg"}
    values |= {"name": "report.html", "table": "regressions", "key": FinerLabelFactory(campaign=campaign).key}
    found = []
    for name, entries in get_resolver(urls).reverse_dict.lists():
        for [(route, parameters)], *_ in entries:
            if isinstance(name, str) and route.startswith("campaigns/%(campaign_id)s"):
                found.append(reverse(name, kwargs={each: values[each] for each in parameters}))
    return found


def answers(client, url):
    return client.get(url).status_code, client.post(url, {"state": "closed", "username": "curator"}).status_code


def test_there_are_addresses_to_look_at(led):
    addresses = campaign_addresses(led)
    assert len(addresses) >= 9
    assert led.get_absolute_url() in addresses


def test_another_campaign_does_not_exist_for_the_lead_of_one(web, other):
    for url in campaign_addresses(other):
        # Leads are granted by project leads alone, whatever the campaign.
        allowed = (403, 403) if url.endswith("/leads/") else (404, 404)
        assert answers(web, url) == allowed, url
    other.refresh_from_db()
    assert other.is_open
    assert not other.invitations.exclude(withdrawn=None).exists()
    assert not other.leads.exists()


def test_the_lead_of_one_campaign_does_all_in_it(web, led):
    pages = [reverse(name, args=[led.pk]) for name in ("campaign", "campaign-progress", "campaign-people")]
    assert [web.get(url).status_code for url in pages] == [200, 200, 200]
    web.post(reverse("campaign-open", args=[led.pk]))
    assert text(web.get(reverse("export-annotations", args=[led.pk]))).startswith("a,b,comparison")
    web.post(reverse("campaign-state", args=[led.pk]), {"state": "paused"})
    led.refresh_from_db()
    assert led.state == "paused"
    assert led.changes.last().changed_by.username == "curator"


def test_the_list_and_the_navigation_show_what_one_leads(web, client):
    page = text(web.get(reverse("campaigns")))
    assert "Mills" in page
    assert "Telephones" not in page
    assert "New campaign" not in page
    assert f'href="{reverse("campaigns")}"' in text(web.get(reverse("home")))
    client.force_login(UserFactory())
    assert f'href="{reverse("campaigns")}"' not in text(client.get(reverse("home")))


@pytest.mark.parametrize("name", ["collections", "models", "samplings", "jobs", "new-campaign", "search"])
def test_the_lead_of_one_campaign_gets_nowhere_else(web, name):
    assert web.get(reverse(name)).status_code == 403


def test_an_annotator_gets_to_no_page_of_a_campaign(client, led):
    client.force_login(UserFactory())
    for url in campaign_addresses(led):
        assert answers(client, url) == (403, 403), url


def test_a_visitor_is_asked_to_log_in(client, led):
    for url in campaign_addresses(led):
        assert client.get(url).url.startswith(reverse("login")), url


def test_project_leads_and_administrators_lead_all(client, led, other):
    for role in (Role.LEAD, Role.ADMIN):
        client.force_login(UserFactory(role=role))
        assert client.get(led.get_absolute_url()).status_code == 200
        assert client.get(other.get_absolute_url()).status_code == 200


def test_a_lead_that_is_withdrawn_sees_nothing_and_stays_on_record(web, led):
    withdraw_lead(campaign=led, username="curator")
    assert web.get(led.get_absolute_url()).status_code == 403
    assert CampaignLead.objects.get().withdrawn is not None
    grant_lead(campaign=led, username="curator")
    assert web.get(led.get_absolute_url()).status_code == 200
    assert CampaignLead.objects.count() == 2


def test_who_still_labels_the_pairs_does_not_lead_them(led):
    with pytest.raises(UserError, match="would not be blind"):
        grant_lead(campaign=led, username="ada")
    with pytest.raises(UserError, match="no active account"):
        grant_lead(campaign=led, username="nobody")
    assert CampaignLead.objects.count() == 1


def test_a_project_lead_grants_and_withdraws_in_the_browser(client, led):
    UserFactory(username="newcomer")
    client.force_login(UserFactory(role="lead"))
    url = reverse("campaign-leads", args=[led.pk])
    assert "newcomer leads Mills" in text(client.post(url, {"username": "newcomer"}, follow=True))
    assert "no active account" in text(client.post(url, {"username": "nobody"}, follow=True))
    assert "not lead Mills any more" in text(client.post(url, {"username": "newcomer", "withdraw": 1}, follow=True))
    assert led.leads.filter(withdrawn=None).count() == 1


def test_the_admin_is_for_administrators_only(led, lead):
    pages = [reverse(f"admin:{name}") for name in ("index", "heritage_user_changelist", "heritage_user_add")]
    for person in (UserFactory(), UserFactory(role=Role.LEAD), lead):
        client = Client()
        client.force_login(person)
        headers = {"Authorization": f"Token {Token.objects.create(user=person).key}"}
        for url in pages:
            for answer in (client.get(url), client.post(url, {"username": "x"}), Client().get(url, headers=headers)):
                assert answer.status_code == 302, url
                assert answer.url.startswith(reverse("admin:login"))
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assert [client.get(url).status_code for url in pages] == [200, 200, 200]
