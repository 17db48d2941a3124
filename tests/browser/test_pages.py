"""Every page of a new installation; logging in and out; light and dark; the browser refusing inline code."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from heritage.models import User
from tests.browser.page_checks import check_page

# Pages that need nothing in the database: what a new installation shows.
LEAD_PAGES = [
    "home",
    "collections",
    "search",
    "models",
    "evaluations",
    "new-zero-shot",
    "new-search",
    "samplings",
    "new-sampling",
    "campaigns",
    "new-campaign",
    "jobs",
]
ANNOTATOR_PAGES = ["home", "my-answers", "guide"]


@pytest.mark.parametrize("name", LEAD_PAGES)
def test_lead_page_of_a_new_installation(lead_page: Page, name: str) -> None:
    answer = lead_page.goto(reverse(name))
    assert answer is not None
    assert answer.ok
    assert lead_page.locator("h1").count() == 1
    check_page(lead_page)


@pytest.mark.parametrize("name", ANNOTATOR_PAGES)
def test_annotator_page_of_a_new_installation(annotator_page: Page, name: str) -> None:
    answer = annotator_page.goto(reverse(name))
    assert answer is not None
    assert answer.ok
    assert annotator_page.locator("h1").count() == 1
    check_page(annotator_page)


def test_login_page_and_a_wrong_password(page: Page, annotator: User) -> None:
    page.goto(reverse("login"))
    expect(page.get_by_label("User name")).to_be_focused()
    check_page(page)
    page.get_by_label("User name").fill("annotator")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("do not belong together")
    check_page(page)


def test_log_in_goes_where_one_wanted_and_log_out_ends_it(page: Page, annotator: User) -> None:
    page.goto(reverse("guide"))
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    page.get_by_label("User name").fill("annotator")
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(reverse("guide") + "$"))
    page.locator("summary", has_text="annotator").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile(reverse("login")))
    page.goto(reverse("guide"))
    expect(page).to_have_url(re.compile(r"/login/\?next="))


@pytest.mark.page_errors_expected
def test_missing_and_forbidden_pages_say_so_calmly(page: Page, annotator: User, log_in: Callable[[User], None]) -> None:
    log_in(annotator)
    page.goto("/nothing/at/all/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")
    check_page(page)
    page.goto(reverse("models"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for your account")
    check_page(page)


def test_theme_choice_lasts_and_shows_before_the_first_paint(annotator_page: Page) -> None:
    annotator_page.emulate_media(color_scheme="light")
    annotator_page.goto(reverse("guide"))
    light = annotator_page.evaluate("getComputedStyle(document.body).backgroundColor")
    annotator_page.locator("summary", has_text="annotator").click()
    annotator_page.get_by_role("button", name="Dark").click()
    dark = annotator_page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    check_page(annotator_page)

    annotator_page.reload(wait_until="domcontentloaded")
    assert annotator_page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert annotator_page.locator("head script").first.get_attribute("src").endswith("theme.js")

    annotator_page.locator("summary", has_text="annotator").click()
    annotator_page.get_by_role("button", name="Auto").click()
    assert annotator_page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    annotator_page.keyboard.press("Escape")
    expect(annotator_page.locator("summary", has_text="annotator")).to_be_focused()


def test_keyboard_skips_to_the_content(annotator_page: Page) -> None:
    annotator_page.goto(reverse("guide"))
    annotator_page.keyboard.press("Tab")
    expect(annotator_page.get_by_role("link", name="Skip to the content")).to_be_focused()
    annotator_page.keyboard.press("Enter")
    expect(annotator_page.locator("main")).to_be_focused()


@pytest.mark.page_errors_expected
def test_the_browser_refuses_code_and_styles_written_into_a_page(annotator_page: Page) -> None:
    annotator_page.goto(reverse("guide"))
    annotator_page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken over'";
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.head.append(script, style);
        }"""
    )
    assert annotator_page.title() != "taken over"
    expect(annotator_page.locator("h1")).to_be_visible()
