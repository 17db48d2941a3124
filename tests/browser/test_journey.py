"""A campaign from its invitation to its exported answers, as the people in it meet it: the expert by keyboard alone."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from annotation.campaigns.actions import create_campaign
from annotation.models import Annotation, Campaign, PracticeAnswer, Reflection, Skip
from heritage.models import User
from tests.browser.page_checks import check_page, invitation_shown
from tests.browser.test_guidance import WHY, shown
from tests.browser.test_labelling import A_LOOK_MS, draw_pictures, expect_pair, expect_saved
from tests.factories import sampling_with_pairs


@pytest.fixture
def campaign(transactional_db: None) -> Campaign:
    cache.clear()
    campaign = create_campaign(name="Mills", sampling=sampling_with_pairs(5), annotators=[], pairs_each=5, draft=True)
    for label in ("same_object", "unrelated"):
        shown(campaign, "example", label)
    shown(campaign, "practice", "similar_object")
    draw_pictures()
    return campaign


def press(page: Page, control: Locator, key: str = "Enter") -> None:
    control.focus()
    page.keyboard.press(key)


def type_into(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(text)


@pytest.mark.page_errors_expected  # the browser reports that it was offline
def test_from_the_invitation_to_the_exported_answers(
    lead_page: Page,
    context: BrowserContext,
    campaign: Campaign,
    lead: User,
    log_in: Callable[[User], None],
    tmp_path: Path,
) -> None:
    page = lead_page
    page.goto(reverse("campaign-people", args=[campaign.pk]))
    page.get_by_label("For whom").fill("Mill curators")
    page.keyboard.press("Enter")
    link = invitation_shown(page)
    page.goto(reverse("campaign-progress", args=[campaign.pk]))
    page.get_by_role("button", name="Open the campaign").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    context.clear_cookies()

    page.goto(link)
    check_page(page)
    type_into(page, "User name", "newcomer")
    type_into(page, "Password", "carbon filament lamp")
    type_into(page, "Password again", "carbon filament lamp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="You have joined Mills")).to_be_visible()
    press(page, page.get_by_role("link", name="Start"))

    press(page, page.get_by_role("link", name="Go on to practice"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Practice 1 of 1: not counted")
    page.wait_for_timeout(A_LOOK_MS)
    page.keyboard.press("2")
    expect(page.get_by_text(WHY)).to_be_visible()
    press(page, page.get_by_role("link", name="Begin: from here on it counts"))

    expect_pair(page, 1)
    page.keyboard.press("1")
    expect_pair(page, 2)
    page.keyboard.press("Backspace")  # a slip: back, and another answer
    expect_pair(page, 1)
    page.keyboard.press("3")
    expect_pair(page, 2)
    page.keyboard.press("s")
    page.keyboard.press("3")  # the reason: outside my field
    expect_pair(page, 3)
    expect_saved(page)
    context.set_offline(True)
    page.keyboard.press("2")
    expect_pair(page, 4)
    expect(page.locator("#saved")).to_have_text("1 answer not yet saved")
    check_page(page)
    page.keyboard.press("u")
    page.keyboard.press("1")
    expect_pair(page, 5)
    context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("Saved", timeout=15_000)
    page.keyboard.press("4")

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    check_page(page)
    type_into(page, "Your reflections", "Dials told more than words.")
    press(page, page.get_by_role("button", name="Save reflections"))
    expect(page.get_by_text("Your reflections are saved")).to_be_visible()
    context.clear_cookies()

    log_in(lead)
    page.goto(reverse("campaign-progress", args=[campaign.pk]))
    expect(page.get_by_text("Dials told more than words.")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    check_page(page)
    page.goto(reverse("campaign", args=[campaign.pk]))
    with page.expect_download() as downloading:
        page.locator("#downloads").get_by_role("link", name="Annotations").click()
    downloading.value.save_as(tmp_path / "answers.csv")
    with open(tmp_path / "answers.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))

    assert [(row["annotator"], row["label"], row["unsure"], row["skipped"]) for row in rows] == [
        ("newcomer", "same_category", "0", ""),
        ("newcomer", "similar_object", "0", ""),
        ("newcomer", "same_object", "1", ""),
        ("newcomer", "unrelated", "0", ""),
        ("newcomer", "", "0", "not_my_field"),
    ]
    assert Annotation.objects.count() == 5  # the slip stays on record
    assert (Skip.objects.count(), PracticeAnswer.objects.count(), Reflection.objects.count()) == (1, 1, 1)
