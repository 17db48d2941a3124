"""A forgotten password, replaced by a link in a mail: for whom, how often, and what it does not go around."""

import re
import time

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from heritage.accounts.actions import create_account
from heritage.accounts.second_factor.factors import add_app
from heritage.models import AuditEntry, Role

pytestmark = pytest.mark.django_db
PASSWORD, NEW = "a loom and a lamp", "a wheel and a valve"
FORGOTTEN = "/login/forgotten/"


@pytest.fixture(autouse=True)
def mailing(settings):
    settings.EMAIL_HOST = "127.0.0.1"


@pytest.fixture
def ada():
    person = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    person.email = "ada@museum.example"
    person.save()
    return person


def mails(count):
    """What has been sent, beside the answer."""
    deadline = time.monotonic() + 10
    while len(mail.outbox) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(mail.outbox) == count
    return mail.outbox


def link_in(sent):
    return re.search(r"http://testserver(/login/new-password/\S+)", sent.body)[1]


def choose(client, address, password=NEW):
    page = client.get(address, follow=True)
    return client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def log_in(password):
    return Client().post("/login/", {"username": "ada", "password": password})


def test_a_link_replaces_the_password_once(client, ada):
    assert FORGOTTEN in client.get("/login/").text
    elsewhere = Client()
    elsewhere.force_login(ada)
    assert "a link is on its way" in client.post(FORGOTTEN, {"email": "Ada@museum.example"}).text
    [sent] = mails(1)
    assert (sent.to, "account ada" in sent.body) == (["ada@museum.example"], True)
    weak = choose(client, link_in(sent), "1234567890")
    assert (weak.status_code, "entirely numeric" in weak.text) == (422, True)
    assert choose(client, link_in(sent)).url == reverse("login")
    assert "Your password is changed: log in with it." in client.get("/login/").text
    assert log_in(PASSWORD).status_code == 200
    assert log_in(NEW).url == "/"
    assert elsewhere.get("/account/password/").status_code == 302
    assert list(AuditEntry.objects.filter(action="password").values_list("person", "subject")) == [("ada", "ada")]
    assert "This link was used already" in Client().get(link_in(sent), follow=True).text


def test_the_second_factor_is_asked_for_after_it(client, ada):
    add_app(user=ada, secret="JBSWY3DPEHPK3PXP")
    client.post(FORGOTTEN, {"email": ada.email})
    choose(client, link_in(mails(1)[0]))
    assert client.get("/account/password/").status_code == 302
    assert log_in(NEW).url == reverse("log-in-second-factor")


def test_an_address_of_nobody_is_answered_the_same(client, ada):
    known, unknown = (client.post(FORGOTTEN, {"email": f"{name}@museum.example"}).text for name in ("ada", "eve"))
    token = re.compile(r"[A-Za-z0-9]{64}")
    assert token.sub("", known) == token.sub("", unknown)
    mails(1)


@pytest.mark.parametrize("who", ["closed", "without a password", "by the institution alone"])
def test_nobody_else_gets_a_link(client, ada, settings, who):
    if who == "closed":
        ada.is_active = False
    elif who == "without a password":
        ada.set_unusable_password()
    else:
        settings.PASSWORD_LOGIN = False
    ada.save()
    assert client.post(FORGOTTEN, {"email": ada.email}).status_code == 200
    time.sleep(0.2)
    mails(0)


def test_links_are_not_asked_for_without_end(client, ada):
    codes = [client.post(FORGOTTEN, {"email": ada.email}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    mails(3)


def test_a_link_is_good_for_an_hour_and_for_its_account(client, ada, settings):
    client.post(FORGOTTEN, {"email": ada.email})
    address = link_in(mails(1)[0])
    assert (
        "This link was used already"
        in client.get(address.replace("/new-password/", "/new-password/A"), follow=True).text
    )
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link was used already" in client.get(address, follow=True).text


def test_a_site_that_sends_no_mail_offers_none(client, settings):
    settings.EMAIL_HOST = ""
    assert FORGOTTEN not in client.get("/login/").text
    assert client.get(FORGOTTEN).status_code == 404
    assert client.get("/login/new-password/MQ/x/").status_code == 404
