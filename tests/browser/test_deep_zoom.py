"""A record's picture enlarged: by its tiles, by mouse and key, closed by Escape; a link where no script runs."""

import re
from collections.abc import Callable

import PIL.Image
import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from heritage.models import Record, User
from tests.browser.page_checks import check_page, keep_screenshots
from tests.factories import ImageFactory, RecordFactory
from tests.picture_files import stored_picture


@pytest.fixture
def scroll(transactional_db: None) -> Record:
    """A hand scroll, whose display is a stripe, and a small picture beside it."""
    record = RecordFactory(name="Hand scroll")
    ImageFactory(
        record=record,
        position=0,
        view="Whole scroll",
        credit="© Museum of Scrolls",
        licence="https://creativecommons.org/licenses/by/4.0/",
        statement="Given by the people of Kyoto.",
        **stored_picture(6000, 600),
    )
    ImageFactory(record=record, position=1, **stored_picture(400, 300))
    return record


def requested(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def test_a_large_picture_is_enlarged_by_its_tiles(lead_page: Page, scroll: Record) -> None:
    addresses = requested(lead_page)
    lead_page.goto(scroll.get_absolute_url())
    keep_screenshots(lead_page, "deep-zoom-page")
    check_page(lead_page)
    zoom = lead_page.get_by_role("link", name="Zoom")
    assert not [address for address in addresses if "openseadragon" in address]
    zoom.focus()
    with lead_page.expect_response(re.compile("/tiles_files/")) as tile:
        lead_page.keyboard.press("Enter")
    assert tile.value.headers["content-type"] == "image/jpeg"
    dialogue = lead_page.get_by_role("dialog", name="Hand scroll, enlarged")
    expect(dialogue.get_by_role("img")).to_be_visible()
    expect(dialogue.get_by_role("button", name="Close")).to_be_focused()
    with lead_page.expect_response(re.compile("/tiles_files/13/")):  # 2 ** 13 px hold the scroll as it is
        for _ in range(6):
            lead_page.keyboard.press("+")
    keep_screenshots(lead_page, "deep-zoom-dialogue")
    check_page(lead_page)
    lead_page.keyboard.press("Escape")
    expect(dialogue).to_have_count(0)
    expect(zoom).to_be_focused()


def test_it_is_enlarged_again_and_by_mouse(lead_page: Page, scroll: Record) -> None:
    lead_page.goto(scroll.get_absolute_url())
    for _ in range(2):
        lead_page.get_by_role("link", name="Zoom").click()
        dialogue = lead_page.get_by_role("dialog")
        dialogue.get_by_role("button", name="Zoom in").click()
        dialogue.get_by_role("button", name="Whole picture").click()
        dialogue.get_by_role("button", name="Close").click()
        expect(dialogue).to_have_count(0)


def test_a_small_picture_after_another_was_chosen(lead_page: Page, scroll: Record) -> None:
    """The fragment that htmx puts in place has the same link; no tiles are asked for."""
    addresses = requested(lead_page)
    lead_page.goto(scroll.get_absolute_url())
    lead_page.get_by_role("link", name="Picture 2 of 2").click()
    expect(lead_page.locator(".thumbnails [aria-current]")).to_have_accessible_name("Picture 2 of 2")
    expect(lead_page.locator(".zoom-link")).not_to_have_attribute("data-tiles", re.compile("."))
    lead_page.get_by_role("link", name="Zoom").click()
    expect(lead_page.get_by_role("dialog").locator("canvas").first).to_be_visible()
    lead_page.keyboard.press("Escape")
    assert not [address for address in addresses if "tiles" in address]


def test_without_a_script_the_link_saves_the_largest_picture(
    browser: Browser, base_url: str, scroll: Record, lead: User, log_in: Callable[[User], None], page: Page
) -> None:
    log_in(lead)
    context = browser.new_context(
        java_script_enabled=False, base_url=base_url, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(scroll.get_absolute_url())
    with plain.expect_download() as download:
        plain.get_by_role("link", name="Zoom").click()
    assert download.value.suggested_filename.endswith(".jpg")
    with PIL.Image.open(download.value.path()) as image:
        assert image.size == (6000, 600)
    context.close()


def test_a_sensitive_picture_is_shown_to_those_who_ask(lead_page: Page, transactional_db: None) -> None:
    image = ImageFactory(position=0, sensitive=True, statement="Shows human remains.", **stored_picture(400, 300))
    addresses = requested(lead_page)
    lead_page.goto(image.record.get_absolute_url())
    shown = lead_page.locator("#pictures img")
    expect(shown).to_be_hidden()
    expect(lead_page.get_by_role("link", name="Zoom")).to_be_hidden()
    keep_screenshots(lead_page, "deep-zoom-covered")
    check_page(lead_page)
    assert not [address for address in addresses if "/images/" in address and "static" not in address]
    lead_page.locator(".cover > summary").focus()
    lead_page.keyboard.press("Enter")
    expect(shown).to_be_visible()
    expect(lead_page.get_by_role("link", name="Zoom")).to_be_visible()
    keep_screenshots(lead_page, "deep-zoom-uncovered")
    check_page(lead_page)
    lead_page.get_by_text("Cover again").click()
    expect(shown).to_be_hidden()


def test_lists_cover_sensitive_pictures(lead_page: Page, transactional_db: None) -> None:
    image = ImageFactory(position=0, sensitive=True, **stored_picture(400, 300))
    ImageFactory(record__collection=image.record.collection, position=0, **stored_picture(300, 400))
    lead_page.goto(reverse("collection", args=[image.record.collection.slug]))
    expect(lead_page.locator(".card-grid img")).to_have_count(1)
    expect(lead_page.get_by_text("Sensitive")).to_be_visible()
    keep_screenshots(lead_page, "deep-zoom-list")
    check_page(lead_page)
