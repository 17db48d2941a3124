"""The result of a campaign, for leads: the answer in words, drawings, tables, caveats, downloads."""

import csv
import uuid
from collections.abc import Iterable
from typing import IO, Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from heritage.access import lead_required
from heritage.cells import protect_cell

from . import dashboard_panels as panels
from . import queries
from .exchange.writing import annotation_columns, annotation_rows, write_csv
from .models import Campaign
from .results import campaign_analysis, data_version

STOP_POLLING = 286  # htmx then asks no more


@lead_required
@require_safe
@never_cache
@vary_on_headers("HX-Request")
def campaign(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The page, or to htmx its results alone.

    `?intercept=no` shows the regressions as published. A page that asks again with the version it has `seen`
    gets 204 while nothing has changed, and is told to ask no more once the campaign takes no answers.
    """
    found = _campaign(campaign_id)
    version = _version(found)
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "annotation/dashboard.html", _context(request, found, version))
    if request.GET.get("seen") == version:
        return HttpResponse(status=204 if found.is_open else STOP_POLLING)
    return render(request, "annotation/_dashboard_results.html", _context(request, found, version))


@lead_required
@require_safe
def regressions_csv(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    found = _campaign(campaign_id)
    rows = panels.regression_csv(campaign_analysis(found), simulated=found.simulated)
    return _csv(found, "regressions", rows)


@lead_required
@require_safe
def labels_csv(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    found = _campaign(campaign_id)
    return _csv(found, "labels", panels.label_csv(campaign_analysis(found), simulated=found.simulated))


@lead_required
@require_safe
def annotations_csv(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The answers themselves, as `export_annotations` writes them."""
    found = _campaign(campaign_id)
    response = _attachment(found, "annotations")
    write_csv(annotation_rows(found), annotation_columns(found), cast("IO[str]", response))
    return response


def _campaign(campaign_id: uuid.UUID) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("sampling"), pk=campaign_id)


def _version(found: Campaign) -> str:
    """Changes with all that the results show."""
    reflections = found.reflections.count()
    return f"{data_version(found)}-{reflections}-{found.state.value}-{found.is_open}"


def _context(request: HttpRequest, found: Campaign, version: str) -> dict[str, Any]:
    analysis = campaign_analysis(found)
    intercept = request.GET.get("intercept") != "no"
    annotators = queries.annotators_progress(found)
    return {
        "campaign": found,
        "version": version,
        "analysis": analysis,
        "overall": analysis.distributions.overall,
        "intercept": intercept,
        "by_model": panels.regression_panel(analysis.stratum_regressions, intercept=intercept),
        "by_modality": panels.regression_panel(analysis.membership_regressions, intercept=intercept),
        "both_ways": panels.both_ways(analysis.regressions),
        "label_chart": panels.label_chart(analysis.distributions.overall),
        "label_columns": panels.label_columns(analysis.distributions.overall),
        "groupings": panels.groupings(analysis.distributions),
        "stacked_width": panels.STACKED_WIDTH,
        "annotators": annotators,
        "has_reflections": any(row.reflection for row in annotators),
        "progress": queries.campaign_progress(found),
    }


def _csv(found: Campaign, what: str, rows: Iterable[list[Any]]) -> HttpResponse:
    """Texts are kept from running as formulas in a spreadsheet; figures stay figures."""
    response = _attachment(found, what)
    writer = csv.writer(response)
    for row in rows:
        writer.writerow([protect_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return response


def _attachment(found: Campaign, what: str) -> HttpResponse:
    name = "-".join(filter(None, [slugify(found.name), what, "simulated" if found.simulated else ""]))
    return HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'}
    )
