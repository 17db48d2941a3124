"""Labelling as an expert does it, in a real browser: keys, mistakes, breaks, a lost connection, no script at all."""

import io
import re
from collections.abc import Callable
from datetime import datetime

import PIL.Image
import PIL.ImageDraw
import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from annotation.answers.actions import record_annotation
from annotation.labelling.views import labelling as views
from annotation.models import Annotation, Campaign, Skip
from heritage.models import Image, User
from heritage.pictures.store import ImageStore
from tests.browser.page_checks import check_accessibility, check_page, keep_screenshots
from tests.factories import campaign_for

LONG_DESCRIPTION = "A carbon filament lamp with a bayonet cap, found in its carton in the picking room. " * 12


def draw_pictures() -> None:
    """Gives every picture's row pixels of its own; the first record gets three pictures, the second none."""
    store = ImageStore.from_settings()
    for number, image in enumerate(Image.objects.order_by("pk")):
        picture = PIL.Image.new("RGB", (640, 400 + 10 * (number % 30)), "white")
        PIL.ImageDraw.Draw(picture).ellipse((120, 40, 520, 360), fill=(40, 3 * (number % 80), 120))
        data = io.BytesIO()
        picture.save(data, "PNG")
        Image.objects.filter(pk=image.pk).update(content_hash=store.add(data.getvalue()).content_hash)


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = campaign_for(annotator, pairs_each=5, name="Mill machinery pilot")
    draw_pictures()
    first = campaign.assignments.get(position=1).pair
    hashes = list(Image.objects.exclude(record__in=[first.a, first.b]).values_list("content_hash", flat=True)[:2])
    for position, content_hash in enumerate(hashes, start=1):
        Image.objects.create(record=first.a, position=position, source=f"more-{position}", content_hash=content_hash)
    first.b.images.all().delete()
    first.b.description = LONG_DESCRIPTION
    first.b.save()
    return campaign


