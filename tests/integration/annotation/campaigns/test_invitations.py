"""Joining by a link: once for each place, until it expires, without learning who else has an account."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.invitations import (
    InvitationGoneError,
    accept_invitation,
    invite,
    sign_up,
    withdraw_invitation,
)
from annotation.campaigns.leads import grant_lead
from annotation.campaigns.views import invitations as views
from annotation.models import Campaign, Invitation
from heritage.accounts.second_factor.factors import add_app
from heritage.errors import UserError
from heritage.models import User
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db

PASSWORD = "carbon filament lamp"


@pytest.fixture
def campaign():
    return create_campaign(name="Mills", sampling=sampling_with_pairs(8), annotators=[], pairs_each=4, draft=True)


def address(token):
    return reverse("invitation", args=[token])


def form(username="newcomer", password=PASSWORD, again=None):
    return {"username": username, "password": password, "again": password if again is None else again}


def text(response):
    return response.content.decode()


def test_an_invited_person_makes_an_account_and_has_pairs(client, campaign):
    invitation, token = invite(campaign=campaign)
    assert "Mills" in text(client.get(address(token)))
    assert not User.objects.exists()
    page = client.post(address(token), form(), follow=True)
    assert page.redirect_chain == [(reverse("home"), 302)]
    assert "You have joined Mills" in text(page)
    person = User.objects.get()
    assert (person.username, person.role, person.is_staff, person.is_superuser) == (
        "newcomer",
        "annotator",
        False,
        False,
    )
    assert person.check_password(PASSWORD)
    assert campaign.assignments.filter(annotator=person).count() == 4
    assert [use.person for use in invitation.uses.all()] == [person]


def test_somebody_with_an_account_joins_by_a_form_and_not_by_opening(client, campaign):
    _, token = invite(campaign=campaign)
    person = UserFactory(username="ada")
    client.force_login(person)
    assert "Join as ada" in text(client.get(address(token)))
    assert not campaign.assignments.exists()
    client.post(address(token))
    assert campaign.assignments.filter(annotator=person).count() == 4
    assert client.get(address(token)).url == reverse("home")
    client.post(address(token))
    assert campaign.assignments.count() == 4


def test_a_form_from_elsewhere_is_refused(campaign):
    _, token = invite(campaign=campaign)
    client = Client(enforce_csrf_checks=True)
    assert client.post(address(token), form()).status_code == 403
    client.force_login(UserFactory())
    assert client.post(address(token)).status_code == 403
    assert not campaign.assignments.exists()


def gone(campaign, invitation, why):
    if why == "used":
        accept_invitation(invitation=invitation, person=UserFactory())
    elif why == "expired":
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    elif why == "withdrawn":
        withdraw_invitation(invitation=invitation)
    elif why == "closed":
        close_campaign(campaign=campaign)
    else:
        Campaign.objects.update(deadline=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("used", "has been used"),
        ("expired", "has expired"),
        ("withdrawn", "was withdrawn"),
        ("closed", "has ended"),
        ("overdue", "has ended"),
    ],
)
def test_what_can_no_longer_be_used_is_410_and_says_why(client, campaign, why, sentence):
    invitation, token = invite(campaign=campaign)
    gone(campaign, invitation, why)
    people, dealt = User.objects.count(), campaign.assignments.count()
    answers = [client.get(address(token)), client.post(address(token), form())]
    client.force_login(UserFactory())
    answers += [client.get(address(token)), client.post(address(token))]
    assert [answer.status_code for answer in answers] == [410] * 4
    assert all(sentence in text(answer) and "Mills" not in text(answer) for answer in answers)
    assert (User.objects.count(), campaign.assignments.count()) == (people + 1, dealt)


def test_a_token_that_was_made_up_is_404_and_soon_429(client, monkeypatch):
    monkeypatch.setattr(views, "MOST_UNKNOWN", 3)
    codes = [client.get(address(f"guess-{number}")).status_code for number in range(5)]
    assert codes == [404, 404, 404, 429, 429]


def test_who_guesses_shuts_nobody_else_out(client, campaign, monkeypatch):
    monkeypatch.setattr(views, "MOST_UNKNOWN", 3)
    for number in range(5):
        client.get(address(f"guess-{number}"))
    _, token = invite(campaign=campaign)
    assert client.get(address(token)).status_code == 200
    assert client.post(address(token), form()).status_code == 302


def test_only_a_hash_of_the_token_is_stored(campaign):
    invitation, token = invite(campaign=campaign)
    assert len(token) >= 43
    stored = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert token not in str(stored)
    assert re.fullmatch("[0-9a-f]{64}", stored["token_hash"])


def test_names_of_others_are_learnt_only_by_giving_up_a_place(client, campaign):
    UserFactory(username="Taken")
    _, token = invite(campaign=campaign)
    for mistake in (form(password="short"), form(password="password12"), form(again="another")):
        answers = [client.post(address(token), mistake | {"username": name}) for name in ("taken", "free")]
        assert [answer.status_code for answer in answers] == [422, 422]
        free, taken = (re.sub(r"taken|free|csrf[^>]*>|X-CSRFToken[^}]*", "", text(answer)) for answer in answers)
        assert free == taken
    taken = client.post(address(token), form("tAKEN"))
    assert taken.status_code == 422
    assert "cannot be used here" in text(taken)
    assert client.post(address(token), form("free")).status_code == 302
    assert Client().post(address(token), form("another")).status_code == 410


def test_attempts_that_come_to_nothing_are_few(client, campaign, monkeypatch):
    monkeypatch.setattr(views, "MOST_REFUSED", 2)
    UserFactory(username="taken")
    _, token = invite(campaign=campaign)
    codes = [client.post(address(token), form("taken")).status_code for _ in range(3)]
    assert codes == [422, 422, 429]
    assert client.post(address(token), form("free"))["Retry-After"] == "600"
    assert not campaign.assignments.exists()


def test_the_same_form_again_is_the_same_person(campaign):
    _, token = invite(campaign=campaign)
    first, second, stranger = Client(), Client(), Client()
    assert first.post(address(token), form()).status_code == 302
    assert second.post(address(token), form()).url == reverse("home")
    assert stranger.post(address(token), form(password="another long one")).status_code == 410
    assert User.objects.count() == 1


def test_the_same_form_again_asks_for_the_second_factor_that_there_is_by_now(campaign):
    _, token = invite(campaign=campaign)
    assert Client().post(address(token), form()).url == "/"
    add_app(user=User.objects.get(username="newcomer"), secret="JBSWY3DPEHPK3PXP")
    again = Client()
    assert again.post(address(token), form()).url == reverse("log-in-second-factor")
    assert again.get("/").status_code == 302


def test_an_account_that_keeps_imported_answers_cannot_be_taken_over(client, campaign):
    UserFactory(username="imported", is_active=False)
    _, token = invite(campaign=campaign)
    assert client.post(address(token), form("imported")).status_code == 422
    assert not User.objects.get(username="imported").is_active


def test_nobody_joins_where_no_pair_is_left_and_no_account_stays(client):
    campaign = campaign_for(UserFactory(), pairs_each=6)
    _, token = invite(campaign=campaign)
    people = User.objects.count()
    refused = client.post(address(token), form())
    assert refused.status_code == 409
    assert "have been given out" in text(refused)
    assert User.objects.count() == people


def test_who_leads_a_campaign_on_the_same_pairs_does_not_label_them(campaign):
    lead = UserFactory()
    grant_lead(campaign=campaign, username=lead.username)
    invitation, _ = invite(campaign=campaign)
    with pytest.raises(UserError, match="would not be blind"):
        accept_invitation(invitation=invitation, person=lead)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"places": 0}, "1 to 1000 people"), ({"days": 366}, "1 to 365 days"), ({"note": "x" * 201}, "at most 200")],
)
def test_an_invitation_that_makes_no_sense_is_not_made(campaign, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        invite(campaign=campaign, **changes)
    assert not Invitation.objects.exists()


def test_a_lead_makes_a_link_which_is_shown_once_and_withdraws_it(client, campaign):
    client.force_login(UserFactory(role="lead"))
    url = reverse("campaign-people", args=[campaign.pk])
    page = text(client.post(url, {"places": 3, "days": 7, "note": "Mill curators"}))
    token = re.search(r"/invitation/([\w-]+)/", page)[1]
    assert "mailto:?subject=Invitation%3A%20Mills" in page
    again = text(client.get(url))
    assert token not in again
    assert "0 of 3 joined" in again
    assert Client().get(address(token)).status_code == 200
    assert client.post(url, {"places": 0, "days": 7}).status_code == 422
    withdraw = reverse("withdraw-invitation", args=[campaign.pk, Invitation.objects.get().pk])
    assert "is withdrawn" in text(client.post(withdraw, follow=True))
    assert Client().get(address(token)).status_code == 410


def test_the_command_prints_links_that_work(client, campaign, capsys):
    call_command("invite_annotators", "Mills", "--links", "2", "--places", "5", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["links"] == []
    assert not Invitation.objects.exists()
    call_command("invite_annotators", "Mills", "--links", "2", "--address", "https://links.example/", "--json")
    made = json.loads(capsys.readouterr().out)
    assert (len(set(made["links"])), made["free_pairs"]) == (2, 24)
    for link in made["links"]:
        assert client.get(link.removeprefix("https://links.example")).status_code == 200
    with pytest.raises(CommandError, match="1 to 1000 links"):
        call_command("invite_annotators", "Mills", "--links", "0")


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_get_no_more_places_than_there_are(campaign):
    invitation, _ = invite(campaign=campaign, places=3)
    together = threading.Barrier(10)

    def join(number):
        try:
            together.wait(timeout=30)
            return sign_up(invitation=invitation, username=f"person-{number}", password=PASSWORD).username
        except InvitationGoneError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        joined = [name for name in pool.map(join, range(10)) if name]
    assert len(joined) == 3
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(joined)
    assert campaign.assignments.count() == 12
    assert len(set(campaign.assignments.values_list("pair", flat=True))) == 12
