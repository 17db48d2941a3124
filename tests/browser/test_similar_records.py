"""The list of similar records on a record's page: what it goes by is in the address, and stays over a reload."""

from playwright.sync_api import Page, expect

from heritage.models import Image, Record
from heritage.progress import NoProgress
from models_ml.vectors.means import keep_means
from tests.browser.page_checks import check_page
from tests.factories import collections_with_vectors


def test_the_choice_without_house_style_stays_in_the_address(lead_page: Page) -> None:
    models = collections_with_vectors({"smg": 8, "nms": 8}, ["base", "ft-best"])
    Image.objects.all().delete()  # they have no files
    keep_means(model=models[1], progress=NoProgress())
    record = Record.objects.earliest("pk")
    lead_page.goto(f"{record.get_absolute_url()}?by=text")
    lead_page.get_by_role("link", name="Without house style").click()
    lead_page.wait_for_url("**similarity=centred**")
    lead_page.reload()
    chosen = lead_page.get_by_role("navigation", name="Similarity")
    expect(chosen.get_by_role("link", name="Without house style")).to_have_attribute("aria-current", "true")
    check_page(lead_page)
    lead_page.get_by_role("link", name="base", exact=True).click()
    expect(lead_page.get_by_role("button", name="Work them out")).to_be_visible()
    check_page(lead_page)
