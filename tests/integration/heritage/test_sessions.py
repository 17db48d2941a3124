"""Where people are logged in: what they see of it, what they end, and what ends by itself."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from heritage.accounts import sessions
from heritage.accounts.sessions import SEEN, SEEN_BY_BOOT, browser_in_words, seconds_since_boot
from heritage.models import AccountSession
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
TABLET = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.5 Safari/604.1"


@pytest.fixture
def ada():
    return UserFactory(username="ada")


def logged_in(person, browser: str = WINDOWS) -> Client:
    client = Client(headers={"User-Agent": browser})
    client.force_login(person)
    age(client, 2)  # a test's log-in has no browser
    client.get("/")
    return client


def age(client: Client, minutes: float) -> None:
    """As if nothing had been asked for so long."""
    session = client.session
    session[SEEN] = time.time() - 60 * minutes
    boot, now = seconds_since_boot()
    session[SEEN_BY_BOOT] = boot, now - 60 * minutes
    session.save()


def test_people_see_where_they_are_logged_in_and_end_it(ada):
    here, there = logged_in(ada), logged_in(ada, TABLET)
    stranger = logged_in(UserFactory())
    page = here.get(reverse("own-password")).text
    assert "Firefox, Windows" in page
    assert "Safari, iPad" in page
    assert page.count("this device") == 1
    assert here.session.session_key not in page
    one = AccountSession.objects.get(session=there.session.session_key)
    assert str(one.pk) in page
    assert "nothing to end" in stranger.post(reverse("own-sessions"), {"session": str(one.pk)}, follow=True).text
    assert there.get("/").status_code == 200
    assert "logged out there" in here.post(reverse("own-sessions"), {"session": str(one.pk)}, follow=True).text
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert here.post(reverse("own-sessions"), {"session": "no id"}).status_code == 404


def test_all_others_end_at_once_and_one_s_own_stays(ada):
    here, *others = [logged_in(ada) for _ in range(3)]
    stranger = logged_in(UserFactory())
    here.post(reverse("own-sessions"))
    assert [each.get("/").status_code for each in (here, *others, stranger)] == [200, 302, 302, 200]


def test_a_session_ends_that_nobody_uses(ada, settings):
    settings.SESSION_IDLE_MINUTES = 30
    client = logged_in(ada)
    age(client, 29)
    assert client.get("/").status_code == 200
    age(client, 31)
    assert client.get("/").status_code == 302
    assert not Session.objects.exists()
    assert not AccountSession.objects.exists()
    assert client.get("/api/campaigns/").status_code in (401, 403)


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_set_ends_none(ada, settings, monkeypatch, days):
    settings.SESSION_IDLE_MINUTES = 30
    client = logged_in(ada)
    set_to = time.time() + days * 24 * 3600
    monkeypatch.setattr(sessions.time, "time", lambda: set_to)
    assert client.get("/").status_code == 200


def test_after_a_restart_of_the_machine_the_clock_of_the_wall_counts(ada, settings, monkeypatch):
    settings.SESSION_IDLE_MINUTES = 30
    client = logged_in(ada)
    monkeypatch.setattr(sessions, "seconds_since_boot", lambda: ("another", 5.0))
    assert client.get("/").status_code == 200
    set_to = time.time() + 31 * 60
    monkeypatch.setattr(sessions.time, "time", lambda: set_to)
    monkeypatch.setattr(sessions, "seconds_since_boot", lambda: ("a third", 5.0))
    assert client.get("/").status_code == 302


def test_it_does_not_where_the_site_says_so(ada, settings):
    settings.SESSION_IDLE_MINUTES = 0
    client = logged_in(ada)
    age(client, 10_000)
    assert client.get("/").status_code == 200


def test_use_is_noted_once_a_minute(ada):
    client = logged_in(ada)
    noted = AccountSession.objects.get().last_seen
    client.get("/")
    assert AccountSession.objects.get().last_seen == noted
    age(client, 2)
    client.get("/")
    assert AccountSession.objects.get().last_seen > noted


def test_logging_in_with_another_key_leaves_none_of_the_old(ada):
    """A changed password gives the session a new key."""
    client = logged_in(ada)
    ada.set_password("a loom and a lamp")
    ada.save()
    client = logged_in(ada)
    form = {"old_password": "a loom and a lamp", "new_password1": "a wheel and a valve"}
    client.post(reverse("own-password"), form | {"new_password2": form["new_password1"]})
    age(client, 2)
    client.get("/")
    assert {each.session_id for each in AccountSession.objects.all()} <= set(
        Session.objects.values_list("pk", flat=True)
    )
    assert AccountSession.objects.filter(session=client.session.session_key).exists()


@pytest.mark.parametrize(("said", "words"), [("", ""), ("curl/8.5", ""), (TABLET, "Safari, iPad")])
def test_what_a_browser_says_of_itself_is_short(said, words):
    assert browser_in_words(said) == words
