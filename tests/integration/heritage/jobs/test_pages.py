"""The pages of long work: who may see them, what they show, when they stop asking for news."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from heritage.jobs import registry, start_job
from heritage.jobs.queries import job_runs
from heritage.jobs.queue import State
from heritage.models import JobRun, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(User.objects.create_user("lead", role=Role.LEAD))
    return client


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> JobRun:
    monkeypatch.setattr(registry, "_kinds", {})
    registry.job("test", title="Count {what}")(lambda progress, *, what: None)
    return start_job("test", what="looms")


def end(run: JobRun, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [run.queue_job_id])
        cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, false)", [run.queue_job_id, status])


def test_annotators_are_kept_out(client: Client, run: JobRun) -> None:
    client.force_login(User.objects.create_user("annotator"))
    assert client.get(reverse("jobs")).status_code == 403
    assert client.get(run.get_absolute_url()).status_code == 403
    assert client.post(reverse("cancel-job", args=[run.pk])).status_code == 403


def test_page_of_an_active_job_asks_for_news_and_can_cancel(lead: Client, run: JobRun) -> None:
    page = lead.get(run.get_absolute_url())
    assert "HX-Request" in page["Vary"]
    assert "Count looms" in page.text
    assert "every 1s" in page.text
    assert reverse("cancel-job", args=[run.pk]) in page.text
    fragment = lead.get(run.get_absolute_url(), headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "every 1s" in fragment.text


def test_cancel_and_retry_by_form(lead: Client, run: JobRun) -> None:
    answer = lead.post(reverse("cancel-job", args=[run.pk]))
    assert answer["Location"] == run.get_absolute_url()
    assert job_runs().get().state == State.CANCELLED
    ended = lead.get(run.get_absolute_url())
    assert "every 1s" not in ended.text
    answer = lead.post(reverse("retry-job", args=[run.pk]))
    assert answer["Location"] == JobRun.objects.exclude(pk=run.pk).get().get_absolute_url()


def test_list_shows_why_a_job_failed(lead: Client, run: JobRun) -> None:
    assert "every 2s" in lead.get(reverse("jobs")).text
    end(run, "failed")
    JobRun.objects.update(reason="Import a collection first.")
    page = lead.get(reverse("jobs"))
    assert "Import a collection first." in page.text
    assert "Failed" in page.text
    assert "every 2s" not in page.text


def test_empty_list_says_what_starts_a_job(lead: Client) -> None:
    assert "No jobs yet" in lead.get(reverse("jobs")).text


def test_addresses_change_nothing_by_get(lead: Client, run: JobRun) -> None:
    for name in ("cancel-job", "retry-job"):
        assert lead.get(reverse(name, args=[run.pk])).status_code == 405
