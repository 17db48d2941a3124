"""A second factor: added, asked for after the password, tried a bounded number of times, removed, and written down."""

import html
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from heritage.accounts.actions import create_account
from heritage.accounts.second_factor.factors import add_app, has_second_factor, second_factor_of
from heritage.models import AccountSession, AuditEntry, Role
from tests.authenticators import totp

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT_LOG_IN = "/login/second-factor/"


def test_the_app_of_these_tests_shows_the_codes_of_the_standard():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B, of which six digits are shown
    assert [totp(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


@pytest.fixture
def ada():
    return create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user


@pytest.fixture
def codes(ada):
    return add_app(user=ada, secret=SECRET)


def log_in(client, password=PASSWORD, name="ada", **query):
    return client.post(reverse("login"), {"username": name, "password": password} | query)


def words(answer):
    return html.unescape(answer.content.decode())


def log_of(action):
    return list(AuditEntry.objects.filter(action=action).values_list("person", "subject"))


def is_logged_in(client):
    return client.get("/account/password/").status_code == 200


def test_an_app_is_added_and_asked_for_at_the_next_log_in(client, ada):
    client.force_login(ada)
    page = client.get(reverse("own-app"))
    secret = re.search(r"authenticator-secret\">([A-Z2-7 ]+)<", words(page))[1].replace(" ", "")
    assert f"secret={secret}" in words(page)
    assert '<path class="qr-cells"' in words(page)
    wrong = client.post(reverse("own-app"), {"code": "000000" if totp(secret) != "000000" else "000001"})
    assert wrong.status_code == 422
    assert "This code is not right" in words(wrong)
    assert secret in words(wrong).replace(" ", ""), "the app that was scanned stays the one"
    added = client.post(reverse("own-app"), {"code": totp(secret)})
    shown = re.findall(r"\b\d{4} \d{4}\b", words(added))
    assert len(set(shown)) == 10
    assert shown[0] not in words(client.get(reverse("own-second-factor"))), "shown once"
    assert log_of("factor_added") == [("ada", "ada: authenticator app")]
    client.logout()
    assert log_in(client).url == AT_LOG_IN
    assert not is_logged_in(client)
    assert client.post(AT_LOG_IN, {"code": totp(secret, time.time() + 30)}).url == "/"
    assert is_logged_in(client)
    assert ("ada", "with a second factor") in log_of("logged_in")
    assert client.get(reverse("own-app")).url == reverse("own-second-factor"), "one app is enough"


def test_the_first_factor_ends_sessions_that_were_begun_without_it(client, ada):
    elsewhere = Client()
    elsewhere.force_login(ada)
    client.force_login(ada)
    client.get(reverse("own-app"))
    client.post(reverse("own-app"), {"code": totp(client.session["mfa.totp.secret"])})
    assert is_logged_in(client)
    assert not is_logged_in(elsewhere)


def test_log_in_leads_where_it_was_asked_to_and_nowhere_else(client, ada, codes):
    log_in(client, next="/account/second-factor/")
    assert client.post(AT_LOG_IN, {"code": totp(SECRET)}).url == "/account/second-factor/"
    client.logout()
    log_in(client, next="https://elsewhere.example/")
    assert client.post(AT_LOG_IN, {"code": codes[0]}).url == "/"


def test_a_code_is_good_once(client, ada, codes):
    code = totp(SECRET)
    for expected in (302, 422):
        log_in(client)
        assert client.post(AT_LOG_IN, {"code": code}).status_code == expected
        client.logout()
    for code, expected in ((codes[3], 302), (codes[3], 422), (f"{codes[4][:4]} {codes[4][4:]}", 302)):
        log_in(client)
        assert client.post(AT_LOG_IN, {"code": code}).status_code == expected
        client.logout()
    assert second_factor_of(ada).codes_left == 8


@pytest.mark.parametrize("code", ["", "000000000", "½²³456", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 10_000])
def test_what_is_no_code_lets_nobody_in(client, ada, codes, code):
    log_in(client)
    assert client.post(AT_LOG_IN, {"code": code}).status_code == 422
    assert not is_logged_in(client)


def test_codes_are_not_guessed_without_end(client, ada, codes):
    log_in(client)
    tries = [client.post(AT_LOG_IN, {"code": f"{number:09}"}).status_code for number in range(11)]
    assert tries == [422] * 10 + [429]
    other = Client(REMOTE_ADDR="127.0.0.2")
    log_in(other)
    refused = other.post(AT_LOG_IN, {"code": totp(SECRET)})
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Too many codes were wrong" in words(refused)
    assert len(log_of("log_in_failed")) == 10
    assert log_of("log_in_failed")[0] == ("", "ada: second factor")


def test_the_right_code_counts_from_nought_again(client, ada, codes):
    for code in codes[:2]:
        log_in(client)
        for number in range(8):
            assert client.post(AT_LOG_IN, {"code": f"{number:09}"}).status_code == 422
        assert client.post(AT_LOG_IN, {"code": code}).status_code == 302
        client.logout()


def test_nobody_reaches_the_second_step_without_the_first(client, ada, codes):
    assert client.get(AT_LOG_IN).url == reverse("login")
    assert client.post(AT_LOG_IN, {"code": totp(SECRET)}).url == reverse("login")
    log_in(client, "not the password")
    assert client.post(AT_LOG_IN, {"code": totp(SECRET)}).url == reverse("login")
    assert not is_logged_in(client)


def test_the_second_step_waits_a_quarter_of_an_hour(client, ada, codes, monkeypatch):
    log_in(client)
    later = time.time() + 901
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.post(AT_LOG_IN, {"code": totp(SECRET, later)}).url == reverse("login")


def test_a_closed_account_stays_closed_between_the_steps(client, ada, codes):
    log_in(client)
    ada.is_active = False
    ada.save()
    assert client.post(AT_LOG_IN, {"code": totp(SECRET)}).url == reverse("login")


def test_wrong_passwords_count_until_the_second_factor_is_right(client, ada, codes, settings):
    settings.AXES_ENABLED = True
    for _ in range(2):
        for number in range(5):
            log_in(client, f"wrong {number}")
        assert log_in(client).status_code in (302, 429)
    assert log_in(client).status_code == 429


def test_whoever_logs_in_anew_is_not_taken_for_the_one_before(client, ada, codes):
    grace = create_account(username="grace", role=Role.LEAD, password=PASSWORD).user
    client.force_login(grace)
    assert log_in(client).url == AT_LOG_IN
    assert not is_logged_in(client)
    client.post(AT_LOG_IN, {"code": totp(SECRET)})
    assert "ada" in words(client.get("/account/password/"))


def test_the_administration_has_no_log_in_of_its_own(client, settings):
    admin = create_account(username="adm", role=Role.ADMIN, password=PASSWORD).user
    add_app(user=admin, secret=SECRET)
    for method in (client.get, client.post):
        answer = method("/admin/login/", {"username": "adm", "password": PASSWORD})
        assert answer.url.startswith("/login/?next=")
    assert client.get("/admin/").status_code == 302
    client.force_login(admin)
    listed = words(client.get("/admin/"))
    assert "/admin/heritage/user/" in listed
    assert "/admin/mfa/" not in listed
    assert "/admin/account/" not in listed


def test_changes_ask_for_the_password_once_the_log_in_is_old(client, ada, codes):
    client.force_login(ada)
    session = client.session
    session["confirmed"] -= 601
    session.save()
    factor = second_factor_of(ada).app.id
    asked = client.post(reverse("remove-own-factor"), {"factor": factor})
    assert asked.url == f"{reverse('confirm-account')}?next=%2Faccount%2Fsecond-factor%2F"
    assert has_second_factor(ada)
    wrong = client.post(reverse("confirm-account"), {"password": "wrong", "next": "/account/second-factor/"})
    assert (wrong.status_code, "This is not your password" in words(wrong)) == (422, True)
    elsewhere = client.post(reverse("confirm-account"), {"password": PASSWORD, "next": "https://elsewhere.example/"})
    assert elsewhere.url == reverse("own-second-factor")
    removed = client.post(reverse("remove-own-factor"), {"factor": factor}, follow=True)
    assert "It is removed" in words(removed)
    assert not Authenticator.objects.exists(), "recovery codes go with the last one"
    assert log_of("factor_removed") == [("ada", "ada")]


def test_who_has_no_password_confirms_by_a_code(client, ada, codes):
    ada.set_unusable_password()
    ada.save()
    client.force_login(ada)
    session = client.session
    session["confirmed"] = 0
    session.save()
    assert 'name="code"' in words(client.get(reverse("confirm-account")))
    assert client.post(reverse("confirm-account"), {"code": "000000000"}).status_code == 422
    assert client.post(reverse("confirm-account"), {"code": codes[0], "next": "/account/second-factor/app/"}).url
    assert client.get(reverse("own-second-factor")).status_code == 200
    assert client.session["confirmed"] > time.time() - 60


def test_new_codes_end_those_of_before(client, ada, codes):
    client.force_login(ada)
    made = client.post(reverse("own-recovery-codes"))
    new = [code.replace(" ", "") for code in re.findall(r"\b\d{4} \d{4}\b", words(made))]
    assert len(new) == 10
    assert not set(new) & set(codes)
    assert log_of("codes_made") == [("ada", "ada")]
    client.logout()
    log_in(client)
    assert client.post(AT_LOG_IN, {"code": codes[0]}).status_code == 422
    assert client.post(AT_LOG_IN, {"code": new[0]}).status_code == 302


def test_codes_need_a_factor_that_they_stand_in_for(client, ada):
    client.force_login(ada)
    assert "Add an app or a key first" in words(client.post(reverse("own-recovery-codes"), follow=True))
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("named", ["", "x", "٣", "9" * 40])
def test_what_is_no_factor_is_not_found(client, ada, named):
    client.force_login(ada)
    assert client.post(reverse("remove-own-factor"), {"factor": named}).status_code == 404


def test_nobody_removes_the_factor_of_another(client, ada, codes):
    client.force_login(create_account(username="grace", role=Role.LEAD).user)
    answer = client.post(reverse("remove-own-factor"), {"factor": second_factor_of(ada).app.id}, follow=True)
    assert "It was removed before" in words(answer)
    assert has_second_factor(ada)


def test_it_is_said_in_the_language_of_who_labels(client, ada, codes):
    german = {"Accept-Language": "de"}
    client.post(reverse("login"), {"username": "ada", "password": PASSWORD})
    assert "Zweiter Faktor" in words(client.get(AT_LOG_IN, headers=german))
    wrong = client.post(AT_LOG_IN, {"code": "000000000"}, headers=german)
    assert "Dieser Code stimmt nicht" in words(wrong)
    client.post(AT_LOG_IN, {"code": totp(SECRET)})
    assert "Wiederherstellungscodes" in words(client.get(reverse("own-second-factor"), headers=german))
    assert AccountSession.objects.filter(user=ada).count() == 1
