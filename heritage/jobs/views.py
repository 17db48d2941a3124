"""Pages of long work: what waits, what runs and how far it is, what ended and why. For leads."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from heritage.access import lead_required
from heritage.errors import UserError
from heritage.pages.fragments import page_or_fragment

from .actions import cancel_job, retry_job
from .queries import active_runs, job_runs, jobs_ahead
from .queue import ACTIVE, State
from .registry import mend_address

RUNS_PER_PAGE = 25


@require_GET
@lead_required
def jobs(request: HttpRequest) -> HttpResponse:
    """All jobs; as a fragment, the part that changes while something runs."""
    ended = Paginator(job_runs().exclude(state__in=ACTIVE), RUNS_PER_PAGE)  # type: ignore[misc]
    context = {"active": active_runs(), "page": ended.get_page(request.GET.get("page"))}
    return page_or_fragment(request, "heritage/jobs.html", "heritage/_jobs.html", context)


@require_GET
@lead_required
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; as a fragment, its state."""
    run = get_object_or_404(job_runs(), pk=pk)
    context = {
        "run": run,
        "is_active": run.state in ACTIVE,
        "can_retry": run.state in (State.FAILED, State.CANCELLED),
        "mend_url": mend_address(run.kind, run.arguments) if run.state == State.FAILED else "",
        "ahead": jobs_ahead(run) if run.state == State.WAITING else 0,
    }
    return page_or_fragment(request, "heritage/job.html", "heritage/_job.html", context)


@require_POST
@lead_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(job_runs(), pk=pk)
    try:
        cancel_job(run=run)
    except UserError as error:
        messages.info(request, str(error))
    return redirect(run)


@require_POST
@lead_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(job_runs(), pk=pk)
    try:
        return redirect(retry_job(run=run, user=request.user))  # type: ignore[arg-type]
    except UserError as error:
        messages.error(request, str(error))
        return redirect(run)
