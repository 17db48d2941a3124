"""Running one job: its progress goes to its `JobRun`, its failure becomes a sentence."""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from heritage.errors import UserError
from heritage.logs.request_ids import lines_of_job
from heritage.models import JobRun
from heritage.texts import printable

from .actions import INTERRUPTED
from .registry import Outcome, job_kind

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_WRITES = 0.5
LONGEST_STAGE = 200


class JobFailedError(Exception):
    """For the queue: the job ended as failed, and its reason is written down."""


class WorkerStoppingError(Exception):
    """The worker is being shut down; raised out of the running work."""


class JobProgress:
    """`heritage.progress.Progress` that writes to a `JobRun` and raises when the job is to stop.

    It writes on a connection of its own, so that people see it while the work is inside a transaction, and
    at most every half second, so that it costs nothing. A cancellation is seen as often.
    """

    def __init__(self, *, run_id: int, context: JobContext) -> None:
        self._run_id = run_id
        self._context = context
        self._connection = connection.copy()
        self._stage = ""
        self._done = 0
        self._total: int | None = None
        self._written = 0.0

    def start(self, what: str, total: int | None = None) -> None:
        self._stage, self._done, self._total = what[:LONGEST_STAGE], 0, total
        self._write()

    def advance(self, steps: int = 1) -> None:
        self._done += steps
        if time.monotonic() - self._written >= SECONDS_BETWEEN_WRITES or self._done == self._total:
            self._write()
        elif self._context.abort_reason() is AbortReason.SHUTDOWN:
            raise WorkerStoppingError

    def close(self) -> None:
        self._connection.close()

    def _write(self) -> None:
        if self._context.abort_reason() is AbortReason.SHUTDOWN:
            raise WorkerStoppingError
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE heritage_jobrun AS run SET stage = %s, done = %s, total = %s FROM procrastinate_jobs AS job "
                "WHERE run.id = %s AND job.id = run.queue_job_id RETURNING job.abort_requested",
                [self._stage, self._done, self._total, self._run_id],
            )
            row = cursor.fetchone()
        self._written = time.monotonic()
        if row is None or row[0]:
            raise JobAborted


def run_job(context: JobContext, *, run_id: int) -> None:
    """The task that the worker runs for every job. What it raises decides the state that the queue keeps."""
    run = JobRun.objects.get(pk=run_id)
    with lines_of_job(run.pk, request_id=run.request_id, account=run.started_by_id):
        do_work(run, context)


def do_work(run: JobRun, context: JobContext) -> None:
    """Run the job and note what became of it; raises what tells the queue."""
    note(run, started=timezone.now())
    progress = JobProgress(run_id=run.pk, context=context)
    try:
        result = job_kind(run.kind).work(progress, **run.arguments)
    except JobAborted:
        note(run, finished=timezone.now())
        raise
    except WorkerStoppingError:
        note(run, finished=timezone.now(), reason=INTERRUPTED)
        raise JobFailedError(INTERRUPTED) from None
    except UserError as error:
        reason = reason_in_words(error)
        note(run, finished=timezone.now(), reason=reason)
        raise JobFailedError(reason) from None
    except Exception as error:
        logger.exception("Job %s (%s) failed.", run.pk, run.kind)  # its title may name somebody's files
        reason = reason_for(error)
        note(run, finished=timezone.now(), reason=reason)
        raise JobFailedError(reason) from None
    finally:
        progress.close()
    outcome = result if isinstance(result, Outcome) else Outcome(result or "")
    note(run, finished=timezone.now(), result_url=outcome.url, outcome=outcome.words)


def note(run: JobRun, **fields: Any) -> None:
    JobRun.objects.filter(pk=run.pk).update(**fields)


def reason_in_words(error: Exception) -> str:
    """What the error says, fit to be stored and shown: a file may bring anything into it, and where this server keeps
    its data is nobody's business."""
    return printable(str(error)).replace(str(settings.DATA_DIR), "DATA_DIR")


def reason_for(error: Exception) -> str:
    """One sentence for what nobody foresaw. The traceback is in the worker's log."""
    said = " ".join(reason_in_words(error).split())[:300]
    what = f"{type(error).__name__}{': ' + said if said else ''}"
    return f"It failed unexpectedly ({what}): retry it, or ask whoever runs the server, whose log says where."
