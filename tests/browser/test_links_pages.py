"""Links in a real browser: the lead of one campaign looks through them and signs off, by keyboard."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers.actions import record_annotation
from annotation.campaigns.leads import grant_lead
from annotation.models import LinkReview
from heritage.models import Image, User
from tests.browser.page_checks import check_page
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
