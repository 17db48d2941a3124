"""A campaign's answers, labels, regressions and tables as CSV, for those who may see its results."""

from typing import IO, cast

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from annotation.access import campaign_lead_required
from annotation.exchange.writing import write_annotations
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import require_opened
from annotation.results.queries import campaign_analysis, full_results
from annotation.results.sections.whole import result_table
from annotation.results.summary.tables import label_csv, regression_csv
from heritage.pages.downloads import attachment, csv_download, file_name
from heritage.pages.tables import render


def result_file_name(found: Campaign, what: str, ending: str = "csv") -> str:
    """Of a file of the campaign's results."""
    return file_name(found.name, what, ending=ending, simulated=found.simulated)


@campaign_lead_required
@require_safe
def table_csv(request: PersonRequest, found: Campaign, table: str) -> HttpResponse:
    """One table of the full analysis that is kept, figures in full."""
    require_opened(found, request.user)
    document = full_results(found).document
    wanted = result_table(document, table) if document else None
    if wanted is None:
        raise Http404("There is no such table.")
    return attachment(result_file_name(found, table), content=render(wanted, "csv"))


@campaign_lead_required
@require_safe
def regressions_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    require_opened(found, request.user)
    analysis = campaign_analysis(found)
    if analysis is None:
        raise Http404("The answers are still being analysed.")
    rows = regression_csv(analysis, simulated=found.simulated)
    return csv_download(result_file_name(found, "regressions"), rows)


@campaign_lead_required
@require_safe
def labels_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    require_opened(found, request.user)
    analysis = campaign_analysis(found)
    if analysis is None:
        raise Http404("The answers are still being analysed.")
    return csv_download(result_file_name(found, "labels"), label_csv(analysis, simulated=found.simulated))


@campaign_lead_required
@require_safe
def annotations_csv(request: PersonRequest, found: Campaign) -> HttpResponse:
    """The answers and skipped pairs themselves, as `export_annotations` writes them."""
    require_opened(found, request.user)
    response = attachment(result_file_name(found, "annotations"))
    write_annotations(found, cast("IO[str]", response))
    return response
