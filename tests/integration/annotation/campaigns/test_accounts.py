"""New passwords for annotators: from whom, for whom, shown once, and changed at the next log-in."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import CampaignLead
from heritage.accounts.second_factor.factors import add_app
from heritage.accounts.tokens import issue_token
from heritage.models import ApiToken, AuditEntry, Role
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
OWN = "a wheel and a valve"


@pytest.fixture
def ada():
    person = UserFactory(username="ada")
    person.set_password("a loom and a lamp")
    person.save()
    return person


@pytest.fixture
def campaign(ada):
    return campaign_for(ada, UserFactory(username="grace"), pairs_each=2)


@pytest.fixture
def lead(client):
    person = UserFactory(username="lead", role=Role.LEAD)
    client.force_login(person)
    return person


def renew(client: Client, campaign, username: str = "ada", **values: str):
    return client.post(reverse("campaign-accounts", args=[campaign.pk]), {"username": username, **values}, follow=True)


def password_in(page) -> str:
    return re.search(r'id="new-password">([^<]+)<', page.text)[1]


def test_a_new_password_is_shown_once_and_changed_before_anything_else(client, campaign, lead, ada):
    elsewhere = Client()
    elsewhere.force_login(ada)
    token = issue_token(ada).token
    page = renew(client, campaign)
    password = password_in(page)
    assert "no-store" in page["Cache-Control"]
    assert password not in client.get(reverse("campaign-people", args=[campaign.pk])).text
    assert elsewhere.get("/").status_code == 302
    assert not ApiToken.objects.exists()
    assert Client(headers={"authorization": f"Token {token}"}).get("/api/campaigns/").status_code == 401

    own = Client()
    assert own.login(username="ada", password=password)
    for address in ("/", reverse("label", args=[campaign.pk]), reverse("my-answers")):
        assert own.get(address).url == reverse("own-password")
    assert own.get("/api/campaigns/").status_code == 403
    assert own.post(reverse("own-token"), {"password": password}).status_code == 302
    assert not ApiToken.objects.exists()
    same = {"old_password": password, "new_password1": password, "new_password2": password}
    assert "This is the old password" in own.post(reverse("own-password"), same).text
    assert own.get("/").status_code == 302
    changed = {"old_password": password, "new_password1": OWN, "new_password2": OWN}
    assert own.post(reverse("own-password"), changed).status_code == 302
    assert own.get("/").status_code == 200


def test_a_lead_ends_the_token_of_an_annotator(client, campaign, lead, ada):
    issue_token(ada)
    assert "The token of ada has ended" in renew(client, campaign, end_token="1").text
    assert not ApiToken.objects.exists()


def test_nobody_becomes_somebody_who_may_do_more(client, campaign, lead, ada):
    """By giving them a password that one knows."""
    other = campaign_for(UserFactory(username="elsewhere"), pairs_each=1)
    boss = UserFactory(username="boss", role=Role.LEAD)
    campaign_for(boss, ada, pairs_each=1)
    both = UserFactory(username="both")
    mixed = campaign_for(both, boss, pairs_each=1)
    CampaignLead.objects.create(campaign=other, person=both)
    for found, username in (
        (campaign, "elsewhere"),
        (campaign, "lead"),
        (mixed, "boss"),
        (mixed, "both"),
        (campaign, ""),
    ):
        before = {person.pk: person.password for person in (boss, both)}
        page = renew(client, found, username)
        assert "is not yours to change" in page.text
        assert "new-password" not in page.text
        assert {person.pk: type(person).objects.get(pk=person.pk).password for person in (boss, both)} == before

    clead = UserFactory(username="clead")
    CampaignLead.objects.create(campaign=campaign, person=clead)
    client.force_login(clead)
    assert "is not yours to change" in renew(client, campaign, "ada").text, "she labels in another campaign as well"
    assert password_in(renew(client, campaign, "grace"))
    assert renew(client, other, "elsewhere").status_code == 404


def test_administrators_give_new_passwords_on_theirs(client, ada):
    admin = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    client.force_login(admin)
    users = reverse("admin:heritage_user_changelist")
    page = client.post(users, {"action": "new_passwords", "_selected_action": [ada.pk, admin.pk]})
    [password] = re.findall(r"<code>([^<]+)</code>", page.text)
    assert client.get("/").status_code == 200, "their own stays"
    own = Client()
    assert own.login(username="ada", password=password)
    assert own.get("/").url == reverse("own-password")


def test_a_lead_removes_the_second_factor_of_who_lost_it(client, campaign, lead, ada):
    add_app(user=ada, secret="JBSWY3DPEHPK3PXP")
    elsewhere = Client()
    elsewhere.force_login(ada)
    people = client.get(reverse("campaign-people", args=[campaign.pk])).text
    assert people.count('name="remove_second_factor"') == 1
    said = renew(client, campaign, remove_second_factor="1")
    assert "ada logs in by the password alone now" in said.text
    assert "remove_second_factor" not in said.text
    assert elsewhere.get("/").status_code == 302
    assert own_log_in("ada", "a loom and a lamp") == "/"
    [entry] = AuditEntry.objects.filter(action="factor_removed")
    assert (entry.person, entry.subject) == ("lead", "ada")


def test_the_second_factor_of_who_leads_something_stays(client, campaign, lead, ada):
    other = campaign_for(UserFactory(), pairs_each=2)
    CampaignLead.objects.create(campaign=other, person=ada)
    add_app(user=ada, secret="JBSWY3DPEHPK3PXP")
    assert "is not yours to change" in renew(client, campaign, remove_second_factor="1").text
    assert own_log_in("ada", "a loom and a lamp") == reverse("log-in-second-factor")


def own_log_in(name: str, password: str) -> str:
    return Client().post(reverse("login"), {"username": name, "password": password}).url
