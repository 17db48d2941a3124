"""Campaigns in the browser: from an invitation to the first answer by keyboard alone, a pause, the page of work."""

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from annotation.answers.actions import record_annotation, record_skip
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.invitations import invite
from annotation.models import Annotation, Campaign
from heritage.models import User
from tests.browser.page_checks import check_page, invitation_shown, keep_screenshots
from tests.browser.test_labelling import draw_pictures
from tests.factories import UserFactory, campaign_for, sampling_with_pairs


@pytest.fixture
def campaign(transactional_db: None) -> Campaign:
    cache.clear()
    return create_campaign(name="Mills", sampling=sampling_with_pairs(), annotators=[], pairs_each=3, draft=True)


@pytest.mark.page_errors_expected
def test_from_the_link_to_the_first_answer_by_keyboard(
    lead_page: Page, context: BrowserContext, campaign: Campaign, lead: User, log_in: Callable[[User], None]
) -> None:
    lead_page.goto(reverse("campaign-people", args=[campaign.pk]))
    check_page(lead_page)
    lead_page.get_by_label("For whom").fill("Mill curators")
    lead_page.keyboard.press("Enter")
    link = invitation_shown(lead_page)
    check_page(lead_page)
    keep_screenshots(lead_page, "people", full_page=True, widths=(1366, 820))
    lead_page.goto(reverse("campaign-progress", args=[campaign.pk]))
    lead_page.get_by_role("button", name="Open the campaign").click()
    expect(lead_page.get_by_role("button", name="Pause")).to_be_visible()
    check_page(lead_page)
    keep_screenshots(lead_page, "progress", full_page=True, widths=(1366, 820))
    context.clear_cookies()

    page = lead_page
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are invited")
    check_page(page)
    keep_screenshots(page, "invitation", full_page=True, widths=(1366, 820))
    page.get_by_label("User name").focus()
    page.keyboard.type("newcomer")
    page.keyboard.press("Tab")
    page.keyboard.type("carbon filament lamp")
    page.keyboard.press("Tab")
    page.keyboard.type("carbon filament lamps")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The two passwords differ")).to_be_visible()
    check_page(page)
    keep_screenshots(page, "invitation-refused", full_page=True, widths=(1366, 820))
    for label in ("Password", "Password again"):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.type("carbon filament lamp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="You have joined Mills")).to_be_visible()
    check_page(page)
    keep_screenshots(page, "joined", full_page=True, widths=(1366, 820))
    page.get_by_role("link", name="Start").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pair-count")).to_have_text("Pair 1 of 3")
    page.wait_for_timeout(200)
    page.keyboard.press("2")
    expect(page.locator("#pair-count")).to_have_text("Pair 2 of 3")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('answer:'))")
    assert Annotation.objects.get().assignment.annotator.username == "newcomer"


@pytest.mark.page_errors_expected  # the records' pictures have rows, but no files
def test_from_the_log_in_to_the_first_counted_answer_in_six_acts(page: Page, annotator: User) -> None:
    """An act is a field that is filled, a link or button that is pressed, or an answer."""
    cache.clear()
    campaign_for(annotator, pairs_each=3)
    acts = 0
    page.goto("/login/")
    for label, text in (("User name", "annotator"), ("Password", "a long password")):
        page.get_by_label(label).fill(text)
        acts += 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    acts += 1
    while not page.locator("#pair-count").is_visible():
        page.get_by_role("main").get_by_role("link", name=re.compile("Start|Begin")).first.press("Enter")
        page.wait_for_load_state()
        acts += 1
        assert acts < 6
    page.wait_for_timeout(200)  # a look
    page.keyboard.press("2")
    acts += 1
    expect(page.locator("#pair-count")).to_have_text("Pair 2 of 3")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('answer:'))")
    assert Annotation.objects.count() == 1
    assert acts <= 6


@pytest.mark.page_errors_expected
def test_a_link_that_has_ended_says_so(page: Page, campaign: Campaign) -> None:
    _, token = invite(campaign=campaign)
    close_campaign(campaign=campaign)
    answer = page.goto(reverse("invitation", args=[token]))
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot join by this link")
    check_page(page)


def test_somebody_logged_in_joins_by_one_button(
    page: Page, campaign: Campaign, annotator: User, log_in: Callable[[User], None]
) -> None:
    _, token = invite(campaign=campaign)
    page.goto(reverse("invitation", args=[token]))
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("User name").fill("annotator")
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/invitation/"))
    expect(page.get_by_role("heading", name="Join as annotator")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("status").filter(has_text="It appears here when its lead opens it")).to_be_visible()


def test_the_page_of_work_is_accessible_and_live(lead_page: Page, annotator: User) -> None:
    campaign = campaign_for(annotator, UserFactory(username="grace"), pairs_each=6)
    first, second, third, fourth, *_ = campaign.assignments.filter(annotator=annotator).order_by("position")
    record_annotation(assignment=first, annotator=annotator, label="same_object", active_seconds=14.0)
    record_annotation(
        assignment=second,
        annotator=annotator,
        label="same_category",
        unsure=True,
        comment="Dial or no dial?",
        faulty="b",
    )
    record_skip(assignment=third, annotator=annotator, reason="not_my_field")
    draw_pictures()
    lead_page.goto(reverse("campaign-progress", args=[campaign.pk]))
    check_page(lead_page)
    keep_screenshots(lead_page, "work", full_page=True, widths=(1366, 820))
    record_annotation(assignment=fourth, annotator=annotator, label="unrelated", comment="Seen without a reload.")
    expect(lead_page.get_by_role("link", name="Comments 2")).to_be_visible()
    lead_page.get_by_role("link", name="Skipped 1").click()
    expect(lead_page.get_by_text("Skipped: It is outside my field")).to_be_visible()
    expect(lead_page.get_by_text("Seen without a reload.")).to_have_count(0)
    check_page(lead_page)
    lead_page.get_by_label("Kind").select_option("faulty")
    lead_page.get_by_role("button", name="Show").click()
    expect(lead_page.get_by_text("Dial or no dial?")).to_be_visible()
    check_page(lead_page)
    keep_screenshots(lead_page, "remarks", full_page=True, widths=(1366, 820))
    lead_page.get_by_role("link", name="Progress", exact=True).click()
    lead_page.get_by_label("From").select_option("annotator")
    lead_page.get_by_label("To", exact=True).select_option("grace")
    lead_page.get_by_role("button", name="Hand on").click()
    expect(lead_page.get_by_role("status").first).to_contain_text("grace has 2 pairs more")


@pytest.mark.page_errors_expected
def test_an_answer_that_meets_a_pause_waits_in_the_browser(
    annotator_page: Page, annotator: User, base_url: str
) -> None:
    campaign = campaign_for(annotator, UserFactory(), pairs_each=4)
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    annotator_page.wait_for_timeout(200)
    Campaign.objects.update(paused="2026-01-01T00:00Z")
    annotator_page.keyboard.press("1")
    expect(annotator_page.locator("#problem")).to_contain_text("is paused")
    expect(annotator_page.locator("#saved")).to_have_text("1 answer not yet saved")
    assert not Annotation.objects.exists()
    annotator_page.goto(reverse("finished", args=[campaign.pk]))
    expect(annotator_page.get_by_role("heading", level=1)).to_have_text("This campaign is paused")
    check_page(annotator_page)
    keep_screenshots(annotator_page, "paused", full_page=True, widths=(1366, 820))
    Campaign.objects.update(paused=None)
    annotator_page.goto(reverse("home"))
    expect(annotator_page.locator("#saved")).to_have_text("Saved")
    assert Annotation.objects.count() == 1
