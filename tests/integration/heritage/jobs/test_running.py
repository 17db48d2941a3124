"""Jobs from start to end, through the real queue and the real worker."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection, transaction

from heritage.errors import UserError
from heritage.jobs import registry, start_job
from heritage.jobs.actions import INTERRUPTED, cancel_job, retry_job
from heritage.jobs.queries import job_runs, jobs_ahead
from heritage.jobs.queue import State
from heritage.jobs.worker import run_worker
from heritage.models import JobRun
from heritage.progress import Progress

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    """The queue's tables are not Django's, so that it does not empty them between tests."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[registry.Work], str]:
    """Registers work under a name for the length of a test."""
    monkeypatch.setattr(registry, "_kinds", {})

    def register(work: registry.Work) -> str:
        registry.job("test", title="Count {what}")(work)
        return "test"

    return register


def work_off(run: JobRun) -> JobRun:
    """`run`, with its state, after the worker has done all there was."""
    run_worker(wait=False)
    return job_runs().get(pk=run.pk)


def test_job_that_succeeds_says_how_far_it_came_and_where_its_result_is(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> str:
        progress.start("Counting", 3)
        for _ in range(3):
            progress.advance()
        return f"/{what}/"

    run = start_job(kind(count), what="looms")
    assert job_runs().get().state == State.WAITING
    done = work_off(run)
    assert (done.title, done.state, done.result_url) == ("Count looms", State.FINISHED, "/looms/")
    assert (done.stage, done.done, done.total) == ("Counting", 3, 3)
    assert done.created < done.started < done.finished


def test_user_error_becomes_the_reason(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> None:
        raise UserError("Import a collection first.")

    failed = work_off(start_job(kind(count), what="looms"))
    assert (failed.state, failed.reason) == (State.FAILED, "Import a collection first.")


@pytest.mark.parametrize("error", [UserError, ValueError])
def test_a_reason_holds_nothing_that_cannot_be_stored_and_no_place_of_this_server(
    kind: Callable[..., str], error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    # The traceback of what nobody foresaw holds what the error holds, and xdist sends what is logged as UTF-8.
    caplog.set_level(logging.CRITICAL, logger="heritage.jobs.running")

    def read(progress: Progress, *, what: str) -> None:
        raise error(f"{settings.DATA_DIR}/uploads/1.csv has no column \udcfc\0nr")

    failed = work_off(start_job(kind(read), what="looms"))
    assert failed.state == State.FAILED
    assert "DATA_DIR/uploads/1.csv has no column \ufffd\ufffdnr" in failed.reason
    assert str(settings.DATA_DIR) not in failed.reason


def test_unforeseen_error_becomes_a_sentence_and_its_traceback_is_logged(
    kind: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    def count(progress: Progress, *, what: str) -> None:
        raise ZeroDivisionError("division\nby zero")

    failed = work_off(start_job(kind(count), what="looms"))
    assert failed.state == State.FAILED
    assert failed.reason == (
        "It failed unexpectedly (ZeroDivisionError: division by zero): retry it, or ask whoever runs the server, "
        "whose log says where."
    )
    assert "Traceback" in caplog.text


def test_progress_is_seen_although_the_work_is_in_a_transaction(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> None:
        with transaction.atomic():
            progress.start("Counting", 10)
            progress.advance(10)
            raise UserError("Rolled back.")

    failed = work_off(start_job(kind(count), what="looms"))
    assert (failed.done, failed.total, failed.reason) == (10, 10, "Rolled back.")


def test_progress_is_written_twice_a_second_at_most(kind: Callable[..., str]) -> None:
    writes = []

    def count(progress: Progress, *, what: str) -> None:
        write = progress._write  # type: ignore[attr-defined]
        progress._write = lambda: (writes.append(1), write())  # type: ignore[attr-defined]
        progress.start("Counting", 100_000)
        for _ in range(10_000):
            progress.advance()

    work_off(start_job(kind(count), what="looms"))
    assert len(writes) <= 3


def test_cancelled_while_waiting_never_runs(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> None:
        raise AssertionError("it ran")

    run = start_job(kind(count), what="looms")
    cancel_job(run=run)
    assert work_off(run).state == State.CANCELLED
    with pytest.raises(UserError, match="already ended"):
        cancel_job(run=run)


def test_cancelled_while_running_stops_at_its_next_step(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> None:
        progress.start("Counting", 2)
        cancel_job(run=JobRun.objects.get())
        assert job_runs().get().state == State.STOPPING
        progress.advance(2)
        raise AssertionError("it went on")

    cancelled = work_off(start_job(kind(count), what="looms"))
    assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "")
    assert cancelled.finished is not None


def test_retry_is_a_new_job_with_the_same_arguments(kind: Callable[..., str]) -> None:
    outcomes = [UserError("Not yet."), None]

    def count(progress: Progress, *, what: str) -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    failed = work_off(start_job(kind(count), what="looms"))
    again = retry_job(run=failed)
    assert again.pk != failed.pk
    assert again.arguments == {"what": "looms"}
    done = work_off(again)
    assert done.state == State.FINISHED
    with pytest.raises(UserError, match="failed or was cancelled"):
        retry_job(run=done)


def test_double_click_starts_one_job(kind: Callable[..., str]) -> None:
    name = kind(lambda progress, *, what: None)
    first = start_job(name, what="looms")
    assert start_job(name, what="looms") == first
    other = start_job(name, what="lamps")
    assert other != first
    assert (jobs_ahead(first), jobs_ahead(other)) == (0, 1)


def test_job_of_a_killed_worker_is_marked_and_can_be_retried(kind: Callable[..., str]) -> None:
    run = start_job(kind(lambda progress, *, what: None), what="looms")
    with connection.cursor() as cursor:  # as a worker leaves it that is killed right after taking it up
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [run.queue_job_id])
    interrupted = work_off(run)
    assert (interrupted.state, interrupted.reason) == (State.FAILED, INTERRUPTED)
    assert work_off(retry_job(run=interrupted)).state == State.FINISHED


def test_job_can_start_another(kind: Callable[..., str]) -> None:
    def count(progress: Progress, *, what: str) -> None:
        if what == "looms":
            start_job("test", what="lamps")

    start_job(kind(count), what="looms")
    run_worker(wait=False)
    assert sorted(job_runs().values_list("title", "state")) == [
        ("Count lamps", State.FINISHED),
        ("Count looms", State.FINISHED),
    ]


def test_unknown_kind_is_the_programmers_mistake() -> None:
    with pytest.raises(KeyError, match="No job is called 'nonsense'"):
        start_job("nonsense")
