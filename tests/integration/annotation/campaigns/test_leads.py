"""Who leads what: project leads all campaigns, others those that they were granted, and administrators the accounts."""

import uuid

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from annotation import urls
from annotation.answers.actions import record_annotation
from annotation.campaigns.invitations import invite
from annotation.campaigns.leads import grant_lead, withdraw_lead
from annotation.models import CampaignLead, LinkReview
from heritage.accounts.tokens import issue_token
from heritage.errors import UserError
from heritage.models import Role
from tests.factories import CandidatePairFactory, FinerLabelFactory, UserFactory, campaign_for

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
    values |= {"chart": "labels", "form": "svg", "section": "labels"}
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
    assert text(web.get(reverse("export-annotations", args=[led.pk]))).startswith("\ufeffa,b,comparison")
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


@pytest.fixture
def linked(led, other):
    """Both campaigns with a link of each pair."""
    for campaign in (led, other):
        for assignment in campaign.assignments.select_related("annotator"):
            record_annotation(assignment=assignment, annotator=assignment.annotator, label="same_object")
    return led, other


def link_addresses(campaign):
    pair = campaign.assignments.first().pair
    return {
        "list": reverse("links") + f"?campaign={campaign.pk}",
        "one": reverse("link", args=[campaign.pk, pair.pk]),
        "form": reverse("download-links", args=[campaign.pk]),
        "file": reverse("download-links", args=[campaign.pk]) + "?format=csv",
    }


def sign_off(web, address):
    return web.post(address, {"verdict": "signed_off", "label": "same_object", "submission": str(uuid.uuid4())})


@pytest.mark.usefixtures("nothing_sealed")
def test_the_lead_of_one_campaign_reviews_and_exports_its_links(web, linked):
    led, _ = linked
    addresses = link_addresses(led)
    pages = {name: web.get(url) for name, url in addresses.items()}
    assert {answer.status_code for answer in pages.values()} == {200}
    assert text(pages["file"]).count("same_object similar_object") == 4
    assert sign_off(web, addresses["one"]).status_code == 302
    reasoned = {"verdict": "rejected", "label": "same_object", "reason": "A copy", "submission": str(uuid.uuid4())}
    assert web.post(addresses["one"], reasoned).status_code == 302
    assert [(each.verdict, each.reviewer.username) for each in LinkReview.objects.all()] == [
        ("signed_off", "curator"),
        ("rejected", "curator"),
    ]
    # Without a campaign in the address it is one of theirs, though the other is newer; and they read of no other.
    newest = web.get(reverse("links"))
    assert newest.context["campaign"] == led
    assert "Telephones" not in text(newest)
    assert f'href="{reverse("links")}"' in text(newest)


def test_links_of_another_campaign_do_not_exist_for_the_lead_of_one(web, linked):
    led, other = linked
    addresses = link_addresses(other)
    assert {name: web.get(url).status_code for name, url in addresses.items()} == dict.fromkeys(addresses, 404)
    assert sign_off(web, addresses["one"]).status_code == 404
    # A pair of the other campaign under the own one's address.
    pair = other.assignments.first().pair
    crossed = reverse("link", args=[led.pk, pair.pk])
    assert web.get(crossed).status_code == 404
    assert sign_off(web, crossed).status_code == 404
    assert not LinkReview.objects.exists()


@pytest.mark.usefixtures("nothing_sealed")
def test_links_lead_to_no_page_that_is_closed(web, client, linked):
    led, _ = linked
    pair = led.assignments.first().pair
    one = link_addresses(led)["one"]
    pages = [text(web.get(url)) for url in (one, link_addresses(led)["list"])]
    assert all(pair.a.name in page and pair.a.get_absolute_url() not in page for page in pages)
    assert pair.a.description in pages[0]
    for url in (pair.a.get_absolute_url(), reverse("record-links", args=[pair.a_id])):
        assert web.get(url).status_code == 403
    client.force_login(UserFactory(role=Role.LEAD))
    assert pair.a.get_absolute_url() in text(client.get(one))


def test_who_leads_one_campaign_and_labels_there_or_leads_no_more_sees_no_links(web, client, linked, lead):
    led, _ = linked
    withdraw_lead(campaign=led, username="curator")
    assert {web.get(url).status_code for url in link_addresses(led).values()} == {403}
    grant_lead(campaign=led, username="curator")
    spare = CandidatePairFactory(stratum=led.sampling.strata.first())
    led.assignments.create(annotator=lead, pair=spare, position=1)
    assert {web.get(url).status_code for url in link_addresses(led).values()} == {404}
    assert "No links to see yet" in text(web.get(reverse("links")))


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
        headers = {"Authorization": f"Token {issue_token(person).token}"}
        for url in pages:
            for answer in (client.get(url), client.post(url, {"username": "x"}), Client().get(url, headers=headers)):
                assert answer.status_code == 302, url
                assert answer.url.startswith(reverse("admin:login"))
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assert [client.get(url).status_code for url in pages] == [200, 200, 200]
