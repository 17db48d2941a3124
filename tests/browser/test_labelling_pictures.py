"""Large and sensitive pictures where people label: enlarged by their tiles, and covered until somebody asks."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from annotation.models import Annotation, Campaign
from heritage.models import Image, User
from tests.browser.page_checks import check_page, keep_screenshots
from tests.factories import ImageFactory, campaign_for
from tests.picture_files import stored_picture


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    """The first pair: a large picture beside a sensitive one."""
    campaign = campaign_for(annotator, pairs_each=3, name="Scrolls")
    Image.objects.all().delete()
    pair = campaign.assignments.get(position=1).pair
    assert pair is not None
    ImageFactory(record=pair.a, position=0, licence="CC BY 4.0", credit="© Museum", **stored_picture(3000, 1500))
    ImageFactory(record=pair.b, position=0, sensitive=True, **stored_picture(2500, 1250))
    ImageFactory(record=pair.b, position=1, **stored_picture(500, 400))
    return campaign


@pytest.fixture
def labelling(annotator_page: Page, campaign: Campaign) -> Page:
    annotator_page.set_viewport_size({"width": 1280, "height": 800})
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    return annotator_page


def requested(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def zooms(page: Page) -> Locator:
    return page.locator("#labelling .zoom-view")


def test_a_large_picture_is_enlarged_by_its_tiles_and_a_covered_one_stays(labelling: Page) -> None:
    addresses = requested(labelling)
    check_page(labelling)
    keep_screenshots(labelling, "labelling-pictures-covered")
    with labelling.expect_response(re.compile("/tiles_files/")) as tile:
        labelling.keyboard.press("z")
    assert tile.value.headers["content-type"] == "image/jpeg"
    expect(zooms(labelling)).to_have_count(1)
    with labelling.expect_response(re.compile("/tiles_files/12/")):  # 2 ** 12 px hold the picture as it is
        for _ in range(12):
            labelling.keyboard.press("+")
    keep_screenshots(labelling, "labelling-pictures-enlarged")
    hidden = Image.objects.get(sensitive=True).content_hash
    assert not [address for address in addresses if hidden in address], "nothing of it is loaded"
    labelling.keyboard.press("Escape")
    expect(zooms(labelling)).to_have_count(0)


def test_a_click_uncovers_a_sensitive_picture_and_no_label_is_given(labelling: Page) -> None:
    shown = labelling.get_by_role("img", name="Collection B, picture 1 of 2")
    expect(shown).to_be_hidden()
    labelling.get_by_text("Show", exact=True).click()
    expect(shown).to_be_visible()
    keep_screenshots(labelling, "labelling-pictures-uncovered")
    check_page(labelling)
    labelling.keyboard.press("z")
    expect(zooms(labelling)).to_have_count(2)
    labelling.keyboard.press("Escape")
    labelling.get_by_text("Cover again").click()
    expect(shown).to_be_hidden()
    assert not Annotation.objects.exists()


def test_keys_label_while_a_cover_is_closed_and_has_the_focus(labelling: Page) -> None:
    labelling.locator(".cover > summary").focus()
    labelling.keyboard.press("2")
    expect(labelling.locator("#pair-count")).to_have_text("Pair 2 of 3")
    expect(labelling.locator("#saved")).to_have_text("Saved")
    assert Annotation.objects.count() == 1


def test_the_other_picture_of_the_record_has_no_cover(labelling: Page) -> None:
    labelling.get_by_role("radio", name="Picture 2").check(force=True)
    expect(labelling.get_by_role("img", name="Collection B, picture 2 of 2")).to_be_visible()
    expect(labelling.locator(".cover")).to_be_hidden()
    labelling.keyboard.press("Escape")
    labelling.get_by_role("button", name="Zoom both").first.click()
    expect(zooms(labelling)).to_have_count(2)
