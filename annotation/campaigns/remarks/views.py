"""What annotators remark on pairs and records: a page, and a file for whoever mends the records."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.access import campaign_lead_required
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.visibility import refuse_open_hand
from heritage.pages.downloads import csv_download, file_name

from .forms import RemarkFilterForm
from .queries import read_remarks, remark_rows, remarks_page


@campaign_lead_required
@never_cache
@require_safe
def remarks(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """The newest first, by kind, reason and person."""
    refuse_open_hand(request.user, campaign)
    form = RemarkFilterForm(request.GET, campaign=campaign)
    is_valid = form.is_valid()
    page, shown = remarks_page(campaign, form.choice(), reader=request.user, number=request.GET.get("page"))
    context = {"campaign": campaign, "form": form, "page": page, "remarks": shown}
    return render(request, "annotation/campaigns/remarks.html", context, status=200 if is_valid else 422)


@campaign_lead_required
@never_cache
@require_safe
def remarks_file(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """As CSV, without the names of those who remarked; what is wrong in the filter counts as not chosen."""
    refuse_open_hand(request.user, campaign)
    form = RemarkFilterForm(request.GET, campaign=campaign)
    form.is_valid()
    found = read_remarks(campaign, form.choice(), reader=request.user)
    name = file_name(campaign.name, "remarks", ending="csv", simulated=campaign.simulated)
    return csv_download(name, remark_rows(found))
