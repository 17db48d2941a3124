"""Somebody without an account reads a public catalogue: every page accessible, and none that leads nowhere."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from heritage.models import Record
from tests.browser.page_checks import check_accessibility, check_fits, check_page, keep_screenshots
from tests.factories import CollectionFactory, ImageFactory, RecordFactory
from tests.image_server import ImageServer, body
from tests.picture_files import stored_picture


@pytest.fixture
def telephone(transactional_db: None, settings: Settings) -> Record:
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = True
    smg = CollectionFactory(slug="smg", name="Science Museum Group")
    RecordFactory(collection=smg, name="Wall telephone")
    record = RecordFactory(collection=smg, name="Candlestick telephone", record_id="1950-12", taxonomy=["telephone"])
    for position, size in enumerate(((1500, 900), (300, 400))):
        ImageFactory(record=record, position=position, credit="© The Museum", **stored_picture(*size))
    return record


def test_a_visitor_looks_around(page: Page, telephone: Record) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(reverse("collections")))
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link")).to_have_text(["Collections", "Search", "Log in"])
    check_page(page)
    keep_screenshots(page, "visitor-collections", widths=(1366, 820, 390))
    page.get_by_role("link", name="Science Museum Group").click()
    expect(page.get_by_role("status")).to_have_text("2 records")
    check_page(page)
    page.get_by_role("link", name=re.compile("Candlestick telephone")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Candlestick telephone")
    expect(page.get_by_role("link", name="Remove")).to_have_count(0)
    check_page(page)
    keep_screenshots(page, "visitor-record", widths=(1366, 820, 390))
    page.get_by_role("link", name="Zoom").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Picture 2 of 2").click()
    navigation.get_by_role("link", name="Search").click()
    page.get_by_label("Words").fill("telephones")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 records, the best first")).to_be_visible()
    check_page(page)
    navigation.get_by_role("link", name="Log in").click()
    expect(page.get_by_label("User name")).to_be_focused()
    check_page(page)


def test_a_preview_in_a_frame_of_another_site(page: Page, telephone: Record, base_url: str) -> None:
    address = base_url + reverse("reconcile-preview", args=[telephone.pk])
    with ImageServer().running() as site:
        framed = f'<!doctype html><title>Frame</title><iframe width="420" height="220" src="{address}"></iframe>'
        site.answers["/"] = body(framed.encode(), "text/html")
        site.answers["/favicon.ico"] = body(b"", "image/x-icon")
        page.goto(f"{site.url}/")
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("Candlestick telephone")
    page.set_viewport_size({"width": 420, "height": 220})
    page.goto(address)
    keep_screenshots(page, "preview")
    check_accessibility(page)
    check_fits(page)
    assert page.evaluate("document.documentElement.scrollHeight") <= 220
