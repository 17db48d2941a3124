"""The whole way of a lead with the Tab key and what a keyboard has besides: from the log-in to the signed-off link."""

import re
import threading
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Locator, Page, expect

from annotation.answers.actions import record_annotation
from annotation.models import Assignment, Campaign, LinkReview
from heritage.jobs.worker import run_worker
from heritage.models import User
from tests.browser.page_checks import check_page
from tests.factories import UserFactory, collections_with_vectors

MOST_TABS = 120


def tab_to(page: Page, control: Locator) -> None:
    """Tab until the control, or the chosen one of its group of radio buttons, has the focus."""
    expect(control).to_be_visible()
    for _ in range(MOST_TABS):
        if control.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {control}")


def press(page: Page, control: Locator, key: str = "Enter") -> None:
    tab_to(page, control)
    page.keyboard.press(key)


def write(page: Page, control: Locator, text: str) -> None:
    tab_to(page, control)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, control: Locator, option: str) -> None:
    """In a list: the first letters choose."""
    tab_to(page, control)
    page.keyboard.type(option)
    expect(control.locator("option:checked")).to_have_text(re.compile(f"^{re.escape(option)}"))


def work_off() -> None:
    """What waits in the queue, in a thread: an event loop runs in the tests' own."""

    def work() -> None:
        run_worker(wait=False)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(60)
    assert not worker.is_alive()


@pytest.mark.page_errors_expected  # the records' pictures have rows, but no files
def test_from_the_log_in_to_the_signed_off_link(page: Page, lead: User, transactional_db: None, tmp_path: Path) -> None:
    cache.clear()
    collections_with_vectors({"smg": 18, "nms": 12}, ["base", "tuned"])
    grace = UserFactory(username="grace")

    page.goto("/login/")
    write(page, page.get_by_label("User name"), "lead")
    write(page, page.get_by_label("Password"), "a long password")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Pairs"))
    press(page, page.get_by_role("link", name="New sampling"))
    write(page, page.get_by_label("Name", exact=True), "Pilot")
    choose(page, page.get_by_label("Base model"), "base")
    press(page, page.get_by_role("group", name="Other models").get_by_label("tuned"), "Space")
    write(page, page.get_by_label("Percentile", exact=True), "80")
    write(page, page.get_by_label("Pairs from each stratum"), "2")
    press(page, page.get_by_role("button", name="Draw pairs"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sample pairs: Pilot")
    work_off()
    press(page, page.get_by_role("link", name="See the result"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Pilot")

    press(page, page.get_by_role("link", name="Start a campaign"))
    write(page, page.get_by_label("Name", exact=True), "Mills")
    press(page, page.get_by_role("group", name="Annotators").get_by_label("grace"), "Space")
    press(page, page.get_by_role("button", name="Make the campaign"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Progress")
    campaign = Campaign.objects.get()
    for place, each in enumerate(Assignment.objects.order_by("position")):
        record_annotation(
            assignment=each, annotator=grace, label=("same_object", "similar_object", "unrelated")[place % 3]
        )

    tabs = page.get_by_role("navigation", name="Mills")
    press(page, page.get_by_role("button", name="Close"))
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    press(page, tabs.get_by_role("link", name="Result"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Mills")
    check_page(page)
    with page.expect_download() as downloading:
        press(page, page.locator("#downloads").get_by_role("link", name="Annotations"))
    downloading.value.save_as(tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text(encoding="utf-8-sig").count("\n") == Assignment.objects.count() + 1

    press(page, tabs.get_by_role("link", name="Links"))
    expect(page.locator("#links")).to_be_visible()
    page.wait_for_load_state("load")  # by then the script listens
    page.keyboard.press("n")
    expect(page.locator("[data-open]").first).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator("#link-counts")).to_contain_text("1 signed off")
    assert LinkReview.objects.filter(campaign=campaign, verdict="signed_off").count() == 1
