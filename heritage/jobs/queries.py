"""Reading jobs: a `JobRun` with the state that the queue gives it."""

from typing import Any

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from procrastinate.contrib.django.models import ProcrastinateJob

from heritage.models import JobRun, User

from .queue import ACTIVE, State


def job_runs() -> QuerySet[JobRun, Any]:
    """All jobs, newest first, each with `state` (a `State`)."""
    queued = ProcrastinateJob.objects.filter(pk=OuterRef("queue_job_id"))
    runs = JobRun.objects.annotate(
        queue_status=Subquery(queued.values("status")), queue_abort=Subquery(queued.values("abort_requested"))
    )
    state = Case(
        When(queue_status="todo", then=Value(State.WAITING)),
        When(queue_status="doing", queue_abort=True, then=Value(State.STOPPING)),
        When(queue_status="doing", then=Value(State.RUNNING)),
        When(queue_status="succeeded", then=Value(State.FINISHED)),
        When(queue_status__in=["cancelled", "aborted"], then=Value(State.CANCELLED)),
        # Also where the queue has lost it.
        default=Value(State.FAILED),
        output_field=CharField(),
    )
    return runs.annotate(state=state).select_related("started_by").order_by("-pk")


def active_runs() -> QuerySet[JobRun, Any]:
    """Those that wait or run, in the order in which they will have run."""
    return job_runs().filter(state__in=ACTIVE).order_by("pk")  # type: ignore[misc]


def same_work_in_hand(kind: str, arguments: dict[str, Any]) -> JobRun | None:
    """A job that already waits or runs for exactly this work."""
    return active_runs().filter(kind=kind, arguments=arguments).exclude(state=State.STOPPING).first()  # type: ignore[misc]


def jobs_ahead(run: JobRun) -> int:
    """How many others are to end before this one begins."""
    return active_runs().filter(pk__lt=run.pk).count()


def may_follow(run: JobRun, user: User) -> bool:
    """Whether `user` may see a job: leads see all, the lead of one campaign what they started themselves."""
    return user.is_lead or run.started_by_id == user.pk
