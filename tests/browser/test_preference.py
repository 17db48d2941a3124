"""A preference study in a real browser: choosing by keys, by touch and without a script; a lead's pages."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotation.models.preference import PreferenceAnswer, PreferenceStudy
from annotation.preference.actions import record_answer
from heritage.models import User
from tests.browser.page_checks import check_page, follow
from tests.browser.test_labelling import A_LOOK_MS, draw_pictures, expect_saved
from tests.factories import UserFactory, preference_study


@pytest.fixture
def study(annotator: User) -> PreferenceStudy:
    study = preference_study(annotator, name="Whose results", slices=("1-4", "5-9"), queries=("lamp", "telephone"))
    draw_pictures()
    record = study.choices.get(position=1).query.results.first().record
    record.name = "A telephone with a candlestick stand, transmitter, receiver and a very long name in the catalogue"
    record.save()
    return study


@pytest.fixture
def choosing(annotator_page: Page, study: PreferenceStudy) -> Page:
    """The page of the first choice."""
    annotator_page.goto(reverse("choose", args=[study.pk]))
    return annotator_page


def expect_choice(page: Page, position: int) -> None:
    """The choice is shown, and has been for long enough to be made."""
    expect(page.locator("#choice-count")).to_have_text(f"Choice {position} of 4")
    page.wait_for_timeout(A_LOOK_MS)


def answers(page: Page, study: PreferenceStudy) -> list[tuple[int, int]]:
    """The stored answers, once the browser has none waiting."""
    expect_saved(page)
    return stored_answers(study)


def stored_answers(study: PreferenceStudy) -> list[tuple[int, int]]:
    """Every stored answer, corrected ones too, as (position, row) in the order of storing."""
    stored = PreferenceAnswer.objects.filter(choice__study=study).order_by("pk")
    return list(stored.values_list("choice__position", "row"))


def test_the_whole_study_by_keys(choosing: Page, study: PreferenceStudy) -> None:
    check_page(choosing)
    choosing.evaluate("window.stayed = true")
    for position, key in enumerate("1320", start=1):
        expect_choice(choosing, position)
        query = study.choices.get(position=position).query.text
        expect(choosing.get_by_role("heading", level=1)).to_have_text(f"Choice {position}: {query}")
        expect(choosing).to_have_title(f"Choice {position} of 4 · Heritage Weaver")
        assert choosing.evaluate("window.stayed")
        if position > 1:
            expect(choosing.locator("#choice-heading")).to_be_focused()
            expect(choosing.locator("#saved")).to_have_text("Saved")
            expect(choosing.locator("#choice-progress")).to_have_attribute("value", str(position - 1))
        choosing.keyboard.press(key)
    expect(choosing.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert answers(choosing, study) == [(1, 1), (2, 3), (3, 2), (4, 0)]
    assert all(0 < (seconds or 0) < 60 for seconds in PreferenceAnswer.objects.values_list("seconds", flat=True))
    check_page(choosing)


def test_going_back_and_changing(choosing: Page, study: PreferenceStudy) -> None:
    choosing.keyboard.press("1")
    expect_choice(choosing, 2)
    choosing.keyboard.press("Backspace")
    expect_choice(choosing, 1)
    expect(choosing.get_by_role("button", name="Row 1 (your choice)")).to_have_attribute("aria-current", "true")
    check_page(choosing)
    choosing.keyboard.press("c")
    choosing.keyboard.type("2 of these are lamps")
    check_page(choosing)
    choosing.get_by_role("button", name="Row 2").click()
    expect_choice(choosing, 2)
    expect_saved(choosing)
    choosing.goto(reverse("my-choices", args=[study.pk]))
    expect(choosing.get_by_text("2 of these are lamps")).to_be_visible()
    choosing.get_by_role("link", name="Change").click()
    choosing.wait_for_url("**?then=choices")  # keys work once the page's script has run
    choosing.keyboard.press("0")
    expect(choosing.locator(".answers strong")).to_have_text("None is better")
    assert answers(choosing, study) == [(1, 1), (1, 2), (1, 0)]


def test_a_double_click_chooses_once(choosing: Page, study: PreferenceStudy) -> None:
    choosing.get_by_role("button", name="Row 2").dblclick()
    expect_choice(choosing, 2)
    choosing.wait_for_timeout(300)
    assert answers(choosing, study) == [(1, 2)]


def test_rows_are_buttons_that_say_what_they_hold(choosing: Page, study: PreferenceStudy) -> None:
    choice = study.choices.get(position=1)
    first, last = map(int, choice.slice.split("-"))
    names = choice.query.results.filter(model_slug=choice.rows[0][0], rank__gte=first, rank__lte=last)
    words = [re.escape(name) for name in names.order_by("rank").values_list("record__name", flat=True)]
    row = choosing.get_by_role("button", name=re.compile(r"^Row 1\s?: " + r"\s*;\s*".join(words)))
    row.focus()
    choosing.keyboard.press("Enter")
    expect_choice(choosing, 2)
    assert answers(choosing, study) == [(1, 1)]


def test_all_rows_and_the_bar_fit_the_window_and_nothing_moves(choosing: Page, study: PreferenceStudy) -> None:
    def places() -> list[dict[str, float]]:
        return [
            box
            for selector in (".result-row", ".action-bar .label-button")
            for box in choosing.eval_on_selector_all(
                selector,
                "all => all.map(each => (({x, y, width, height}) => ({x, y, width, height}))"
                "(each.getBoundingClientRect()))",
            )
        ]

    for width, height in ((1366, 768), (1920, 1080), (1180, 820)):
        choosing.set_viewport_size({"width": width, "height": height})
        assert choosing.evaluate("document.documentElement.scrollHeight") <= height
    before = places()
    assert len(before) == 4
    choosing.keyboard.press("1")
    expect_choice(choosing, 2)
    assert places() == before


def test_the_next_choice_and_its_pictures_are_there_before_the_key(choosing: Page, study: PreferenceStudy) -> None:
    """Without any answer from the server the next choice stands there whole."""
    choosing.wait_for_load_state("networkidle")
    choosing.route("**/*", lambda route: None)  # nothing comes back
    choosing.keyboard.press("1")
    assert choosing.locator("#choice-count").inner_text() == "Choice 2 of 4"
    shown = choosing.eval_on_selector_all(
        ".result .shown", "all => all.map(each => each.complete && each.naturalWidth > 0)"
    )
    assert len(shown) >= 12
    assert all(shown)
    choosing.unroute_all()


@pytest.mark.page_errors_expected
def test_choices_made_offline_are_stored_once_when_the_server_is_back(
    choosing: Page, study: PreferenceStudy, context: BrowserContext
) -> None:
    choosing.wait_for_load_state("networkidle")
    context.set_offline(True)
    for position, key in enumerate("123", start=1):
        expect_choice(choosing, position)
        choosing.keyboard.press(key)
    expect(choosing.locator("#saved")).to_have_text("3 answers not yet saved")
    expect_choice(choosing, 3)
    expect(choosing.get_by_role("button", name="Row 3 (your choice)")).to_have_attribute("aria-current", "true")
    assert stored_answers(study) == []
    context.set_offline(False)
    expect_choice(choosing, 4)
    expect(choosing.locator("#saved")).to_have_text("Saved")
    assert answers(choosing, study) == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.page_errors_expected
def test_a_closed_tab_s_choice_is_sent_on_coming_back(
    choosing: Page, study: PreferenceStudy, context: BrowserContext
) -> None:
    choosing.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    choosing.keyboard.press("2")
    expect_choice(choosing, 2)
    choosing.goto(reverse("choose", args=[study.pk]))  # leads to the first choice, whose answer still waits
    expect_choice(choosing, 2)
    choosing.close(run_before_unload=True)
    assert stored_answers(study) == []
    page = context.new_page()
    page.goto(reverse("my-choices", args=[study.pk]))
    assert answers(page, study) == [(1, 2)]


def test_zoom_enlarges_all_pictures_around_the_same_place(choosing: Page, study: PreferenceStudy) -> None:
    choosing.keyboard.press("z")
    choosing.keyboard.press("ArrowRight")
    zoom = choosing.get_by_role("button", name="Zoom")
    expect(zoom).to_have_attribute("aria-pressed", "true")
    styles = choosing.eval_on_selector_all(".result .shown", "all => all.map(each => getComputedStyle(each).transform)")
    assert set(styles) == {"matrix(2.5, 0, 0, 2.5, 0, 0)"}
    choosing.keyboard.press("Escape")
    expect(zoom).to_have_attribute("aria-pressed", "false")


def test_by_touch_and_without_a_script(
    study: PreferenceStudy,
    annotator: User,
    browser: Browser,
    base_url: str,
    context: BrowserContext,
    log_in: Callable[[User], None],
) -> None:
    log_in(annotator)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=context.storage_state(), **phone
    ) as plain:
        page = plain.new_page()
        page.goto(reverse("home"))
        page.get_by_role("link", name="Start").tap()
        expect_choice(page, 1)
        page.locator(".result .stage").nth(5).tap()  # anywhere on the second row
        expect_choice(page, 2)
        page.get_by_role("button", name="None is better").tap()
        expect_choice(page, 3)
        page.get_by_role("link", name="Back").tap()
        page.get_by_role("button", name="Row 3").tap()
        expect_choice(page, 3)
    assert stored_answers(study) == [(1, 2), (2, 0), (2, 3)]


def test_a_lead_s_pages(lead_page: Page, study: PreferenceStudy) -> None:
    for choice in study.choices.select_related("annotator"):
        row = 1 + choice.rows.index(["model-two"]) if choice.position > 1 else 0
        record_answer(choice=choice, annotator=choice.annotator, row=row)
    UserFactory(username="grace")
    lead_page.goto(reverse("campaigns"))
    follow(lead_page, "Preference studies", "Preference studies")
    check_page(lead_page)
    lead_page.get_by_role("link", name="Whose results").click()
    answer = lead_page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("Experts chose the rows of model-two most often, in 75 % of 4 answers.")
    expect(answer).to_contain_text("In 25 % no row was better.")
    expect(lead_page.get_by_role("img", name="Whose rows were chosen?")).to_be_visible()
    check_page(lead_page)


@pytest.mark.page_errors_expected  # 422 is reported by the browser as an error
def test_a_lead_makes_a_study(lead_page: Page, study: PreferenceStudy) -> None:
    lead_page.goto(reverse("new-preference-study"))
    queries = lead_page.get_by_role("textbox", name="Queries")
    expect(queries).to_have_value(re.compile("telephone"))
    lead_page.get_by_role("textbox", name="Name").fill("Lamps")
    queries.fill("")
    lead_page.get_by_role("button", name="Draw other queries").click()
    expect(queries).to_have_value(re.compile("telephone"))
    expect(lead_page.get_by_role("textbox", name="Name")).to_have_value("Lamps")
    check_page(lead_page)
    lead_page.get_by_label("annotator", exact=True).check()
    lead_page.get_by_role("button", name="Search and open").click()
    expect(lead_page.get_by_text("tick at least two")).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_label("heritage-mini").check()
    lead_page.get_by_role("button", name="Search and open").click()
    expect(lead_page.get_by_role("alert").filter(visible=True)).to_contain_text("name at least two")
