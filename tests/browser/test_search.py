"""Searching as people do: words, a picture, a part of it, narrowing down, two models, and back."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import PIL.Image
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from heritage.models import Image, Record
from models_ml.models import EmbeddingModel
from tests.browser.page_checks import check_page
from tests.encoder_server import DrawnEncoder, encoder_running
from tests.factories import collections_with_vectors


@pytest.fixture
def models(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[list[EmbeddingModel]]:
    settings.DATA_DIR = tmp_path  # other processes' tests have encoders too
    made = collections_with_vectors({"smg": 9, "nms": 9}, ["base", "ft-best"])
    Image.objects.all().delete()  # they have no files
    Record.objects.filter(collection__slug="nms").update(taxonomy=["telephones", "communication"])
    with encoder_running(lambda source: DrawnEncoder(made[0].dimension)):
        yield made


def picture() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (300, 200), "red").save(file, "PNG")
    return file.getvalue()


def test_words_and_what_narrows_them_down(lead_page: Page, models: list[EmbeddingModel]) -> None:
    lead_page.goto(reverse("search"))
    lead_page.get_by_label("Words").fill("telephones")
    lead_page.keyboard.press("Enter")
    expect(lead_page.get_by_role("status")).to_contain_text("18 records, the best first")
    expect(lead_page.locator(".reasons").first).to_contain_text("the words")
    check_page(lead_page)
    lead_page.get_by_role("checkbox", name=re.compile("communication")).check()
    expect(lead_page.get_by_role("status")).to_contain_text("9 records")
    lead_page.wait_for_url("**term=communication**")
    lead_page.reload()
    expect(lead_page.get_by_role("checkbox", name=re.compile("communication"))).to_be_checked()
    lead_page.go_back()
    expect(lead_page.get_by_role("status")).to_contain_text("18 records")


def test_more_like_this_and_back(lead_page: Page, models: list[EmbeddingModel]) -> None:
    lead_page.goto(f"{reverse('search')}?q=telephone&by=text-text")
    lead_page.get_by_role("link", name=re.compile("^More like")).last.click()
    taken_back = lead_page.get_by_role("link", name=re.compile("^More like .* ×$"))
    expect(taken_back).to_be_visible()
    check_page(lead_page)
    taken_back.click()
    expect(taken_back).to_have_count(0)


def test_two_models_side_by_side(lead_page: Page, models: list[EmbeddingModel]) -> None:
    lead_page.goto(f"{reverse('search')}?q=telephone")
    lead_page.get_by_label("Beside it").select_option("base")
    lead_page.get_by_role("button", name="Search", exact=True).click()
    expect(lead_page.get_by_role("heading", name="base", exact=True)).to_be_visible()
    expect(lead_page.get_by_role("heading", name="ft-best", exact=True)).to_be_visible()
    check_page(lead_page)


def test_a_picture_and_a_part_of_it(lead_page: Page, models: list[EmbeddingModel]) -> None:
    lead_page.goto(reverse("search"))
    lead_page.get_by_text("Search with a picture").click()
    check_page(lead_page)
    lead_page.get_by_label("Picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(lead_page.get_by_text("With your picture")).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_role("link", name="Search by a part").click()
    stage = lead_page.locator("[data-stage]")
    expect(stage.locator("img")).to_be_visible()
    box = stage.bounding_box()
    assert box is not None
    lead_page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"])
    lead_page.mouse.down()
    lead_page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"])
    lead_page.mouse.up()
    expect(lead_page.get_by_label("Left (%)")).to_have_value("10")
    expect(lead_page.get_by_label("Width (%)")).to_have_value("50")
    # By keyboard: an edge in percent.
    lead_page.get_by_label("Top (%)").fill("0")
    lead_page.keyboard.press("Tab")
    check_page(lead_page)
    lead_page.get_by_role("button", name="Search by this part").click()
    expect(lead_page.get_by_text("a part of it")).to_be_visible()
    assert "box=0.1000%2C0.0000%2C0.5000%2C0.5000" in lead_page.url


@pytest.mark.page_errors_expected  # The answer to a form with mistakes is a 422, which the browser reports.
def test_a_file_that_is_no_picture(lead_page: Page, models: list[EmbeddingModel]) -> None:
    lead_page.goto(f"{reverse('search')}?q=lamp")
    lead_page.get_by_text("Search with a picture").click()
    lead_page.get_by_label("Picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"<p>no"})
    expect(lead_page.get_by_text("is not an image that can be read")).to_be_visible()
    expect(lead_page.get_by_label("Words")).to_have_value("lamp")
    check_page(lead_page)
