"""The result of a campaign, for leads: the answer in words and drawings, and the way to every section."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from annotation.access import campaign_lead_required
from annotation.answers.progress import annotators_progress, campaign_progress
from annotation.answers.queries import unanswered
from annotation.campaigns.membership import stop_labelling
from annotation.labels.queries import label_names
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import note_look, open_results, require_opened
from annotation.results.drawings import drawings
from annotation.results.finer import finer_counts
from annotation.results.quality import answer_quality
from annotation.results.queries import (
    ANALYSIS_JOB,
    analysis_arguments,
    campaign_analysis,
    data_version,
    full_results,
)
from annotation.results.sealing import is_sealed, openings
from annotation.results.sections.reliance.quality import quality_words
from annotation.results.summary import charts as quick_charts
from annotation.results.summary import tables
from annotation.visibility import has_open_hand, visible_assignments
from annotation.vocabulary import CampaignState
from heritage.audit.actions import audit
from heritage.errors import UserError
from heritage.jobs import start_job
from heritage.models import AuditAction

from .sections import full_sections, quick_sections

STOP_POLLING = 286  # htmx then asks no more


@campaign_lead_required
@require_safe
@never_cache
@vary_on_headers("HX-Request")
def campaign(request: PersonRequest, found: Campaign) -> HttpResponse:
    """The page, or to htmx its results alone; while they are sealed, progress and the quality of the data.

    `?intercept=no` shows the regressions as published. A page that asks again with the version it has `seen`
    gets 204 while nothing has changed, and is told to ask no more once the campaign takes no answers.
    """
    data = data_version(found)
    version = _version(found, data)
    if is_sealed(found, request.user):
        return _sealed(request, found, version)
    if request.htmx and "sealed" in request.GET:
        return HttpResponseClientRefresh()  # it was open when the page came
    note_look(found, request.user)
    if not request.htmx:
        return render(
            request,
            "annotation/results/dashboard.html",
            _sections_context(found, data) | _context(request, found, version, data),
        )
    if request.GET.get("seen") == version:
        return HttpResponse(status=204 if found.is_open else STOP_POLLING)
    return render(request, "annotation/results/_summary.html", _context(request, found, version, data))


def _sealed(request: PersonRequest, found: Campaign, version: str) -> HttpResponse:
    if request.htmx and request.GET.get("seen") == version:
        return HttpResponse(status=204)
    context = {
        "campaign": found,
        "version": version,
        "annotators": annotators_progress(found),
        "progress": campaign_progress(found),
        "quality": answer_quality(found),
        "openings": openings(found),
        "labels_here": has_open_hand(request.user, found),
        "remaining": unanswered(visible_assignments(request.user, found)).count(),
        "is_draft": found.state == CampaignState.DRAFT,
    }
    page = "annotation/results/_sealed.html" if request.htmx else "annotation/results/sealed.html"
    return render(request, page, context)


@campaign_lead_required
@require_POST
def open_sealed(request: PersonRequest, found: Campaign) -> HttpResponse:
    """Show this lead the results from now on, and write down that they were looked at."""
    try:
        open_results(campaign=found, person=request.user)
    except UserError as error:
        messages.error(request, str(error))
    else:
        audit(AuditAction.OPENED, person=request.user, subject=found.name, request=request)
    return redirect(found)


@campaign_lead_required
@require_POST
def stop_labelling_here(request: PersonRequest, found: Campaign) -> HttpResponse:
    """End the reader's own labelling in the campaign, for good, and show the results. `sure` says that they know."""
    try:
        if "sure" not in request.POST:
            raise UserError("Tick that you know that you cannot label here again, then press the button.")
        freed = stop_labelling(campaign=found, annotator=request.user)
        open_results(campaign=found, person=request.user)
    except UserError as error:
        messages.error(request, str(error))
    else:
        audit(AuditAction.OPENED, person=request.user, subject=found.name, request=request)
        free = f" {freed} of your pairs are free: who joins next gets them." if freed else ""
        messages.success(request, f"You have stopped labelling in {found.name}.{free}")
    return redirect(found)


@campaign_lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def full_analysis(request: PersonRequest, found: Campaign) -> HttpResponse:
    """POST has the full analysis worked out; GET is for htmx: how far it is, and once it is there its sections."""
    require_opened(found, request.user)
    if request.method == "POST":
        start_job(ANALYSIS_JOB, user=request.user, **analysis_arguments(found))
    if not request.htmx:
        return redirect(f"{found.get_absolute_url()}#sections")
    context = _sections_context(found) | {"campaign": found}
    if request.method == "POST" or context["full"].is_coming:
        return render(request, "annotation/results/_sections_state.html", context)
    answer = render(request, "annotation/results/_sections.html", context)
    return reswap(retarget(answer, "#sections"), "innerHTML")


def _sections_context(found: Campaign, data: str = "") -> dict[str, Any]:
    full = full_results(found, data)
    return {
        "full": full,
        "quick_sections": quick_sections(),
        "full_sections": full_sections(full.document) if full.document else (),
        "doubts": quality_words(full.document) if full.document else (),
        # A closed campaign's answers stay as they are: its analysis is worked out without being asked for.
        "starts_itself": not (full.is_current or full.is_coming or full.has_failed)
        and (full.document is None or not found.is_open),
    }


def _version(found: Campaign, data: str) -> str:
    """Changes with all that the results show."""
    renamed = found.earlier_label_names.count()
    return f"{data}-{renamed}-{found.state.value}-{found.is_open}"


def _context(request: HttpRequest, found: Campaign, version: str, data: str) -> dict[str, Any]:
    analysis = campaign_analysis(found, data)
    general = {
        "campaign": found,
        "version": version,
        "analysis": analysis,
        "progress": campaign_progress(found),
        "openings": openings(found),
        "finer_counts": finer_counts(found),
    }
    if analysis is None:
        return general
    intercept = request.GET.get("intercept") != "no"
    names = label_names(found)
    charts = quick_charts.quick_charts(analysis, label_names=names, simulated=found.simulated)
    by_model = quick_charts.regression_panel(analysis.shown("stratum"), "model", charts, intercept=intercept)
    shown = [chart for chart in (charts.get("labels"), by_model.chart) if chart]
    return general | {
        "overall": analysis.distributions.overall,
        "intercept": intercept,
        "by_model": by_model,
        "label_chart": charts.get("labels"),
        "label_columns": tables.label_columns(analysis.distributions.overall, names),
        "drawings": drawings(found, shown),
    }
