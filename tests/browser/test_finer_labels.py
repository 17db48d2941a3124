"""Finer labels in a real browser: a second press where a label has some, and a lead's page of them."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from annotation.labels.actions import add_finer_labels
from annotation.labels.finer import FinerLabelDraft
from annotation.models import Annotation, Campaign
from annotation.vocabulary import Label
from heritage.models import User
from tests.browser.page_checks import check_page
from tests.browser.test_labelling import A_LOOK_MS, draw_pictures, expect_pair, expect_saved
from tests.factories import campaign_for

NAMES = dict(Label.choices)
DRAFTS = (
    FinerLabelDraft("same_category", "Same maker", "same-maker", "m"),
    FinerLabelDraft("same_category", "Same process, another machine", "same-process", "p"),
    FinerLabelDraft("same_category", "Same use in another trade", "same-use"),
    FinerLabelDraft("unrelated", "Looks alike", "looks-alike", "l"),
)


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = campaign_for(annotator, pairs_each=5, name="Mill machinery pilot")
    add_finer_labels(campaign=campaign, drafts=DRAFTS)
    draw_pictures()
    return campaign


@pytest.fixture
def labelling(annotator_page: Page, campaign: Campaign) -> Page:
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    expect_pair(annotator_page, 1)
    return annotator_page


def said(page: Page, campaign: Campaign) -> list[tuple[int, str]]:
    """What is stored, in the order of storing, once nothing waits in the browser."""
    expect_saved(page)
    stored = Annotation.objects.filter(assignment__campaign=campaign).select_related("finer", "assignment")
    return [(each.assignment.position, each.said(NAMES)) for each in stored.order_by("pk")]


def step(page: Page) -> Locator:
    """What is asked behind "Same category"."""
    return page.get_by_role("group", name="Same category, more exactly")


def label(page: Page, value: str = "same_category") -> Locator:
    """The button of one of the four."""
    return page.locator(f".labels [value={value}]")


def test_by_keys_alone(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("1")  # has no finer labels: at once
    expect_pair(labelling, 2)
    labelling.keyboard.press("3")
    expect(step(labelling)).to_be_visible()
    expect(labelling.locator("#finer-3-heading")).to_be_focused()
    expect(label(labelling)).to_have_attribute("aria-expanded", "true")
    labelling.keyboard.press("m")
    expect_pair(labelling, 3)
    expect(step(labelling)).to_be_hidden()
    labelling.keyboard.press("3")
    labelling.wait_for_timeout(A_LOOK_MS)
    labelling.keyboard.press("3")  # again: left at the label
    expect_pair(labelling, 4)
    labelling.keyboard.press("3")
    labelling.keyboard.press("4")  # another label instead, which has a step of its own
    expect(step(labelling)).to_be_hidden()
    labelling.keyboard.press("m")  # is no letter of this step
    labelling.keyboard.press("l")
    expect_pair(labelling, 5)
    labelling.keyboard.press("m")  # nor of a page without a step
    labelling.keyboard.press("3")
    labelling.keyboard.press("Escape")
    expect(step(labelling)).to_be_hidden()
    expect(label(labelling)).to_be_focused()
    labelling.keyboard.press("2")
    expect(labelling.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert said(labelling, campaign) == [
        (1, "Same object"),
        (2, "Same category: Same maker"),
        (3, "Same category"),
        (4, "Unrelated: Looks alike"),
        (5, "Similar object"),
    ]


def test_who_knows_the_letters_need_not_wait_and_a_double_press_is_no_answer(
    labelling: Page, campaign: Campaign
) -> None:
    labelling.evaluate(
        "() => [...'3mmm'].forEach((key) => document.dispatchEvent(new KeyboardEvent('keydown', { key })))"
    )
    expect_pair(labelling, 2)
    labelling.evaluate(
        "() => [...'33'].forEach((key) => document.dispatchEvent(new KeyboardEvent('keydown', { key })))"
    )
    expect(step(labelling)).to_be_visible()
    labelling.wait_for_timeout(A_LOOK_MS)
    labelling.get_by_role("button", name="Same process").dblclick()
    expect_pair(labelling, 3)
    label(labelling).dblclick()
    expect(step(labelling)).to_be_visible()
    labelling.wait_for_timeout(300)
    assert said(labelling, campaign) == [
        (1, "Same category: Same maker"),
        (2, "Same category: Same process, another machine"),
    ]


def test_the_step_is_accessible_and_a_given_answer_shows_again(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("3")
    check_page(labelling)
    labelling.wait_for_timeout(A_LOOK_MS)
    labelling.keyboard.press("Tab")
    labelling.keyboard.press("Tab")
    labelling.keyboard.press("Tab")
    labelling.keyboard.press("Enter")  # the one without a letter
    expect_pair(labelling, 2)
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    chosen = label(labelling)
    expect(chosen).to_contain_text("Same use in another trade")
    expect(chosen).to_have_attribute("aria-current", "true")
    expect(chosen).to_contain_text("(your answer)")
    labelling.reload()  # as the server has it
    expect_pair(labelling, 1)
    expect(chosen).to_contain_text("Same use in another trade")
    labelling.keyboard.press("3")
    expect(step(labelling).locator("[aria-current]")).to_contain_text("Same use in another trade (your answer)")
    check_page(labelling)
    labelling.wait_for_timeout(A_LOOK_MS)
    labelling.get_by_role("button", name="Leave it at Same category").click()
    expect_pair(labelling, 2)
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    expect(chosen).not_to_contain_text("Same use")
    labelling.goto(reverse("my-answers"))
    expect(labelling.locator(".answers strong")).to_have_text("Same category")
    assert said(labelling, campaign) == [(1, "Same category: Same use in another trade"), (1, "Same category")]


@pytest.mark.page_errors_expected
def test_a_finer_label_waits_offline_with_its_answer(
    labelling: Page, campaign: Campaign, context: BrowserContext
) -> None:
    labelling.wait_for_load_state("networkidle")
    context.set_offline(True)
    labelling.keyboard.press("3")
    labelling.keyboard.press("p")
    expect_pair(labelling, 2)
    expect(labelling.locator("#saved")).to_have_text("1 answer not yet saved")
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    expect(labelling.locator(".labels [aria-current]")).to_contain_text("Same process, another machine")
    assert not Annotation.objects.exists()
    context.set_offline(False)
    assert said(labelling, campaign) == [(1, "Same category: Same process, another machine")]


def test_by_touch(
    campaign: Campaign,
    annotator: User,
    browser: Browser,
    base_url: str,
    context: BrowserContext,
    log_in: Callable[[User], None],
) -> None:
    log_in(annotator)
    with browser.new_context(
        base_url=base_url,
        viewport={"width": 820, "height": 1180},
        has_touch=True,
        storage_state=context.storage_state(),
    ) as tablet:
        page = tablet.new_page()
        page.goto(reverse("label", args=[campaign.pk]))
        expect_pair(page, 1)
        label(page, "unrelated").tap()
        page.wait_for_timeout(A_LOOK_MS)
        page.get_by_role("button", name="Looks alike").tap()
        expect_pair(page, 2)
        assert said(page, campaign) == [(1, "Unrelated: Looks alike")]


def test_without_a_script_both_steps_are_one_press(
    campaign: Campaign,
    annotator: User,
    browser: Browser,
    base_url: str,
    context: BrowserContext,
    log_in: Callable[[User], None],
) -> None:
    log_in(annotator)
    with browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=context.storage_state()
    ) as plain:
        page = plain.new_page()
        page.goto(reverse("label", args=[campaign.pk]))
        page.get_by_role("button", name="Same maker").click()
        expect_pair(page, 2)
        label(page).click()
        expect_pair(page, 3)
        expect(page.get_by_role("button", name="Leave it at")).to_have_count(0)
    stored = [each.said(NAMES) for each in Annotation.objects.order_by("pk").select_related("finer")]
    assert stored == ["Same category: Same maker", "Same category"]


@pytest.mark.page_errors_expected
def test_a_lead_makes_finer_labels(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(reverse("campaign-progress", args=[campaign.pk]))
    lead_page.get_by_role("link", name="Labels").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("Labels")
    check_page(lead_page)
    form = lead_page.get_by_role("region", name="Add a finer label")
    form.get_by_label("Under").select_option("Same object")
    form.get_by_label("Name").fill("Same mould")
    form.get_by_label("Letter").fill("c")
    form.get_by_role("button", name="Add").click()
    expect(lead_page.get_by_role("alert").filter(visible=True)).to_contain_text("The letter C has another use")
    expect(form.get_by_label("Name")).to_have_value("Same mould")
    form.get_by_label("Letter").fill("d")
    form.get_by_role("button", name="Add").click()
    expect(lead_page.get_by_role("status").filter(visible=True)).to_contain_text("Same mould is a finer label")
    expect(form.get_by_label("Under")).to_have_value("same_object")
    lead_page.get_by_role("button", name="Move Same process, another machine up").click()
    lead_page.get_by_role("button", name="Remove Looks alike").click()
    expect(lead_page.get_by_role("button", name="Remove Looks alike")).to_have_count(0)
    assert list(campaign.finer_labels.values_list("key", flat=True)) == [
        "same-process",
        "same-maker",
        "same-use",
        "same-mould",
    ]