@pytest.fixture
def two_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the next two pairs wait in the browser: of five there are some that it does not hold."""
    monkeypatch.setattr(views, "PAIRS_AHEAD", 2)


@pytest.fixture
def labelling(annotator_page: Page, campaign: Campaign) -> Page:
    """The page on the first pair."""
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    return annotator_page


# An answer sooner than anybody can look is taken for the second half of a double press.
A_LOOK_MS = 200


def expect_pair(page: Page, position: int, total: int = 5) -> None:
    """The pair is shown, and has been for long enough to be answered."""
    expect(page.locator("#pair-count")).to_have_text(f"Pair {position} of {total}")
    page.wait_for_timeout(A_LOOK_MS)


def stored_answers(campaign: Campaign) -> list[tuple[int, str]]:
    """Every stored answer, corrected ones too, as (position, label) in the order of storing."""
    stored = Annotation.objects.filter(assignment__campaign=campaign).order_by("pk")
    return list(stored.values_list("assignment__position", "label"))


def expect_saved(page: Page) -> None:
    """No answer of anybody waits in the browser."""
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('answer:'))")


def answers(page: Page, campaign: Campaign) -> list[tuple[int, str]]:
    """The stored answers, once the browser has none waiting."""
    expect_saved(page)
    return stored_answers(campaign)


def test_the_whole_campaign_by_keys(labelling: Page, campaign: Campaign) -> None:
    for position, key in enumerate("12344", start=1):
        expect_pair(labelling, position)
        expect(labelling).to_have_title(f"Pair {position} of 5 · Heritage Weaver")
        labelling.keyboard.press(key)
    expect(labelling.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert answers(labelling, campaign) == [
        (1, "same_object"),
        (2, "similar_object"),
        (3, "same_category"),
        (4, "unrelated"),
        (5, "unrelated"),
    ]
    check_page(labelling)
    labelling.get_by_label("Your reflections").fill("I looked at the pictures first.")
    labelling.get_by_role("button", name="Save reflections").click()
    expect(labelling.get_by_text(re.compile("Your reflections are saved"))).to_be_visible()
    assert campaign.reflections.get().text == "I looked at the pictures first."


def test_the_next_pair_comes_in_place_is_announced_and_timed(labelling: Page, campaign: Campaign) -> None:
    labelling.evaluate("window.stayed = true")
    labelling.get_by_role("button", name="Similar object").click()
    expect_pair(labelling, 2)
    assert labelling.evaluate("window.stayed")
    expect(labelling.locator("#pair-heading")).to_be_focused()
    expect(labelling.locator("#saved")).to_have_text("Saved")
    expect(labelling.locator("#pair-progress")).to_have_attribute("value", "1")
    assert labelling.url.endswith(campaign.assignments.get(position=2).get_absolute_url())
    assert 0 < (Annotation.objects.get().seconds or 0) < 60


def test_going_back_and_changing_an_answer(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    labelling.keyboard.press("2")
    expect_pair(labelling, 3)
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 2)
    labelling.get_by_role("link", name="Back").click()
    expect_pair(labelling, 1)
    expect(labelling.get_by_role("button", name="Same object")).to_have_attribute("aria-current", "true")
    check_page(labelling)
    labelling.keyboard.press("4")
    expect_pair(labelling, 3)
    assert answers(labelling, campaign) == [(1, "same_object"), (2, "similar_object"), (1, "unrelated")]

    labelling.go_back()
    expect_pair(labelling, 1)
    expect(labelling.get_by_role("button", name="Unrelated")).to_have_attribute("aria-current", "true")
    labelling.get_by_role("link", name="Next").click()
    expect_pair(labelling, 2)


def test_my_answers_lead_to_a_change_and_back(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    labelling.get_by_role("link", name="My answers").click()
    expect(labelling.locator(".answers li")).to_have_count(1)
    check_page(labelling)
    labelling.get_by_role("link", name="Change").click()
    labelling.wait_for_url("**?then=answers")  # keys work once the page's script has run
    labelling.keyboard.press("3")
    expect(labelling.locator(".answers strong")).to_have_text("Same category")
    assert answers(labelling, campaign) == [(1, "same_object"), (1, "same_category")]


def test_a_double_click_answers_one_pair_once(labelling: Page, campaign: Campaign) -> None:
    labelling.get_by_role("button", name="Same category").dblclick()
    expect_pair(labelling, 2)
    labelling.wait_for_timeout(300)
    assert answers(labelling, campaign) == [(1, "same_category")]


def test_holding_a_key_down_answers_one_pair(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.down("2")
    labelling.keyboard.down("2")
    expect_pair(labelling, 2)
    labelling.keyboard.down("2")
    labelling.keyboard.up("2")
    labelling.wait_for_timeout(300)
    assert answers(labelling, campaign) == [(1, "similar_object")]


def test_going_on_at_another_device(
    labelling: Page, campaign: Campaign, browser: Browser, base_url: str, context: BrowserContext
) -> None:
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    with browser.new_context(
        base_url=base_url,
        viewport={"width": 820, "height": 1180},
        has_touch=True,
        storage_state=context.storage_state(),
    ) as tablet:
        page = tablet.new_page()
        page.goto(reverse("home"))
        page.get_by_role("link", name="Continue").tap()
        expect_pair(page, 2)
        page.get_by_role("button", name="Unrelated").tap()
        expect_pair(page, 3)
        expect_saved(page)
    assert answers(labelling, campaign) == [(1, "same_object"), (2, "unrelated")]


def test_without_a_script(
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
        page.goto(reverse("home"))
        page.get_by_role("link", name="Start").click()
        expect_pair(page, 1)
        expect(page.locator(".picture-choice .shown").nth(1)).to_be_hidden()
        page.get_by_role("radio").nth(1).check(force=True)
        expect(page.locator(".picture-choice .shown").nth(1)).to_be_visible()
        page.get_by_text("Read all").click()
        expect(page.get_by_text("Read less")).to_be_visible()
        page.locator("[data-panel=comment] summary").click()
        page.get_by_label("Comment on this pair").fill("Two dials")
        page.get_by_role("button", name="Same category").click()
        expect_pair(page, 2)
        page.get_by_role("link", name="Back").click()
        expect(page.get_by_label("Comment on this pair")).to_have_value("Two dials")
        page.get_by_role("button", name="Unrelated").click()
        expect_pair(page, 2)
    assert stored_answers(campaign) == [(1, "same_category"), (1, "unrelated")]
    assert set(Annotation.objects.values_list("comment", "seconds")) == {("Two dials", None)}


@pytest.mark.page_errors_expected
def test_a_lost_connection_loses_no_answer_and_stops_nobody(labelling: Page, campaign: Campaign) -> None:
    failures = iter(["before", "after", "before"])

    def lose(route: Route) -> None:
        if route.request.method != "POST" or (failure := next(failures, None)) is None:
            route.continue_()
            return
        if failure == "after":  # the answer arrives, the acknowledgement does not
            route.fetch()
        route.abort("connectionreset")

    labelling.route("**/label/**", lose)
    labelling.keyboard.press("2")
    expect_pair(labelling, 2)
    expect(labelling.locator("#saved")).to_have_text("1 answer not yet saved")
    labelling.keyboard.press("3")
    expect_pair(labelling, 3)
    expect(labelling.locator("#saved")).to_have_text("Saved", timeout=15_000)
    assert answers(labelling, campaign) == [(1, "similar_object"), (2, "same_category")]


@pytest.mark.page_errors_expected
def test_answers_given_offline_go_when_the_server_is_back(
    two_ahead: None, labelling: Page, campaign: Campaign, context: BrowserContext
) -> None:
    """As far as the pairs reach that are in the browser already, and no further."""
    labelling.wait_for_load_state("networkidle")
    context.set_offline(True)
    for position, key in enumerate("123", start=1):
        expect_pair(labelling, position)
        labelling.keyboard.press(key)
    expect(labelling.locator("#saved")).to_have_text("3 answers not yet saved")
    expect_pair(labelling, 3)
    expect(labelling.get_by_role("button", name="Same category")).to_have_attribute("aria-current", "true")
    assert stored_answers(campaign) == []
    context.set_offline(False)
    expect_pair(labelling, 4)
    expect(labelling.locator("#saved")).to_have_text("Saved")
    assert answers(labelling, campaign) == [(1, "same_object"), (2, "similar_object"), (3, "same_category")]


@pytest.mark.page_errors_expected
def test_a_closed_tab_s_answers_are_sent_on_coming_back(
    labelling: Page, campaign: Campaign, context: BrowserContext
) -> None:
    labelling.route("**/label/**", lambda route: route.abort())
    for position in (1, 2):
        labelling.keyboard.press("4")
        expect_pair(labelling, position + 1)
    labelling.close(run_before_unload=True)
    assert stored_answers(campaign) == []
    page = context.new_page()
    page.goto(reverse("home"))
    assert answers(page, campaign) == [(1, "unrelated"), (2, "unrelated")]


@pytest.mark.page_errors_expected
def test_coming_back_to_a_pair_whose_answer_still_waits_goes_on_behind_it(labelling: Page, campaign: Campaign) -> None:
    labelling.route("**/label/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    labelling.goto(reverse("label", args=[campaign.pk]))
    expect_pair(labelling, 2)
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    expect(labelling.get_by_role("button", name="Same object")).to_have_attribute("aria-current", "true")
    labelling.unroute("**/label/**")
    labelling.evaluate("dispatchEvent(new Event('online'))")
    assert answers(labelling, campaign) == [(1, "same_object")]


@pytest.mark.page_errors_expected
def test_a_session_that_ends_keeps_the_answer_until_the_next_log_in(
    labelling: Page, campaign: Campaign, annotator: User, context: BrowserContext, log_in: Callable[[User], None]
) -> None:
    context.clear_cookies()
    labelling.keyboard.press("2")
    expect(labelling.locator("#saved")).to_have_text("1 answer not yet saved: you have been logged out")
    expect_pair(labelling, 2)
    check_page(labelling)
    labelling.get_by_role("link", name="Log in").click()
    labelling.get_by_label("User name").fill(annotator.username)
    labelling.get_by_label("Password").fill("a long password")
    labelling.get_by_role("button", name="Log in").click()
    expect_pair(labelling, 2)
    assert answers(labelling, campaign) == [(1, "similar_object")]


@pytest.mark.page_errors_expected
def test_somebody_else_s_waiting_answers_stay_theirs(
    labelling: Page, campaign: Campaign, lead: User, annotator: User, log_in: Callable[[User], None]
) -> None:
    labelling.route("**/label/**", lambda route: route.abort())
    labelling.keyboard.press("2")
    expect_pair(labelling, 2)
    labelling.unroute("**/label/**")
    log_in(lead)
    labelling.evaluate("dispatchEvent(new Event('online'))")  # the page of one person, the session of another
    expect(labelling.locator("#saved")).to_contain_text("1 answer not yet saved")
    labelling.goto(reverse("my-answers"))
    labelling.wait_for_load_state("networkidle")
    assert stored_answers(campaign) == []
    log_in(annotator)
    labelling.goto(reverse("my-answers"))
    assert answers(labelling, campaign) == [(1, "similar_object")]


def test_two_tabs_do_not_ask_for_the_same_pair_twice(
    labelling: Page, campaign: Campaign, context: BrowserContext
) -> None:
    other = context.new_page()
    other.goto(labelling.url)
    expect_pair(other, 1)
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    expect(other.get_by_role("button", name="Same object")).to_have_attribute("aria-current", "true")
    labelling.keyboard.press("2")
    expect_pair(labelling, 3)
    other.keyboard.press("1")
    expect_pair(other, 3)
    assert answers(labelling, campaign) == [(1, "same_object"), (2, "similar_object")]


@pytest.mark.page_errors_expected
def test_an_answer_that_a_closed_campaign_refuses_is_explained_and_kept(labelling: Page, campaign: Campaign) -> None:
    Campaign.objects.update(closed="2026-01-01T00:00Z")
    labelling.keyboard.press("2")
    expect(labelling.get_by_role("alert").filter(visible=True)).to_contain_text(
        "Pair 1: This campaign is closed and takes no more answers"
    )
    expect(labelling.locator("#saved")).to_have_text("1 answer not yet saved")
    assert stored_answers(campaign) == []
    Campaign.objects.update(closed=None)
    labelling.reload()
    assert answers(labelling, campaign) == [(1, "similar_object")]


def test_keys_keep_out_of_comments_and_can_be_switched_off(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("c")
    comment = labelling.get_by_label("Comment on this pair")
    expect(comment).to_be_focused()
    labelling.keyboard.type("1 of 2, see z")
    expect(comment).to_have_value("1 of 2, see z")
    check_page(labelling)
    labelling.keyboard.press("Escape")
    expect(comment).to_be_hidden()
    expect_pair(labelling, 1)

    labelling.get_by_role("button", name="Keys on").click()
    labelling.keyboard.press("1")
    labelling.reload()
    expect(labelling.get_by_role("button", name="Keys off")).to_be_visible()
    labelling.keyboard.press("1")
    labelling.wait_for_timeout(200)
    assert stored_answers(campaign) == []
    labelling.get_by_role("button", name="Keys off").click()
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)


def test_by_keyboard_alone_without_shortcuts(labelling: Page, campaign: Campaign) -> None:
    labelling.evaluate("localStorage.setItem('shortcuts', 'off')")
    labelling.reload()
    for position in (1, 2):
        expect_pair(labelling, position)
        for _ in range(40):
            if labelling.evaluate("document.activeElement.value") == "same_category":
                break
            labelling.keyboard.press("Tab")
        labelling.keyboard.press("Enter")
    expect_pair(labelling, 3)
    assert answers(labelling, campaign) == [(1, "same_category"), (2, "same_category")]


def test_zoom_moves_both_pictures_together(labelling: Page) -> None:
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    assert labelling.evaluate("typeof OpenSeadragon") == "undefined"
    labelling.keyboard.press("z")
    expect(labelling.locator(".zoom-view canvas")).to_have_count(2)
    left, right = labelling.locator(".zoom-view").all()
    labelling.wait_for_timeout(600)
    check_page(labelling)
    before = [view.screenshot() for view in (left, right)]
    box = left.bounding_box()
    assert box
    labelling.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    labelling.mouse.down()
    labelling.mouse.move(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2 + 40, steps=5)
    labelling.mouse.up()
    labelling.wait_for_timeout(300)
    after = [view.screenshot() for view in (left, right)]
    assert [one != other for one, other in zip(before, after, strict=True)] == [True, True]
    labelling.keyboard.press("ArrowRight")
    labelling.wait_for_timeout(300)
    assert [view.screenshot() for view in (left, right)] != after
    labelling.keyboard.press("Escape")
    expect(labelling.locator(".zoom-view")).to_have_count(0)
    labelling.keyboard.press("z")
    expect(labelling.locator(".zoom-view canvas")).to_have_count(2)
    labelling.keyboard.press("2")
    expect_pair(labelling, 3)
    expect(labelling.locator(".zoom-view")).to_have_count(0)


def test_unsure_a_broken_record_and_a_comment_travel_with_the_answer(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("u")
    labelling.keyboard.press("c")
    labelling.get_by_label("Comment on this pair").fill("Two dials?")
    labelling.get_by_role("checkbox", name="Collection B").check()
    check_page(labelling)
    labelling.keyboard.press("Escape")
    labelling.keyboard.press("3")
    expect_pair(labelling, 2)
    expect_saved(labelling)
    stored = Annotation.objects.get()
    assert (stored.label, stored.comment, stored.unsure, stored.faulty) == ("same_category", "Two dials?", True, "b")
    labelling.reload()
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    expect(labelling.get_by_label("Unsure")).to_be_checked()
    labelling.goto(reverse("my-answers"))
    expect(labelling.locator(".answers li")).to_contain_text("unsure with a broken record")


def test_skipping_is_s_and_a_number_and_the_pair_is_answered_later(labelling: Page, campaign: Campaign) -> None:
    labelling.keyboard.press("s")
    check_page(labelling)
    labelling.keyboard.press("4")
    expect(labelling.get_by_role("alert").filter(visible=True)).to_contain_text("Say in a comment why")
    expect(labelling.get_by_label("Comment on this pair")).to_be_focused()
    labelling.keyboard.press("Escape")
    labelling.keyboard.press("s")
    labelling.keyboard.press("3")
    expect_pair(labelling, 2)
    expect(labelling.locator("#pair-progress")).to_have_attribute("value", "1")
    assert answers(labelling, campaign) == []
    assert [skip.reason for skip in Skip.objects.all()] == ["not_my_field"]
    labelling.keyboard.press("s")
    labelling.get_by_role("button", name="A picture is missing or useless").click()
    expect_pair(labelling, 3)
    labelling.goto(reverse("label", args=[campaign.pk]))
    expect_pair(labelling, 3)
    labelling.goto(reverse("my-answers"))
    expect(labelling.locator(".answers li").first).to_contain_text("Skipped It is outside my field")
    labelling.get_by_role("link", name="Change").first.click()
    labelling.wait_for_url("**?then=answers")
    labelling.keyboard.press("4")
    expect(labelling.locator(".answers strong").first).to_have_text("Unrelated")
    assert answers(labelling, campaign) == [(1, "unrelated")]


def test_a_comment_shows_at_once_that_it_is_there(labelling: Page) -> None:
    mark = labelling.locator("[data-panel=comment] > summary")
    expect(mark).to_have_text("Comment C", use_inner_text=True)
    labelling.keyboard.press("c")
    labelling.keyboard.type("Two dials")
    expect(mark).to_have_text("Your comment C", use_inner_text=True)
    labelling.keyboard.press("Escape")
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    expect(mark).to_have_text("Comment C", use_inner_text=True)
    labelling.keyboard.press("Backspace")
    expect_pair(labelling, 1)
    expect(mark).to_have_text("Your comment C", use_inner_text=True)


def test_a_click_enlarges_a_picture_over_the_window_and_the_other_beside_it_on_request(labelling: Page) -> None:
    labelling.keyboard.press("1")
    expect_pair(labelling, 2)
    labelling.locator(".shown").first.click()
    enlarged = labelling.get_by_role("dialog")
    expect(enlarged.locator("canvas")).to_have_count(1)
    box = enlarged.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (1366, 850)
    check_page(labelling)
    keep_screenshots(labelling, "labelling-enlarged-one")
    enlarged.get_by_role("button", name="Both together").click()
    expect(enlarged.locator("canvas")).to_have_count(2)
    keep_screenshots(labelling, "labelling-enlarged-both")
    labelling.keyboard.press("z")
    expect(enlarged.locator("canvas")).to_have_count(1)
    labelling.keyboard.press("Escape")
    expect(enlarged).to_have_count(0)
    labelling.get_by_role("button", name="Enlarge").nth(1).click()
    expect(enlarged.get_by_role("img", name="Collection B, enlarged")).to_be_visible()
    labelling.keyboard.press("3")  # an answer needs no way back
    expect_pair(labelling, 3)
    expect(enlarged).to_have_count(0)


def test_the_end_says_what_to_look_at_again_and_my_answers_show_it(labelling: Page, campaign: Campaign) -> None:
    for position, keys in enumerate(["1", "s1", "u3", "u3", "c"], start=1):
        expect_pair(labelling, position)
        for key in keys:
            labelling.keyboard.press(key)
    labelling.keyboard.type("Two dials")
    labelling.keyboard.press("Escape")
    labelling.keyboard.press("1")
    expect(labelling.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(labelling.get_by_role("link", name="1 skipped")).to_be_visible()
    check_page(labelling)
    keep_screenshots(labelling, "finished-look-again", widths=(390, 1366))
    labelling.get_by_role("link", name="2 unsure").click()
    expect(labelling.locator(".answer-position")).to_have_text(["3", "4"])
    check_page(labelling)
    keep_screenshots(labelling, "my-answers-filtered", widths=(390, 820, 1366))
    labelling.get_by_role("link", name="Skipped 1").click()
    expect(labelling.locator(".answer-position")).to_have_text(["2"])
    labelling.get_by_role("link", name="With a comment").click()
    expect(labelling.locator(".answer-position")).to_have_text(["5"])
    labelling.get_by_role("link", name="Same category 2").click()
    expect(labelling.locator(".answer-position")).to_have_text(["3", "4"])


def test_the_last_answers_stand_beside_the_task_on_a_wide_window_on_request(labelling: Page) -> None:
    expect(labelling.get_by_role("button", name="Last answers")).to_be_hidden()
    labelling.set_viewport_size({"width": 1600, "height": 900})
    labelling.keyboard.press("2")
    expect_pair(labelling, 2)
    labelling.get_by_role("button", name="Last answers").click()
    last = labelling.get_by_role("complementary", name="Your last answers")
    expect(last.get_by_role("listitem")).to_have_text([re.compile("Pair 1.*Similar object")])
    labelling.keyboard.press("4")
    expect_pair(labelling, 3)
    expect(last.get_by_role("listitem")).to_have_text([re.compile("Pair 2.*Unrelated"), re.compile("Pair 1")])
    check_accessibility(labelling)
    keep_screenshots(labelling, "labelling-last-answers")
    last.get_by_role("link").first.click()
    expect_pair(labelling, 2)
    labelling.reload()
    expect(last.get_by_role("listitem")).to_have_count(2)


def test_a_key_a_side_shows_the_next_picture(labelling: Page) -> None:
    shown = labelling.locator("[data-stage]").first.locator(".shown:visible")
    for number in (1, 2, 3, 1):
        expect(shown).to_have_attribute("alt", f"Collection A, picture {number} of 3")
        labelling.keyboard.press(",")
    labelling.keyboard.press(".")  # the other side has none
    expect(shown).to_have_attribute("alt", "Collection A, picture 2 of 3")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (820, 1180), (390, 844)])
def test_a_long_text_scrolls_and_its_picture_stays(labelling: Page, width: int, height: int) -> None:
    labelling.set_viewport_size({"width": width, "height": height})
    fold = labelling.locator(".fold > summary")
    expect(fold).to_be_in_viewport(ratio=1)
    stages = labelling.locator("[data-stage]")
    before = stages.first.bounding_box()
    labelling.keyboard.press(":")
    text = labelling.locator(".caption-text").nth(1)
    expect(text).to_be_focused()
    assert stages.first.bounding_box() == before
    assert text.evaluate("each => each.scrollHeight > each.clientHeight || each.clientHeight > 500")
    expect(labelling.get_by_text("Read less")).to_be_in_viewport(ratio=1)
    expect(stages.nth(1)).to_be_in_viewport(ratio=1)
    assert labelling.evaluate("document.documentElement.scrollHeight") <= height
    check_accessibility(labelling)
    keep_screenshots(labelling, f"labelling-text-{width}")
    labelling.keyboard.press(":")
    expect(labelling.get_by_text("Read all")).to_be_visible()


@pytest.mark.page_errors_expected
def test_after_the_last_pair_held_no_key_answers_without_a_connection(
    two_ahead: None, labelling: Page, campaign: Campaign, context: BrowserContext
) -> None:
    labelling.wait_for_load_state("networkidle")
    context.set_offline(True)
    for position in (1, 2, 3):
        expect_pair(labelling, position)
        labelling.keyboard.press("2")
    problem = labelling.get_by_role("alert").filter(visible=True)
    expect(problem).to_contain_text("No connection, and no further pair is held here")
    check_accessibility(labelling)
    labelling.keyboard.press("4")
    labelling.keyboard.press("4")
    context.set_offline(False)
    expect_pair(labelling, 4)
    expect(problem).to_have_count(0)
    assert answers(labelling, campaign) == [(position, "similar_object") for position in (1, 2, 3)]


def test_keys_can_be_changed(labelling: Page, campaign: Campaign) -> None:
    labelling.goto(reverse("guide"))
    labelling.get_by_role("button", name="Change the key for Same category").click()
    labelling.keyboard.press("1")
    expect(labelling.locator("#key-state")).to_have_text("That key is for Same object: press another one.")
    labelling.keyboard.press("j")
    expect(labelling.locator("#key-state")).to_have_text("Same category has a new key.")
    check_page(labelling)
    labelling.goto(reverse("label", args=[campaign.pk]))
    expect(labelling.get_by_role("button", name="Same category").locator("kbd")).to_have_text("J")
    labelling.keyboard.press("3")
    labelling.keyboard.press("j")
    expect_pair(labelling, 2)
    expect(labelling.get_by_role("button", name="Same category").locator("kbd")).to_have_text("J")
    assert answers(labelling, campaign) == [(1, "same_category")]


def test_active_time_leaves_out_what_was_not_looked_at(annotator_page: Page, campaign: Campaign) -> None:
    page = annotator_page
    page.clock.install()
    page.goto(reverse("label", args=[campaign.pk]))
    page.mouse.move(300, 300)
    page.clock.fast_forward(20_000)
    page.mouse.move(310, 300)
    page.clock.fast_forward(30 * 60_000)  # away from the desk with the page open
    page.mouse.move(320, 300)
    page.clock.fast_forward(10_000)
    page.keyboard.press("1")
    page.clock.run_for(1_000)
    expect(page.locator("#pair-count")).to_have_text("Pair 2 of 5")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('answer:'))")
    stored = Annotation.objects.get()
    assert stored.seconds == pytest.approx(1830, abs=5)
    assert stored.active_seconds == pytest.approx(90, abs=5)


def test_the_browser_s_clock_decides_nothing(annotator_page: Page, campaign: Campaign) -> None:
    """One answer from a clock far behind, the next from one far ahead: the server's own order and times hold."""
    started = timezone.now()
    for position, wrong in enumerate((datetime(1999, 1, 1), datetime(2099, 1, 1)), start=1):
        annotator_page.clock.set_system_time(wrong)
        annotator_page.goto(campaign.assignments.get(position=position).get_absolute_url())
        annotator_page.keyboard.press(str(position))
        expect_saved(annotator_page)
    first, second = Annotation.objects.order_by("pk")
    assert started <= first.created <= second.created <= timezone.now()
    assert stored_answers(campaign) == [(1, "same_object"), (2, "similar_object")]


