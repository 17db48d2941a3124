"""Logging in too often, names that look like others, changing a password, and what ends with it."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from heritage.accounts.actions import create_account
from heritage.accounts.tokens import issue_token
from heritage.errors import UserError
from heritage.models import ApiToken, RecentCount, Role
from heritage.throttling import is_exhausted, too_often
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"


def log_in(client: Client, password: str, *, sender="127.0.0.1", name="adm"):
    return client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=sender)


@pytest.fixture
def administrator(settings):
    settings.AXES_ENABLED = True
    return create_account(username="adm", role=Role.ADMIN, password=PASSWORD).user


def test_a_password_is_not_guessed_without_end(client, administrator, settings):
    tries = [log_in(client, f"wrong {number}").status_code for number in range(15)]
    assert tries[: settings.AXES_FAILURE_LIMIT - 1] == [200] * (settings.AXES_FAILURE_LIMIT - 1)
    assert tries[-1] == 429
    refused = log_in(client, PASSWORD)
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Wait a quarter of an hour" in refused.content.decode()


def test_others_and_those_elsewhere_are_not_shut_out_with_them(client, administrator):
    create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD)
    for number in range(12):
        log_in(client, f"wrong {number}")
    assert log_in(client, PASSWORD, name="ada").status_code == 302
    client.logout()
    assert log_in(client, PASSWORD, sender="127.0.0.2").status_code == 302


def test_the_right_password_before_the_limit_counts_from_nought_again(client, administrator):
    for _ in range(3):
        for number in range(8):
            assert log_in(client, f"wrong {number}").status_code == 200
        assert log_in(client, PASSWORD).status_code == 302
        client.logout()


def test_log_ins_and_failures_are_in_the_log_without_names_and_passwords(client, administrator, caplog):
    caplog.set_level(logging.INFO, "heritage.accounts")
    log_in(client, "guess number one")
    log_in(client, PASSWORD)
    client.post("/login/", {"username": "typed in the wrong field", "password": "x"})
    assert f"A log-in as account {administrator.pk} failed." in caplog.text
    assert f"Account {administrator.pk} logged in." in caplog.text
    assert "A log-in as an unknown name failed." in caplog.text
    assert not any(said in caplog.text for said in ("adm ", "'adm'", "127.0.0.1", "wrong field"))
    assert "guess number one" not in caplog.text
    assert PASSWORD not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_counts_are_not_lost_between_requests_at_once():
    def count(_):
        try:
            return too_often("a thing", at_most=60, seconds=600)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(count, range(100)))
    assert refused.count(False) == 60
    assert is_exhausted("a thing", at_most=60)
    assert not is_exhausted("another", at_most=60)


def test_counts_end():
    assert not too_often("a thing", at_most=1, seconds=-1)
    assert not too_often("a thing", at_most=1, seconds=600)
    assert too_often("a thing", at_most=1, seconds=600)
    too_often("gone", at_most=1, seconds=-1)
    too_often("new", at_most=1, seconds=600)
    assert RecentCount.objects.count() == 2


@pytest.mark.parametrize("name", ["\u0430dm", "\u0391da", "ad\u0430"])
def test_a_name_in_two_scripts_is_refused(name):
    with pytest.raises(UserError, match="one script"):
        create_account(username=name, role=Role.ANNOTATOR)


@pytest.mark.parametrize("name", ["Ольга", "Ἑλένη", "josé_2", "李明"])
def test_names_in_any_one_script_are_good(name):
    assert create_account(username=name, role=Role.ANNOTATOR).created


def test_a_name_with_other_capitals_is_refused():
    create_account(username="Grace", role=Role.ANNOTATOR)
    with pytest.raises(UserError, match="other capital letters"):
        create_account(username="grace", role=Role.ANNOTATOR)


def test_the_name_is_no_password():
    with pytest.raises(UserError, match="too similar"):
        create_account(username="pw4user@museum", role=Role.ANNOTATOR, password="pw4user@museum")


def test_an_account_that_there_is_keeps_its_password_unless_a_reset_is_asked_for(client):
    first = create_account(username="ada", role=Role.ANNOTATOR)
    again = create_account(username="ada", role=Role.LEAD)
    assert (again.created, again.password) == (False, None)
    assert client.login(username="ada", password=first.password)
    with pytest.raises(UserError, match="--reset-password"):
        create_account(username="ada", role=Role.LEAD, password=PASSWORD)
    reset = create_account(username="ada", role=Role.LEAD, reset_password=True)
    assert client.login(username="ada", password=reset.password)
    assert not client.login(username="ada", password=first.password)


@pytest.fixture
def ada(client):
    person = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD, with_token=True).user
    client.force_login(person)
    return person


def change(client, old, new, again=None):
    form = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post(reverse("own-password"), form)


def test_everybody_changes_their_own_password_which_ends_other_sessions_and_the_token(client, ada):
    elsewhere = Client()
    elsewhere.force_login(ada)
    token = issue_token(ada).token
    assert reverse("own-password") in client.get("/").content.decode()
    assert change(client, PASSWORD, "a wheel and a valve").status_code == 302
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert client.login(username="ada", password="a wheel and a valve")
    api = Client(headers={"authorization": f"Token {token}"})
    assert api.get("/api/campaigns/").status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", "a wheel and a valve", None, "old password was entered incorrectly"),
        (PASSWORD, "short", None, "at least 10 characters"),
        (PASSWORD, "a wheel and a valve", "another wheel", "match"),
        (PASSWORD, "1234567890123", None, "numeric"),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said_at_the_field(client, ada, old, new, again, words):
    answer = change(client, old, new, again)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert client.login(username="ada", password=PASSWORD)


def test_who_sits_at_somebody_s_open_page_does_not_guess_their_password(client, ada):
    for number in range(10):
        assert change(client, f"wrong {number}", "a wheel and a valve").status_code == 422
    assert change(client, PASSWORD, "a wheel and a valve").status_code == 429


@pytest.mark.parametrize("what", ["1/1/", "999/abc/", "x/y/", "1/1"])
def test_there_is_no_way_from_an_account_in_the_admin_site_to_a_page_of_it(client, what):
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assert client.get(f"/admin/r/{what}", follow=True).status_code == 404


def test_administrators_do_not_list_tokens(client):
    UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assert "token" not in client.get("/admin/").content.decode().lower().replace("csrfmiddlewaretoken", "").replace(
        "csrf_token", ""
    )


def test_everybody_makes_ends_and_renews_their_own_token_with_their_password(client, ada):
    address = reverse("own-token")
    assert client.post(address, {"password": "wrong"}).status_code == 422
    assert "You have none" not in client.get(reverse("own-password")).text
    old = issue_token(ada).token
    page = client.post(address, {"password": PASSWORD})
    token = re.search(r'id="issued-token">([^<]+)<', page.text)[1]
    assert "no-store" in page["Cache-Control"]
    asked = [Client(headers={"authorization": f"Token {each}"}).get("/api/campaigns/") for each in (old, token)]
    assert [answer.status_code for answer in asked] == [401, 200]
    assert token not in client.get(reverse("own-password")).text, "it is shown once"
    client.post(address, {"end": "1"})
    assert "You have none" in client.get(reverse("own-password")).text
    assert Client(headers={"authorization": f"Token {token}"}).get("/api/campaigns/").status_code == 401


def test_who_makes_tokens_does_not_guess_passwords(client, ada):
    for number in range(10):
        client.post(reverse("own-token"), {"password": f"wrong {number}"})
    assert client.post(reverse("own-token"), {"password": PASSWORD}).status_code == 429


def test_administrators_end_tokens_and_never_see_one(client, ada):
    token = issue_token(ada).token
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:heritage_user_change", args=[ada.pk])).text
    assert "valid until" in page
    assert token not in page
    users = reverse("admin:heritage_user_changelist")
    client.post(users, {"action": "end_tokens", "_selected_action": [ada.pk]})
    assert not ApiToken.objects.exists()


def test_tokens_in_use_go_on_working_when_they_are_hashed(ada):
    """What the migration does, on what was there before."""
    ApiToken.objects.all().delete()
    key = Token.objects.create(user=ada).key
    import_module("heritage.migrations.0010_api_tokens").hash_tokens(apps, None)
    assert Client(headers={"authorization": f"Token {key}"}).get("/api/campaigns/").status_code == 200
    assert not Token.objects.exists()
