"""A campaign's own names, keys, colours and order of the four labels, in a real browser."""

from dataclasses import replace

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.labels.actions import change_scheme
from annotation.labels.finer import FinerLabelDraft
from annotation.labels.four import LONGEST_LABEL_NAME, label_draft
from annotation.labels.queries import campaign_labels
from annotation.models import Annotation, Campaign
from heritage.models import User
from tests.browser.page_checks import check_fits, check_page
from tests.browser.test_labelling import draw_pictures, expect_pair, expect_saved
from tests.factories import campaign_for
from tests.unit.annotation.labels.test_four import GERMAN

LOOKS_ALIKE = FinerLabelDraft("unrelated", "Sieht nur so aus", "looks-alike", "l")


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = campaign_for(annotator, pairs_each=5, name="Spinnereimaschinen")
    change_scheme(campaign=campaign, labels=GERMAN, added=[LOOKS_ALIKE])
    draw_pictures()
    return campaign


def test_its_keys_answer_and_the_key_is_stored_under_the_right_label(annotator_page: Page, campaign: Campaign) -> None:
    page = annotator_page
    page.goto(reverse("label", args=[campaign.pk]))
    expect_pair(page, 1)
    expect(page.locator(".labels .label-button")).to_have_text(
        ["0 Ohne Bezug", "D Dasselbe Objekt", "A Ähnliches Objekt", "G Gleiche Gattung"]
    )
    check_page(page)
    page.keyboard.press("1")  # is nothing here
    page.keyboard.press("d")
    expect_pair(page, 2)
    page.keyboard.press("0")
    expect(page.get_by_role("group", name="Ohne Bezug, more exactly")).to_be_visible()
    check_page(page)
    page.keyboard.press("l")
    expect_pair(page, 3)
    page.evaluate("localStorage.setItem('keys', JSON.stringify({ 'label-3': '7', back: 'd', skip: 's' }))")
    page.reload()
    # The reader's own come first: that of same_category, and D, so that same_object gets a digit.
    expect(page.locator(".labels kbd")).to_have_text(["0", "1", "A", "7"])
    page.keyboard.press("7")
    expect_pair(page, 4)
    page.keyboard.press("1")
    expect_pair(page, 5)
    expect_saved(page)
    stored = Annotation.objects.order_by("pk").values_list("label", "finer__key")
    assert list(stored) == [
        ("same_object", None),
        ("unrelated", "looks-alike"),
        ("same_category", None),
        ("same_object", None),
    ]
    page.goto(reverse("my-answers"))
    expect(page.locator(".answers strong").first).to_have_text("Dasselbe Objekt")
    check_page(page)
    page.goto(reverse("guide"))
    check_page(page)


def test_the_longest_names_fit(annotator_page: Page, campaign: Campaign) -> None:
    names = [f"{'W' * (LONGEST_LABEL_NAME - 1)}{number}" for number in range(len(GERMAN))]
    labels = [replace(label, name=name) for label, name in zip(GERMAN, names, strict=True)]
    change_scheme(campaign=campaign, labels=labels)
    for address in (
        reverse("label", args=[campaign.pk]),
        reverse("instructions", args=[campaign.pk]),
        reverse("guide"),
    ):
        annotator_page.goto(address)
        check_fits(annotator_page)


@pytest.mark.page_errors_expected
def test_a_lead_sets_them_by_keyboard_and_loses_nothing(lead_page: Page, campaign: Campaign) -> None:
    page = lead_page
    page.goto(reverse("campaign-labels", args=[campaign.pk]))
    check_page(page)
    page.locator("#new-name").fill("Zwillinge")
    first = page.get_by_role("region", name="Ohne Bezug")
    first.get_by_label("Key", exact=True).fill("d")
    first.get_by_label("Name").first.fill("Fremd")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("The key D is that of Fremd already")
    expect(page.locator("#new-name")).to_have_value("Zwillinge")
    expect(first.get_by_label("Name").first).to_have_value("Fremd")
    check_page(page)
    first.get_by_label("Key", exact=True).fill("f")
    first.get_by_label("Colour").select_option("Brown")
    page.get_by_role("button", name="Move Ohne Bezug down").press("Enter")
    expect(page.get_by_role("heading", level=2).nth(1)).to_have_text("Fremd (Unrelated)")
    labels = [label_draft(each) for each in campaign_labels(campaign)]
    assert [(each.name, each.shortcut, each.colour) for each in labels[:2]] == [
        ("Dasselbe Objekt", "d", "blue"),
        ("Fremd", "f", "brown"),
    ]
    assert campaign.finer_labels.filter(name="Zwillinge").exists()
