"""A campaign's report in the browser, for leads: having it written, and its files."""

from datetime import UTC, datetime
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import campaign_lead_required
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import require_opened
from annotation.results.queries import analysis_arguments
from annotation.results.report.pdf import NO_BROWSER, find_browser
from annotation.results.report.places import FILES, REPORT_JOB, report_folder
from heritage.jobs import may_follow, start_job
from heritage.jobs.queries import same_work_in_hand
from heritage.pages.downloads import file_name


@campaign_lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_page(request: PersonRequest, found: Campaign) -> HttpResponse:
    """POST has the report written; GET shows which files there are."""
    require_opened(found, request.user)
    if request.method == "POST":
        started = start_job(REPORT_JOB, user=request.user, **analysis_arguments(found))
        return redirect(started if may_follow(started, request.user) else request.path)
    folder = report_folder(found)
    files = [name for name in FILES if (folder / name).is_file()]
    made = datetime.fromtimestamp((folder / files[0]).stat().st_mtime, tz=UTC) if files else None
    run = same_work_in_hand(REPORT_JOB, analysis_arguments(found))
    context = {
        "campaign": found,
        "files": files,
        "made": made,
        "no_pdf": "" if find_browser() else NO_BROWSER,
        "run": run,
        "may_follow": run is not None and may_follow(run, request.user),
    }
    return render(request, "annotation/results/report_page.html", context)


@campaign_lead_required
@require_safe
@never_cache
def report_file(request: PersonRequest, found: Campaign, name: str) -> Any:
    """One file, to be saved: shown within the site, the page's own styles would be refused."""
    require_opened(found, request.user)
    path = report_folder(found) / name
    if name not in FILES or not path.is_file():
        raise Http404("There is no such file.")
    stem, _, ending = name.partition(".")
    as_name = file_name(found.name, stem, ending=ending, simulated=found.simulated)
    return FileResponse(path.open("rb"), as_attachment=True, filename=as_name, content_type=FILES[name])
