"""The result of a campaign, for leads: the answer in words, drawings, tables, caveats, downloads."""

import csv
from collections.abc import Iterable
from itertools import chain
from typing import IO, Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from annotation.access import campaign_lead_required
from annotation.answers import queries
from annotation.exchange.writing import annotation_columns, annotation_rows, skip_rows, write_csv
from annotation.guidance.visibility import may_see_gold
from annotation.labels.queries import label_names
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import open_results
from annotation.results.drawings import drawings
from annotation.results.finer import finer_counts
from annotation.results.quality import answer_quality
from annotation.results.queries import ANALYSIS_JOB, analysis_arguments, campaign_analysis, data_version, full_results
from annotation.results.sealing import is_sealed, openings, require_opened
from annotation.results.sections.whole import result_sections, result_table
from annotation.results.summary import charts as quick_charts
from annotation.results.summary import tables as panels
from heritage.jobs import start_job
from heritage.pages.cells import protect_cell
from heritage.pages.tables import render as render_table

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
    version = _version(found)
    if is_sealed(found, request.user):
        return _sealed(request, found, version)
    if request.htmx and "sealed" in request.GET:
        return HttpResponseClientRefresh()  # it was open when the page came
    if not request.htmx:
        context, depth = _context(request, found, version), _depth_context(found)
        context["drawings"] = context.get("drawings", {}) | depth["drawings"]
        return render(request, "annotation/dashboard.html", depth | context)
    if request.GET.get("seen") == version:
        return HttpResponse(status=204 if found.is_open else STOP_POLLING)
    return render(request, "annotation/_dashboard_results.html", _context(request, found, version))


def _sealed(request: PersonRequest, found: Campaign, version: str) -> HttpResponse:
    if request.htmx and request.GET.get("seen") == version:
        return HttpResponse(status=204)
    context = {
        "campaign": found,
        "version": version,
        "annotators": queries.annotators_progress(found),
        "progress": queries.campaign_progress(found),
        "quality": answer_quality(found),
        "openings": openings(found),
    }
    page = "annotation/_sealed.html" if request.htmx else "annotation/sealed.html"
    return render(request, page, context)


@campaign_lead_required
@require_POST
def open_sealed(request: PersonRequest, found: Campaign) -> HttpResponse:
    """Show this lead the results from now on, and write down that they were looked at."""
    open_results(campaign=found, person=request.user)
    return redirect(found)


@campaign_lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def full_analysis(request: PersonRequest, found: Campaign) -> HttpResponse:
    """POST has the full analysis worked out; GET is for htmx: how far it is, and once it is there all of it."""
    require_opened(found, request.user)
    if request.method == "POST":
        start_job(ANALYSIS_JOB, user=request.user, **analysis_arguments(found))
    if not request.htmx:
        return redirect(f"{found.get_absolute_url()}#depth")
    context = _depth_context(found) | {"campaign": found}
    if request.method == "POST" or context["full"].is_coming:
        return render(request, "annotation/_dashboard_depth_state.html", context)
    answer = render(request, "annotation/_dashboard_depth.html", context)
    return reswap(retarget(answer, "#depth"), "innerHTML")


def _depth_context(found: Campaign) -> dict[str, Any]:
    full = full_results(found)
    sections = result_sections(full.document) if full.document else ()
    return {
        "full": full,
        "sections": sections,
        "drawings": drawings(found, [chart for section in sections for chart in section.charts]),
        # A closed campaign's answers stay as they are: its analysis is worked out without being asked for.
        "starts_itself": not (full.is_current or full.is_coming or full.has_failed)
        and (full.document is None or not found.is_open),
    }


@campaign_lead_required
@require_safe
def table_csv(request: PersonRequest, found: Campaign, table: str) -> HttpResponse:
    """One table of the full analysis that is kept, figures in full."""
    require_opened(found, request.user)
    document = full_results(found).document
    wanted = result_table(document, table) if document else None
    if wanted is None:
        raise Http404("There is no such table.")
    response = _attachment(found, table)
    response.write(render_table(wanted, "csv"))
    return response


@campaign_lead_required
@require_safe
def regressions_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    require_opened(found, request.user)
    analysis = campaign_analysis(found)
    if analysis is None:
        raise Http404("The answers are still being analysed.")
    return _csv(found, "regressions", panels.regression_csv(analysis, simulated=found.simulated))


@campaign_lead_required
@require_safe
def labels_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    require_opened(found, request.user)
    analysis = campaign_analysis(found)
    if analysis is None:
        raise Http404("The answers are still being analysed.")
    return _csv(found, "labels", panels.label_csv(analysis, simulated=found.simulated))


@campaign_lead_required
@require_safe
def annotations_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    """The answers and skipped pairs themselves, as `export_annotations` writes them."""
    require_opened(found, request.user)
    response = _attachment(found, "annotations")
    with_gold = may_see_gold(request.user, found)
    skips = skip_rows(found, with_gold=with_gold)
    rows = chain(annotation_rows(found, with_gold=with_gold), skips)
    write_csv(rows, annotation_columns(found, skips=bool(skips)), cast("IO[str]", response))
    return response


def _version(found: Campaign) -> str:
    """Changes with all that the results show."""
    reflections, renamed = found.reflections.count(), found.earlier_label_names.count()
    return f"{data_version(found)}-{reflections}-{renamed}-{found.state.value}-{found.is_open}"


def _context(request: HttpRequest, found: Campaign, version: str) -> dict[str, Any]:
    analysis = campaign_analysis(found)
    annotators = queries.annotators_progress(found)
    general = {
        "campaign": found,
        "version": version,
        "analysis": analysis,
        "annotators": annotators,
        "has_reflections": any(row.reflection for row in annotators),
        "progress": queries.campaign_progress(found),
        "openings": openings(found),
        "finer_counts": finer_counts(found),
    }
    if analysis is None:
        return general
    intercept = request.GET.get("intercept") != "no"
    names = label_names(found)
    charts = quick_charts.quick_charts(analysis, label_names=names, simulated=found.simulated)

    shown = [charts[name] for name in quick_charts.shown_names(intercept=intercept) if name in charts]
    return general | {
        "overall": analysis.distributions.overall,
        "intercept": intercept,
        "by_model": quick_charts.regression_panel(analysis.stratum_regressions, "model", charts, intercept=intercept),
        "by_modality": quick_charts.regression_panel(
            analysis.membership_regressions, "modality", charts, intercept=intercept
        ),
        "both_ways": panels.both_ways(analysis.regressions),
        "label_chart": charts.get("labels"),
        "grouped_charts": [charts[name] for name in quick_charts.GROUPED if name in charts],
        "label_columns": panels.label_columns(analysis.distributions.overall, names),
        "groupings": panels.groupings(analysis.distributions, names),
        "drawings": drawings(found, shown),
    }


def _csv(found: Campaign, what: str, rows: Iterable[list[Any]]) -> HttpResponse:
    """Texts are kept from running as formulas in a spreadsheet; figures stay figures."""
    response = _attachment(found, what)
    writer = csv.writer(response)
    for row in rows:
        writer.writerow([protect_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return response


def _attachment(found: Campaign, what: str) -> HttpResponse:
    return as_attachment(HttpResponse(content_type="text/csv; charset=utf-8"), found, what, "csv")


def as_attachment(response: HttpResponse, found: Campaign, what: str, ending: str) -> HttpResponse:
    """`response` to be saved under a name that says campaign and content."""
    name = "-".join(filter(None, [slugify(found.name), what, "simulated" if found.simulated else ""]))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response
