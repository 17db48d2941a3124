"""The pages of long work in a browser: they bring themselves up to date, and stop when there is nothing to come."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from heritage.jobs import registry, start_job
from heritage.models import JobRun, User
from tests.browser.page_checks import check_page


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, lead: User) -> Iterator[JobRun]:
    """A job that a worker has taken up."""
    monkeypatch.setattr(registry, "_kinds", {})
    registry.job("test", title="Embed with {model}")(lambda progress, *, model: None)
    started = start_job("test", user=lead, model="heritage-mini")
    set_queue(started, "doing")
    JobRun.objects.update(stage="Embedding images", done=320, total=600)
    yield started
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def set_queue(run: JobRun, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, run.queue_job_id])


def test_job_page_follows_its_job_to_the_end(lead_page: Page, run: JobRun) -> None:
    lead_page.goto(run.get_absolute_url())
    expect(lead_page.get_by_text("320 of 600")).to_be_visible()
    check_page(lead_page)
    cancel = lead_page.get_by_role("button", name="Cancel")
    cancel.focus()
    JobRun.objects.update(done=321)
    expect(lead_page.get_by_text("321 of 600")).to_be_visible()
    expect(cancel).to_be_focused()

    set_queue(run, "succeeded")
    JobRun.objects.update(result_url=reverse("models"))
    expect(lead_page.get_by_role("link", name="See the result")).to_be_visible()
    assert lead_page.locator("[hx-trigger]").count() == 0
    check_page(lead_page)


def test_cancel_and_list(lead_page: Page, run: JobRun) -> None:
    lead_page.goto(reverse("jobs"))
    check_page(lead_page)
    lead_page.get_by_role("link", name="Embed with heritage-mini").click()
    lead_page.get_by_role("button", name="Cancel").click()
    expect(lead_page.get_by_text("Stopping")).to_be_visible()
    set_queue(run, "failed")
    JobRun.objects.update(reason="Import a collection first.")
    lead_page.goto(reverse("jobs"))
    expect(lead_page.get_by_text("Import a collection first.")).to_be_visible()
    check_page(lead_page)
