"""Consent at sign-up: asked where there is a text, kept with its hash, never for a text that was not shown."""

import hashlib

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.campaigns.invitations import invite
from heritage.models import User
from tests.factories import CandidatePairFactory, UserFactory, campaign_for

pytestmark = pytest.mark.django_db
TEXT = "We keep your answers for ten years.\n\nYou may <b>withdraw</b>."
GERMAN = "Wir bewahren Ihre Antworten zehn Jahre auf."
ACCOUNT = {"username": "ada", "password": "a loom and a lamp", "again": "a loom and a lamp"}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def address(settings):
    settings.CONSENT_TEXTS = {"": TEXT, "de": GERMAN}
    campaign = campaign_for(UserFactory(), pairs_each=2, name="Pilot")
    CandidatePairFactory.create_batch(8, stratum=campaign.sampling.strata.first())
    _, token = invite(campaign=campaign, places=5)
    return reverse("invitation", args=[token])


def test_the_text_is_shown_and_kept_by_date_and_hash(client, address):
    page = client.get(address).content.decode()
    assert "We keep your answers for ten years." in page
    assert "&lt;b&gt;withdraw" in page
    assert f'value="{sha256(TEXT)}"' in page
    assert client.post(address, ACCOUNT | {"consent": sha256(TEXT)}).status_code == 302
    person = User.objects.get(username="ada")
    assert person.consent_hash == sha256(TEXT)
    assert (timezone.now() - person.consented).total_seconds() < 60
    assert "You agreed to taking part" in client.get(reverse("own-password")).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"), [("", "Tick the box"), ("on", "has changed meanwhile"), (sha256("an older text"), "has changed")]
)
def test_nobody_joins_without_it_or_by_another_text(client, address, sent, said):
    page = client.post(address, ACCOUNT | {"consent": sent})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert 'value="ada"' in page.content.decode()
    assert not User.objects.filter(username="ada").exists()


def test_a_box_that_was_ticked_stays_ticked_beside_another_mistake(client, address):
    page = client.post(address, ACCOUNT | {"again": "another", "consent": sha256(TEXT)}).content.decode()
    assert f'value="{sha256(TEXT)}"' in page
    assert "checked" in page


def test_it_is_read_in_the_readers_language(client, address):
    page = client.get(address, headers={"Accept-Language": "de"}).content.decode()
    assert GERMAN in page
    assert "Ich habe dies gelesen" in page
    assert TEXT[:20] not in page
    answer = client.post(address, ACCOUNT | {"consent": sha256(GERMAN)}, headers={"Accept-Language": "de"})
    assert answer.status_code == 302
    assert User.objects.get(username="ada").consent_hash == sha256(GERMAN)


def test_who_has_an_account_is_asked_once_for_each_text(client, address, settings):
    person = UserFactory(username="grace")
    client.force_login(person)
    assert "We keep your answers" in client.get(address).content.decode()
    assert client.post(address).status_code == 422
    assert client.post(address, {"consent": sha256(TEXT)}).status_code == 302
    person.refresh_from_db()
    assert person.consent_hash == sha256(TEXT)
    other = campaign_for(UserFactory(), pairs_each=2, name="Next")
    CandidatePairFactory.create_batch(4, stratum=other.sampling.strata.first())
    _, token = invite(campaign=other)
    assert client.post(reverse("invitation", args=[token])).status_code == 302
    settings.CONSENT_TEXTS = {"": "Another text."}
    _, token = invite(campaign=campaign_for(UserFactory(), pairs_each=2, name="Third"))
    assert "Another text." in client.get(reverse("invitation", args=[token])).content.decode()


def test_nobody_is_asked_without_a_text(client, address, settings):
    settings.CONSENT_TEXTS = {}
    assert 'name="consent"' not in client.get(address).content.decode()
    assert client.post(address, ACCOUNT).status_code == 302
    assert User.objects.get(username="ada").consented is None