def test_a_break_is_suggested_after_three_quarters_of_an_hour(annotator_page: Page, campaign: Campaign) -> None:
    page = annotator_page
    page.clock.install()
    page.goto(reverse("label", args=[campaign.pk]))
    for _ in range(46):
        page.clock.fast_forward(60_000)
        page.mouse.move(300 + _, 300)
    expect(page.locator("#break")).to_have_text("")
    page.keyboard.press("1")
    expect(page.locator("#break")).to_have_text("46 minutes: time for a break?")
    page.clock.fast_forward(6 * 60_000)
    page.mouse.move(300, 320)
    page.keyboard.press("1")
    expect(page.locator("#break")).to_have_text("")


@pytest.mark.page_errors_expected
def test_a_picture_that_is_not_there_is_said(two_ahead: None, labelling: Page, campaign: Campaign) -> None:
    ahead = campaign.assignments.get(position=4).pair
    Image.objects.filter(record=ahead.a).update(content_hash="0" * 64)
    for position, key in enumerate("123", start=1):
        expect_pair(labelling, position)
        labelling.keyboard.press(key)
    expect_pair(labelling, 4)
    expect(labelling.get_by_alt_text("Collection A: this picture could not be loaded")).to_be_visible()


def test_the_next_pair_and_its_pictures_are_there_before_the_key(labelling: Page, campaign: Campaign) -> None:
    """Without any answer from the server the next pair stands there whole."""
    labelling.wait_for_load_state("networkidle")
    labelling.route("**/*", lambda route: None)  # nothing comes back
    labelling.keyboard.press("1")
    assert labelling.locator("#pair-count").inner_text() == "Pair 2 of 5"
    following = campaign.assignments.get(position=2).pair
    shown = labelling.eval_on_selector_all(
        ".shown", "all => all.map(each => [each.getAttribute('src'), each.complete && each.naturalWidth > 0])"
    )
    assert shown == [[record.images.get().display_url, True] for record in (following.a, following.b)]
    labelling.unroute_all()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (1180, 820), (820, 1180)])
