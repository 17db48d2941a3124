"""Groups of linked records in a real browser: from the links to a group and its links."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers.actions import record_annotation
from heritage.models import Image
from tests.browser.page_checks import check_page, follow, keep_screenshots
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.usefixtures("nothing_sealed")


def test_a_lead_looks_through_groups(lead_page: Page) -> None:
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=3)
    Image.objects.all().delete()  # they have no files
    for assignment in campaign.assignments.select_related("annotator"):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="same_object")
    lead_page.goto(reverse("links"))
    follow(lead_page, "Groups", "Groups of linked records")
    expect(lead_page.get_by_role("status").filter(has_text="3 groups of 6 records")).to_be_visible()
    lead_page.locator(".network-picture").scroll_into_view_if_needed()
    lead_page.wait_for_function("() => document.querySelector('.network-picture').naturalWidth > 500")
    check_page(lead_page)
    keep_screenshots(lead_page, "groups", full_page=True, widths=(1366, 820, 390))
    lead_page.get_by_role("link", name=re.compile("2 records, 1 link")).first.click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("2 linked records")
    expect(lead_page.get_by_role("region", name="Links of the group").get_by_role("row")).to_have_count(2)
    check_page(lead_page)
    keep_screenshots(lead_page, "group", full_page=True, widths=(1366, 390))
