"""Links in a real browser: the lead of one campaign looks through them and signs off, by keyboard."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers.actions import record_annotation
from annotation.campaigns.leads import grant_lead
from annotation.models import LinkReview
from heritage.models import Image, User
from tests.browser.page_checks import check_page
from tests.browser.test_labelling import draw_pictures
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.usefixtures("nothing_sealed")


def test_the_lead_of_one_campaign_signs_off_its_links(
    page: Page, annotator: User, log_in: Callable[[User], None]
) -> None:
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=3)
    Image.objects.all().delete()  # they have no files
    for assignment, label in zip(
        campaign.assignments.select_related("annotator"),
        ("same_object", "similar_object", "same_category"),
        strict=True,
    ):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)
    grant_lead(campaign=campaign, username=annotator.username)
    log_in(annotator)
    page.goto(reverse("home"))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Links").click()
    expect(page.get_by_role("list").get_by_role("button", name="Sign off")).to_have_count(3)
    check_page(page)
    first = page.get_by_role("button", name="Sign off").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed off by annotator")).to_be_visible()
    assert LinkReview.objects.get().reviewer == annotator
    page.get_by_role("link", name="Same category").click()
    expect(page.get_by_text("A telephone of black bakelite.")).to_have_count(2)
    check_page(page)


def test_a_lead_goes_through_links_by_keys(page: Page, lead: User, log_in: Callable[[User], None]) -> None:
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=3)
    draw_pictures()
    for assignment in campaign.assignments.select_related("annotator"):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="same_object")
    page.set_viewport_size({"width": 1366, "height": 768})
    log_in(lead)
    page.goto(reverse("links") + f"?campaign={campaign.pk}&state=open")
    filters = page.locator(".link-filters :is(select, input, button)").all()
    assert len({round(box["y"]) for each in filters if (box := each.bounding_box())}) == 2  # rows, of whole words
    expect(page.get_by_role("button", name="Sign off").first).to_be_in_viewport(ratio=1)
    counts = page.locator("#link-counts")
    page.keyboard.press("n")
    expect(page.locator("[data-open]").nth(0)).to_be_focused()
    page.keyboard.press("s")
    expect(counts).to_contain_text("2 await a verdict · 1 signed off")
    expect(page.locator("[data-open]").nth(1)).to_be_focused()
    check_page(page)
    page.keyboard.press("Enter")  # the second, alone, between the two others
    expect(page.get_by_text("Link 1 of 2")).to_be_visible()
    expect(page.get_by_role("button", name="Sign off")).to_be_in_viewport(ratio=1)
    check_page(page)
    page.keyboard.press("z")
    dialogue = page.get_by_role("dialog")
    expect(dialogue.locator("canvas")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(dialogue).to_have_count(0)
    page.get_by_role("button", name="Enlarge").first.click()
    expect(dialogue.locator("canvas")).to_have_count(1)
    dialogue.get_by_role("button", name="Both together").click()
    expect(dialogue.locator("canvas")).to_have_count(2)
    check_page(page)
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_label("Why is it no link?")).to_be_focused()
    page.keyboard.type("none of n, p and s is a key here")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Link 1 of 1")).to_be_visible()  # the third
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Signed off")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Awaiting a verdict")).to_be_visible()
    states = sorted(LinkReview.objects.values_list("verdict", flat=True))
    assert states == ["rejected", "reopened", "signed_off", "signed_off"]


def test_thresholds_apply_as_they_are_typed(page: Page, lead: User, log_in: Callable[[User], None]) -> None:
    campaign = campaign_for(UserFactory(username="ada"), UserFactory(username="ben"), pairs_each=2, overlap=1)
    Image.objects.all().delete()
    for assignment in campaign.assignments.select_related("annotator"):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="same_object")
    log_in(lead)
    page.goto(reverse("links"))
    expect(page.locator("[data-link]")).to_have_count(2)
    page.get_by_label("Answers, at least").fill("3")
    expect(page.get_by_role("heading", name="No links of this kind")).to_be_visible()
    expect(page).to_have_url(re.compile("answers=3"))
    page.get_by_label("Answers, at least").fill("2")
    expect(page.locator("[data-link]")).to_have_count(2)
    page.get_by_role("navigation", name="Thresholds").get_by_role("link", name="100 % 2").click()
    expect(page).to_have_url(re.compile("agreement=100"))
    check_page(page)