def test_a_pair_and_its_labels_fit_the_window_side_by_side(labelling: Page, width: int, height: int) -> None:
    labelling.set_viewport_size({"width": width, "height": height})
    assert labelling.evaluate("document.documentElement.scrollHeight") <= height
    left, right = (panel.bounding_box() for panel in labelling.locator(".record-panel").all())
    assert left
    assert right
    assert left["y"] == right["y"]
    assert abs(left["height"] - right["height"]) < 1
    for button in labelling.locator(".label-button").all():
        box = button.bounding_box()
        assert box
        assert box["y"] + box["height"] <= height


def test_on_a_phone_both_objects_the_labels_and_one_row_of_header_are_in_view(labelling: Page) -> None:
    labelling.set_viewport_size({"width": 390, "height": 844})
    top, bottom = (panel.bounding_box() for panel in labelling.locator(".record-panel").all())
    header, bar = (labelling.locator(name).bounding_box() for name in (".site-header", ".action-bar"))
    assert top
    assert bottom
    assert header
    assert bar
    assert header["height"] < 56
    assert bottom["y"] >= top["y"] + top["height"]
    assert bottom["y"] + bottom["height"] <= bar["y"]
    assert bar["y"] + bar["height"] <= 844
    assert min(top["height"], bottom["height"]) > 250
    labelling.get_by_text("Menu").click()
    check_page(labelling)
    labelling.get_by_role("link", name="My answers").click()
    expect(labelling.get_by_role("heading", level=1)).to_have_text("My answers")


def test_labelling_pages_are_accessible(labelling: Page, annotator: User, campaign: Campaign) -> None:
    check_page(labelling)
    record_annotation(assignment=campaign.assignments.get(position=1), annotator=annotator, label="unrelated")
    for name in ("home", "guide"):
        labelling.goto(reverse(name))
        check_page(labelling)


def test_a_lead_s_campaign_pages_are_accessible(lead_page: Page, annotator: User, campaign: Campaign) -> None:
    record_annotation(assignment=campaign.assignments.get(position=1), annotator=annotator, label="unrelated")
    pages = [reverse("home"), reverse("campaigns"), reverse("new-campaign")]
    for url in [*pages, reverse("campaign-progress", args=[campaign.pk])]:
        lead_page.goto(url)
        check_page(lead_page)
