"""Starting, cancelling and retrying jobs, and settling those that a killed worker left behind."""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status

from heritage.errors import UserError
from heritage.logs.request_ids import current_request_id
from heritage.models import JobRun, User

from .queries import job_runs, same_work_in_hand
from .queue import HEAVY, QUEUE, TASK, State
from .registry import job_kind

INTERRUPTED = "Heritage Weaver stopped while this ran. Press Retry to run it again."


@transaction.atomic
def start_job(kind: str, *, user: User | None = None, **arguments: Any) -> JobRun:
    """Queue the job called `kind`. Starting what already waits or runs (a double click) returns that one."""
    # As the database will give them back: tuples as lists, paths and dates as text.
    arguments = json.loads(json.dumps(arguments, cls=DjangoJSONEncoder))
    title = job_kind(kind).title_for(arguments)
    with connection.cursor() as cursor:
        # Two clicks at the same moment take turns here.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('start_job'), hashtext(%s))", [kind])
    in_hand = same_work_in_hand(kind, arguments)
    if in_hand is not None:
        return in_hand
    run = JobRun.objects.create(
        kind=kind, title=title, arguments=arguments, started_by=user, request_id=current_request_id()
    )
    task = app.configure_task(TASK, allow_unknown=True, queue=QUEUE, lock=HEAVY)
    run.queue_job_id = task.defer(run_id=run.pk)
    run.save(update_fields=["queue_job_id"])
    return run


@transaction.atomic
def cancel_job(*, run: JobRun) -> None:
    """Take a waiting job out of the queue, or ask a running one to stop at its next step."""
    if run.queue_job_id is None or not app.job_manager.cancel_job_by_id(run.queue_job_id, abort=True):
        raise UserError("This job has already ended.")
    if ProcrastinateJob.objects.filter(pk=run.queue_job_id, status="cancelled").exists():
        JobRun.objects.filter(pk=run.pk).update(finished=timezone.now())


def retry_job(*, run: JobRun, user: User | None = None) -> JobRun:
    """Start the same work again as a new job; the old one stays as it ended."""
    state = job_runs().get(pk=run.pk).state
    if state not in (State.FAILED, State.CANCELLED):
        raise UserError("Only a job that failed or was cancelled can be retried.")
    try:
        return start_job(run.kind, user=user, **run.arguments)
    except KeyError as error:
        raise UserError("This kind of job is no longer known; start the work anew from its page.") from error


def settle_abandoned_jobs() -> int:
    """Mark as failed, or as cancelled if that was asked, what a worker was at when it was killed.

    Only the one worker may call it, before it takes up jobs: whatever is marked as running then is not.
    Returns how many there were.
    """
    finish = async_to_sync(app.job_manager.finish_job_by_id_async)  # it has no other
    abandoned = list(ProcrastinateJob.objects.filter(queue_name=QUEUE, status="doing"))
    for queued in abandoned:
        status = Status.ABORTED if queued.abort_requested else Status.FAILED
        reason = "" if queued.abort_requested else INTERRUPTED
        with transaction.atomic():
            JobRun.objects.filter(queue_job_id=queued.pk).update(finished=timezone.now(), reason=reason)
            finish(job_id=queued.pk, status=status, delete_job=False)
    return len(abandoned)
