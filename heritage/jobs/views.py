"""Pages of long work: what waits, what runs and how far it is, what ended and why. For leads."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from heritage.access import lead_required
from heritage.errors import UserError
from heritage.pages.fragments import page_or_fragment
from heritage.pages.sorting import sorted_query

from .actions import cancel_job, retry_job
from .queries import active_runs, job_runs, jobs_ahead, may_follow
from .queue import ACTIVE, State
from .registry import mend_address

RUNS_PER_PAGE = 25
COLUMNS: dict[str, str | Combinable] = {
    "job": Lower("title"),
    "outcome": "state",
    "ended": "finished",
    "took": F("finished") - F("started"),
    "by": Lower("started_by__username"),
}


@require_GET
@lead_required
def jobs(request: HttpRequest) -> HttpResponse:
    """All jobs; as a fragment, the part that changes while something runs."""
    ended, sorting = sorted_query(job_runs().exclude(state__in=ACTIVE), COLUMNS, request)  # type: ignore[misc]
    page = Paginator(ended, RUNS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"active": active_runs(), "page": page, "sorting": sorting}
    return page_or_fragment(request, "heritage/jobs.html", "heritage/_jobs.html", context)


def _followed(request: HttpRequest, pk: int) -> Any:
    run = get_object_or_404(job_runs(), pk=pk)
    if not may_follow(run, request.user):  # type: ignore[arg-type]
        raise PermissionDenied("This page is for project leads.")
    return run


@require_GET
@login_required
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; as a fragment, its state."""
    run = _followed(request, pk)
    context = {
        "run": run,
        "is_active": run.state in ACTIVE,
        "can_retry": run.state in (State.FAILED, State.CANCELLED),
        "mend_url": mend_address(run.kind, run.arguments) if run.state == State.FAILED else "",
        "ahead": jobs_ahead(run) if run.state == State.WAITING else 0,
    }
    return page_or_fragment(request, "heritage/job.html", "heritage/_job.html", context)


@require_POST
@login_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = _followed(request, pk)
    try:
        cancel_job(run=run)
    except UserError as error:
        messages.info(request, str(error))
    return redirect(run)


@require_POST
@login_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    run = _followed(request, pk)
    try:
        return redirect(retry_job(run=run, user=request.user))  # type: ignore[arg-type]
    except UserError as error:
        messages.error(request, str(error))
        return redirect(run)
