"""Charts in the browser: drawn by the server, then alive under the strict policy, in light and dark, by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.campaigns.actions import close_campaign
from annotation.models import Campaign
from annotation.results.actions import keep_analysis
from heritage.models import User
from heritage.pages.content_security import POLICY
from heritage.progress import NoProgress
from tests.browser.page_checks import check_page
from tests.integration.annotation.results.test_sections import answered_campaign

SIZES = "[...document.querySelectorAll('.chart-drawing')].map((each) => each.getBoundingClientRect().height)"


@pytest.fixture
def campaign(lead: User) -> Campaign:
    campaign = answered_campaign()
    close_campaign(campaign=campaign)
    keep_analysis(campaign=campaign, progress=NoProgress())
    return campaign


def figure(page: Page, title: str) -> Locator:
    return page.locator("figure", has=page.get_by_role("img", name=title, exact=True))


def enliven_all(page: Page) -> None:
    """Scrolls past every chart, as a reader would; each is then drawn by the browser."""
    for chart in page.locator("figure[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-live", "")


def test_charts_come_alive_without_eval_and_nothing_moves(lead_page: Page, campaign: Campaign) -> None:
    places = ["", *(f"results/{each}/" for each in ("labels", "parts", "agreement", "order", "links", "chance"))]
    drawn = 0
    for place in places:
        answer = lead_page.goto(f"{campaign.get_absolute_url()}{place}")
        assert answer is not None
        assert answer.headers["content-security-policy"] == POLICY
        heights = lead_page.evaluate(SIZES)
        drawn += len(heights)
        enliven_all(lead_page)
        assert lead_page.evaluate(SIZES) == pytest.approx(heights, abs=1)
        assert lead_page.locator("figure[data-live] svg.marks").count() == len(heights)
        check_page(lead_page)
    assert drawn >= 12


def test_pointing_at_a_row_tells_its_figure_its_interval_and_n(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(campaign.get_absolute_url())
    chart = figure(lead_page, "Odds ratios of a link, by model")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-live", "")
    chart.locator("svg").get_by_text("model-two", exact=True).hover(force=True)
    tip = lead_page.locator(".chart-tip")
    expect(tip).to_be_visible()
    expect(tip.locator("strong")).to_have_text("model-two")
    for said in ("odds ratio 2.04", "95 % interval 0.18 to 23.39", "n 80"):
        expect(tip).to_contain_text(said)
    lead_page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_colours_follow_the_mode_without_drawing_anew(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(campaign.get_absolute_url())
    chart = figure(lead_page, "Labels of all annotations")
    expect(chart).to_have_attribute("data-live", "")
    word = "(element) => getComputedStyle(element).fill"
    label = chart.locator("svg text", has_text="Similar object")
    lead_page.emulate_media(color_scheme="light")
    assert label.evaluate(word) == "rgb(29, 30, 32)"
    lead_page.emulate_media(color_scheme="dark")
    assert label.evaluate(word) == "rgb(236, 235, 231)"


def test_downloads_are_reached_by_keyboard(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(campaign.get_absolute_url())
    chart = figure(lead_page, "Labels of all annotations")
    chart.locator(".chart-scroll").focus()
    for form in ("SVG", "PNG"):
        lead_page.keyboard.press("Tab")
        expect(lead_page.get_by_role("link", name=f"Labels of all annotations as {form}")).to_be_focused()
    with lead_page.expect_download() as download:
        lead_page.keyboard.press("Enter")
    assert re.fullmatch(r"campaign-\d+-labels\.png", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_the_toggle_brings_a_chart_that_comes_alive_too(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(campaign.get_absolute_url())
    lead_page.get_by_role("link", name="As published").first.click()
    expect(figure(lead_page, "Odds of a link as published, by model")).to_have_attribute("data-live", "")


@pytest.mark.page_errors_expected
def test_without_scripts_the_same_charts_are_there(lead_page: Page, campaign: Campaign) -> None:
    lead_page.route("**/*.js", lambda route: route.abort())
    shown = {
        "": "Labels of all annotations",
        "results/agreement/": "Who takes what for what",
        "results/estimates/": "The same effect by every estimator",
    }
    for place, title in shown.items():
        lead_page.goto(f"{campaign.get_absolute_url()}{place}")
        drawing = figure(lead_page, title).locator("svg.marks")
        expect(drawing).to_be_visible()
        assert drawing.evaluate("(element) => element.getBoundingClientRect().height") > 80
    expect(lead_page.locator("figure[data-live]")).to_have_count(0)
    check_page(lead_page)
