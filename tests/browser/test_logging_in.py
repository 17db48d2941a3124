"""Logging in with something that one has, and by an institution, in a browser that keeps to our policies."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from annotation.campaigns.invitations import invite
from heritage.models import User
from tests.authenticators import totp
from tests.browser.page_checks import check_page, follow, keep_screenshots
from tests.factories import UserFactory, campaign_for
from tests.institution_server import Institution

WIDTHS = (1366, 390)


def give_password(page: Page) -> None:
    page.goto(reverse("login"))
    page.get_by_label("User name").fill("annotator")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Log in", exact=True).click()


def look(page: Page, name: str) -> None:
    check_page(page)
    keep_screenshots(page, name, full_page=True, widths=WIDTHS)


@pytest.fixture
def plugged_in(page: Page) -> None:
    """A security key that says yes to whatever it is asked."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_security_key_is_added_and_lets_its_person_in(annotator_page: Page, plugged_in: None) -> None:
    page = annotator_page
    page.goto(reverse("own-password"))
    look(page, "account")
    follow(page, "Add a second factor", "Second factor")
    look(page, "second-factor-none")
    follow(page, "Add a key", "Add a passkey or security key")
    look(page, "second-factor-key")
    page.get_by_label("Name of the key").fill("Blue key")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.get_by_role("button", name="Remove : Blue key")).to_be_visible()
    look(page, "second-factor-codes")
    page.context.clear_cookies()
    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    look(page, "log-in-key")
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page).to_have_url(re.compile(r":[0-9]+/$"))


def test_a_key_that_was_added_before_is_not_added_again(annotator_page: Page, plugged_in: None) -> None:
    page = annotator_page
    for _ in range(2):
        page.goto(reverse("own-key"))
        page.get_by_role("button", name="Add the key").click()
        expect(page.get_by_role("alert").filter(visible=True).or_(page.get_by_text("10 are left"))).to_be_visible()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text("This key was added before: use another one.")


@pytest.mark.page_errors_expected  # the wrong code is answered 422
def test_an_app_is_added_and_lets_its_person_in(annotator_page: Page) -> None:
    page = annotator_page
    page.goto(reverse("own-app"))
    look(page, "second-factor-app")
    secret = page.locator(".authenticator-secret").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill("000000" if totp(secret) != "000000" else "000001")
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    look(page, "second-factor-app-wrong")
    page.get_by_label("Code that the app shows").fill(totp(secret))
    page.get_by_role("button", name="Add the app").click()
    code = page.locator("#recovery-codes").inner_text().splitlines()[0]
    page.context.clear_cookies()
    give_password(page)
    expect(page.get_by_label("Code")).to_be_focused()
    look(page, "log-in-app")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r":[0-9]+/$"))


@pytest.fixture
def institution(settings: Settings) -> Iterator[Institution]:
    with Institution().running(settings) as institution:
        yield institution


def test_an_invited_person_joins_through_their_institution(
    page: Page, institution: Institution, transactional_db: None
) -> None:
    _, token = invite(campaign=campaign_for(UserFactory(), pairs_each=2), places=2)
    page.goto(reverse("login"))
    look(page, "log-in-institution")
    page.goto(reverse("invitation", args=[token]))
    look(page, "invitation-institution")
    page.get_by_role("button", name="Log in with Museum ID").click()
    expect(page.get_by_role("heading", name="Join as ada")).to_be_visible()
    page.goto(reverse("own-password"))
    expect(page.get_by_text("you log in with Museum ID")).to_be_visible()
    look(page, "account-institution")


def test_an_account_is_linked_in_the_browser(
    annotator_page: Page, institution: Institution, annotator: User, settings: Settings
) -> None:
    page = annotator_page
    page.goto(reverse("own-password"))
    page.get_by_role("button", name="Link the account").click()
    expect(page.get_by_text("Your account is linked: you can log in either way now.")).to_be_visible()
    page.context.clear_cookies()
    settings.PASSWORD_LOGIN = False
    page.goto(reverse("login"))
    look(page, "log-in-institution-only")
    page.get_by_role("button", name="Log in with Museum ID").click()
    expect(page).to_have_url(re.compile(r":[0-9]+/$"))
    assert annotator.account_sessions.count() == 2


def test_who_confirms_goes_on_where_they_were(annotator_page: Page) -> None:
    page = annotator_page
    page.goto(f"{reverse('confirm-account')}?next={reverse('own-app')}")
    look(page, "confirm")
    page.get_by_label("Your password").fill("a long password")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add an authenticator app")


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(page: Page, annotator: User, settings: Settings) -> None:
    settings.EMAIL_HOST, annotator.email = "127.0.0.1", "annotator@museum.example"
    annotator.save()
    page.goto(reverse("login"))
    follow(page, "Password forgotten", "Password forgotten")
    look(page, "forgotten")
    page.get_by_label("Email").fill(annotator.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    look(page, "forgotten-sent")
    [sent] = mail.outbox
    [address] = re.findall(r"http://\S+", str(sent.body))
    page.goto(address)
    look(page, "new-password")
    page.get_by_label("New password", exact=True).fill("a wheel and a valve")
    page.get_by_label("New password confirmation").fill("a wheel and a valve")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed: log in with it.")).to_be_visible()
