"""Taking back in a real browser: an import's page, undoing it, and removing and renaming."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.models import Collection, Import, Record
from tests.browser.page_checks import check_page, follow, keep_screenshots
from tests.factories import CandidatePairFactory, CollectionFactory

PROBLEMS: list[dict[str, Any]] = [
    {
        "file": "telephones.csv",
        "line": line,
        "field": "img_url",
        "reason": f"“pictures/{line}.jpg” is no web address; it has to begin with https:// or http://",
        "record_id": f"1974-{line}",
    }
    for line in range(12, 40)
]
PROBLEMS.append(
    {
        "file": "telephones.csv",
        "line": 88,
        "field": "record_id",
        "reason": "is missing; every row needs the museum's identifier of its record",
        "record_id": "",
    }
)


def record(record_id: str, name: str) -> IncomingRecord:
    source = f"https://museum.example/{record_id}.jpg"
    return IncomingRecord(
        record_id, name, "Of bakelite. Used in London.", ("telephone",), (IncomingImage(source, None),)
    )


@pytest.fixture
def imports(transactional_db: None) -> tuple[Import, Import]:
    """An import of three records, and one that changed two of them and brought two more, one of them in a pair."""
    collection = CollectionFactory(slug="smg", name="Science Museum Group")
    first = Import.objects.create(collection=collection, files=["pilot.csv"], finished=timezone.now())
    store_batch(
        collection=collection, records=[record(f"1974-{n}", f"Telephone {n}") for n in (1, 2, 3)], imported_by=first
    )
    first.result = {"rows": 3, "created": 3, "updated": 0, "unchanged": 0, "rejected": 0, "problems": []}
    first.save()
    second = Import.objects.create(collection=collection, files=["telephones.csv"], finished=timezone.now())
    records = [record(f"1974-{n}", f"Telephone no. {n}") for n in (2, 3, 4, 5)]
    store_batch(collection=collection, records=records, imported_by=second)
    second.result = {
        "rows": 33,
        "created": 2,
        "updated": 2,
        "unchanged": 0,
        "rejected": len(PROBLEMS),
        "left_out": 0,
        "images_to_fetch": 4,
        "problems": PROBLEMS,
        "warnings": [{"kind": "Identifiers that look like dates", "count": 2, "examples": ["03-Apr", "04-May"]}],
    }
    second.save()
    CandidatePairFactory(a=Record.objects.get(record_id="1974-5"))
    return first, second


def test_from_an_imports_page_to_its_undoing(lead_page: Page, imports: tuple[Import, Import]) -> None:
    lead_page.goto(reverse("collection", args=["smg"]))
    check_page(lead_page)
    lead_page.get_by_text("More", exact=True).click()
    keep_screenshots(lead_page, "collection", full_page=True)
    check_page(lead_page)
    follow(lead_page, "Imports", "Imports")
    check_page(lead_page)
    keep_screenshots(lead_page, "imports", full_page=True)

    lead_page.get_by_role("link", name="telephones.csv").click()
    expect(lead_page.get_by_text("2 records created, 2 updated")).to_be_visible()
    check_page(lead_page)
    keep_screenshots(lead_page, "import", full_page=True)
    with lead_page.expect_download() as download:
        lead_page.get_by_role("link", name="Download these rows (CSV)").click()
    assert "1974-12" in download.value.path().read_text()

    lead_page.get_by_role("link", name="Undo this import").click()
    expect(lead_page.get_by_text("1 record would be removed and 2 put back as they were.")).to_be_visible()
    check_page(lead_page)
    keep_screenshots(lead_page, "undo", full_page=True)
    lead_page.get_by_role("button", name="Undo the import").click()
    expect(lead_page.get_by_role("status").filter(has_text="Undone on")).to_contain_text("1 record removed")
    check_page(lead_page)
    keep_screenshots(lead_page, "undone", full_page=True)
    names = Record.objects.filter(collection__slug="smg").order_by("record_id").values_list("name", flat=True)
    assert list(names) == ["Telephone 1", "Telephone 2", "Telephone 3", "Telephone no. 5"]


def test_removing_a_record_and_one_that_cannot_be(lead_page: Page, imports: tuple[Import, Import]) -> None:
    free, paired = Record.objects.get(record_id="1974-1"), Record.objects.get(record_id="1974-5")
    lead_page.goto(paired.get_absolute_url())
    lead_page.get_by_role("link", name="Remove").click()
    expect(lead_page.get_by_text("1 candidate pair")).to_be_visible()
    expect(lead_page.get_by_role("button", name="Remove the record")).to_have_count(0)
    check_page(lead_page)
    keep_screenshots(lead_page, "record-kept", full_page=True)

    lead_page.goto(free.get_absolute_url())
    keep_screenshots(lead_page, "record", full_page=True)
    follow(lead_page, "Remove", re.compile("^Remove .+\\?$"))
    check_page(lead_page)
    keep_screenshots(lead_page, "record-removal", full_page=True)
    lead_page.get_by_role("button", name="Remove the record").click()
    expect(lead_page.get_by_text("Record 1974-1 is removed.")).to_be_visible()
    assert not Record.objects.filter(pk=free.pk).exists()


@pytest.mark.page_errors_expected  # a form that is sent back answers 422
def test_renaming_and_removing_a_collection(lead_page: Page, transactional_db: None) -> None:
    collection = CollectionFactory(slug="smg", name="Science Museum Group")
    store_batch(collection=collection, records=[record("1", "Lamp")])
    lead_page.goto(reverse("rename-collection", args=["smg"]))
    check_page(lead_page)
    keep_screenshots(lead_page, "rename", full_page=True)
    lead_page.get_by_label("Short name").fill("two words")
    lead_page.get_by_role("button", name="Save").click()
    expect(lead_page.get_by_role("alert")).to_contain_text("short name cannot be used")
    lead_page.get_by_label("Short name").fill("science")
    lead_page.get_by_label("Name", exact=True).fill("Science Museum")
    lead_page.get_by_role("button", name="Save").click()
    expect(lead_page).to_have_url(re.compile("/collections/science/$"))

    lead_page.get_by_text("More", exact=True).click()
    follow(lead_page, "Remove", "Remove Science Museum?")
    check_page(lead_page)
    keep_screenshots(lead_page, "collection-removal", full_page=True)
    lead_page.get_by_role("button", name="Remove the collection").click()
    expect(lead_page.get_by_text("The collection Science Museum is removed.")).to_be_visible()
    assert not Collection.objects.exists()
