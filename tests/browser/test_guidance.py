"""Examples, practice and the lead's page of guidance in a real browser."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign
from annotation.guidance.actions import Mark, mark_pair
from annotation.models import Annotation, Campaign, GoldPair, PracticeAnswer
from heritage.models import User
from tests.browser.page_checks import check_page, keep_screenshots
from tests.browser.test_labelling import draw_pictures
from tests.factories import ImageFactory, sampling_with_pairs

WHY = "One has a dial and the other a crank, but both are telephones: the kind is the same, the make is not."


def shown(campaign: Campaign, kind: str, label: str, note: str = WHY) -> None:
    a, b = (ImageFactory(record__collection__slug=slug, position=0).record for slug in ("left", "right"))
    mark_pair(campaign=campaign, mark=Mark(kind, a.record_id, b.record_id, label, note))


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = create_campaign(
        name="Mill telephones",
        sampling=sampling_with_pairs(4),
        annotators=[annotator.username],
        pairs_each=5,
        instructions="Judge what the things are for, not how they look.",
    )
    for label in ("same_object", "similar_object", "similar_object", "same_category", "unrelated"):
        shown(campaign, "example", label)
    for label in ("similar_object", "unrelated"):
        shown(campaign, "practice", label)
    draw_pictures()
    return campaign


def test_from_the_instructions_through_practice_to_the_first_pair_by_keyboard(
    annotator_page: Page, campaign: Campaign
) -> None:
    page = annotator_page
    page.goto(reverse("label", args=[campaign.pk]))
    expect(page.get_by_role("heading", level=1)).to_have_text("Mill telephones")
    check_page(page)
    keep_screenshots(page, "instructions", full_page=True, widths=(1366, 820))
    page.get_by_role("link", name="Go on to practice").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Practice 1 of 2: not counted")
    expect(page).to_have_title("Practice 1 of 2, not counted · Heritage Weaver")
    check_page(page)
    keep_screenshots(page, "practice", full_page=True, widths=(1366, 820))
    page.keyboard.press("2")
    expect(page).to_have_title("Same answer as the lead’s · Practice 1 of 2, not counted · Heritage Weaver")
    expect(page.get_by_role("heading", level=2, name="You and the lead both say: Similar object")).to_be_visible()
    expect(page.get_by_text(WHY)).to_be_visible()
    expect(page.get_by_role("link", name="Next practice pair")).to_be_focused()
    expect(page.get_by_role("link", name="Next practice pair")).to_have_accessible_description(
        f"You and the lead both say: Similar object {WHY}"
    )
    check_page(page)
    keep_screenshots(page, "feedback-same", full_page=True, widths=(1366, 820))
    page.get_by_role("link", name="Next practice pair").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Practice 2 of 2: not counted")
    page.keyboard.press("z")
    expect(page.locator(".zoom-view")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator(".zoom-view")).to_have_count(0)
    page.get_by_role("button", name="Same object").click()
    expect(page.get_by_text("You say: Same object. The lead says: Unrelated")).to_be_visible()
    check_page(page)
    keep_screenshots(page, "feedback-other", full_page=True, widths=(1366, 820))
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Begin: from here on it counts").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pair-count")).to_have_text("Pair 1 of 5")
    assert not Annotation.objects.exists()
    assert PracticeAnswer.objects.count() == 2


def test_help_comes_when_it_is_opened_and_stays_from_pair_to_pair(annotator_page: Page, campaign: Campaign) -> None:
    page = annotator_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(campaign.assignments.get(position=1).get_absolute_url())
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "instructions" in url or "guidance.css" in url]
    page.get_by_text("Help", exact=True).click()
    expect(page.locator("#help .example")).to_have_count(5)
    expect(page.locator("#help").get_by_text(WHY).first).to_be_visible()
    for image in page.locator("#help .example img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth && image.clientHeight > 80")
    for width in (1040, 1366):  # on a narrower window the menu leads to the instructions
        page.set_viewport_size({"width": width, "height": 900})
        box = page.locator("#help .menu-panel").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    check_page(page)
    keep_screenshots(page, "help", full_page=True, widths=(1366, 820))
    page.keyboard.press("Escape")
    expect(page.locator("#help .example").first).to_be_hidden()
    page.set_viewport_size({"width": 1366, "height": 850})
    page.keyboard.press("4")
    expect(page.locator("#pair-count")).to_have_text("Pair 2 of 5")
    page.get_by_text("Help", exact=True).click()
    expect(page.locator("#help .example")).to_have_count(5)
    assert len([url for url in asked if "instructions" in url]) == 1
    keep_screenshots(page, "labelling", full_page=True, widths=(1366, 820))


def test_practice_and_help_without_a_script(
    browser: Browser, base_url: str, campaign: Campaign, annotator: User, log_in: Callable[[User], None], page: Page
) -> None:
    log_in(annotator)
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(reverse("label", args=[campaign.pk]))
    plain.get_by_role("link", name="Go on to practice").click()
    for label, go_on in (("Unrelated", "Next practice pair"), ("Unrelated", "Begin: from here on it counts")):
        plain.get_by_role("button", name=label).click()
        plain.get_by_role("link", name=go_on).click()
    expect(plain.locator("#pair-count")).to_have_text("Pair 1 of 5")
    plain.get_by_text("Help", exact=True).click()
    plain.get_by_role("link", name="Instructions and examples").click()
    expect(plain.locator(".example")).to_have_count(5)
    plain.get_by_role("link", name="Go on labelling").click()
    expect(plain.locator("#pair-count")).to_have_text("Pair 1 of 5")
    context.close()


@pytest.mark.page_errors_expected
def test_a_lead_marks_a_pair_as_gold(lead_page: Page, campaign: Campaign) -> None:
    page = lead_page
    page.goto(reverse("campaign-progress", args=[campaign.pk]))
    page.get_by_role("link", name="Guidance").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guidance")
    check_page(page)
    page.get_by_role("link", name="Choose pair 2 of this list").click()
    page.get_by_label("Gold: dealt like any pair").check()
    page.get_by_label("The right label").select_option("Unrelated")
    check_page(page)
    keep_screenshots(page, "guidance", full_page=True, widths=(1366, 820))
    page.get_by_role("button", name="Mark the pair").click()
    expect(page.get_by_text("The pair is gold. 1 of 1 annotators have it")).to_be_visible()
    assert GoldPair.objects.get().label == "unrelated"
    for assignment in campaign.assignments.filter(position__lte=3):
        marked = Mark("gold", assignment.pair.a.record_id, assignment.pair.b.record_id, "unrelated")
        mark_pair(campaign=campaign, mark=marked)
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="unrelated")
    page.goto(reverse("campaign-progress", args=[campaign.pk]))
    expect(page.get_by_role("cell", name="100 % of 3")).to_be_visible()
    check_page(page)
    keep_screenshots(page, "progress-gold", full_page=True, widths=(1366, 820))
    page.get_by_role("link", name="Guidance").click()
    page.get_by_label("One record").fill("none-such")
    page.get_by_label("The other record").fill("none-such")
    page.get_by_label("The right label").select_option("Unrelated")
    page.get_by_role("button", name="Mark the pair").click()
    expect(page.get_by_role("alert").filter(has_text="There is no record none-such in left, right")).to_be_visible()
    check_page(page)
    keep_screenshots(page, "guidance-refused", full_page=True, widths=(1366, 820))
