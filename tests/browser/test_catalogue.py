"""The catalogue in a real browser: reading with and without pictures, filters, search, and bringing records in."""

import io
import re
from pathlib import Path

import PIL.Image
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from heritage.models import Collection, Record
from heritage.pictures.store import ImageStore
from tests.browser.page_checks import check_page
from tests.factories import CollectionFactory, ImageFactory, RecordFactory


def stored_picture(colour: str) -> dict[str, object]:
    file = io.BytesIO()
    PIL.Image.new("RGB", (300, 400), colour).save(file, "PNG")
    stored = ImageStore.from_settings().add(file.getvalue())
    return {"content_hash": stored.content_hash, "width": stored.width, "height": stored.height}


@pytest.fixture
def telephones(transactional_db: None) -> Collection:
    """A record with two pictures, one whose pictures did not come, and one of words alone."""
    collection = CollectionFactory(slug="smg", name="Science Museum Group")
    pictured = RecordFactory(collection=collection, name="Candlestick telephone", taxonomy=["telephone", "object"])
    for position, colour in enumerate(("firebrick", "steelblue")):
        ImageFactory(record=pictured, position=position, **stored_picture(colour))
    absent = RecordFactory(collection=collection, name="Wall telephone")
    ImageFactory(
        record=absent,
        content_hash="",
        source="https://museum.example/1.jpg",
        problem="The server answers 404 Not Found.",
    )
    RecordFactory(collection=collection, name="Bellset No. 20", description="")
    return collection


def test_reading_a_collection(lead_page: Page, telephones: Collection) -> None:
    lead_page.goto(reverse("collections"))
    check_page(lead_page)
    lead_page.get_by_role("link", name="Science Museum Group").click()
    expect(lead_page.get_by_role("status")).to_have_text("3 records")
    check_page(lead_page)

    lead_page.get_by_label("Words").fill("candlestick")
    lead_page.get_by_role("button", name="Show").click()
    expect(lead_page.get_by_role("status")).to_contain_text("1 record")
    expect(lead_page).to_have_url(re.compile("q=candlestick"))

    lead_page.get_by_role("link", name=re.compile("Candlestick telephone")).click()
    stage = lead_page.get_by_role("img", name="Candlestick telephone")
    expect(stage).to_be_visible()
    first = stage.get_attribute("src")
    assert stage.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
    check_page(lead_page)
    lead_page.get_by_role("link", name="Picture 2 of 2").click()
    expect(stage).not_to_have_attribute("src", first or "")


def test_a_record_without_pictures(lead_page: Page, telephones: Collection) -> None:
    record = Record.objects.get(name="Wall telephone")
    lead_page.goto(record.get_absolute_url())
    expect(lead_page.get_by_text("The server answers 404 Not Found.")).to_be_visible()
    check_page(lead_page)


def test_a_collection_without_pictures(lead_page: Page, transactional_db: None) -> None:
    collection = CollectionFactory(slug="nms", name="National Museums Scotland")
    RecordFactory.create_batch(60, collection=collection)
    lead_page.goto(collection.get_absolute_url())
    check_page(lead_page)
    lead_page.get_by_role("link", name="Next").click()
    expect(lead_page.locator(".word-record")).to_have_count(12)
    lead_page.get_by_role("link", name="Previous").click()
    expect(lead_page.locator(".word-record")).to_have_count(48)


@pytest.mark.page_errors_expected  # The answer to a form with mistakes is a 422, which the browser reports.
def test_bringing_in_a_collection(lead_page: Page, transactional_db: None, tmp_path: Path) -> None:
    table = tmp_path / "mill.csv"
    table.write_text("record_id,name\n1,Loom\n")
    lead_page.goto(reverse("new-collection"))
    check_page(lead_page)
    lead_page.get_by_label("Name", exact=True).fill("Mill Museum")
    lead_page.get_by_label("Short name").fill("mill museum")
    lead_page.get_by_label("Files of records").set_input_files(table)
    lead_page.get_by_role("button", name="Continue").click()
    expect(lead_page.locator(".error")).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_label("Short name").fill("mill")
    lead_page.get_by_label("Files of records").set_input_files(table)
    lead_page.get_by_role("button", name="Continue").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("mill.csv")
    lead_page.get_by_role("button", name="Import", exact=True).click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("Import mill.csv into mill")
