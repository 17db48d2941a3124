"""A lead's campaigns: list, opening a new one, progress, closing and reopening. Results are in the dashboard."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation import queries
from annotation.actions import close_campaign, create_campaign, reopen_campaign
from annotation.forms import CampaignForm
from annotation.models import Campaign
from heritage.access import lead_required
from heritage.errors import UserError
from linking.models import Sampling

from .requests import PersonRequest


@lead_required
@require_safe
def campaigns(request: PersonRequest) -> HttpResponse:
    rows = [(campaign, queries.campaign_progress(campaign)) for campaign in Campaign.objects.select_related("sampling")]
    return render(request, "annotation/campaigns.html", {"rows": rows, "has_samplings": Sampling.objects.exists()})


@lead_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: PersonRequest) -> HttpResponse:
    """The form; `?sampling=` chooses one beforehand."""
    form = CampaignForm(request.POST or None, initial={"sampling": request.GET.get("sampling")})
    if form.is_valid():
        answers = form.cleaned_data
        try:
            campaign = create_campaign(
                **answers | {"annotators": [person.username for person in answers["annotators"]]},
                created_by=request.user,
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{campaign.name} is open: its annotators find it when they log in.")
            return redirect("campaign-progress", campaign.pk)
    return render(request, "annotation/new_campaign.html", {"form": form}, status=422 if form.is_bound else 200)


@lead_required
@require_safe
@vary_on_headers("HX-Request")
def campaign_progress(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Who is how far: a page, or to htmx the table alone."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    context = {
        "campaign": campaign,
        "progress": queries.campaign_progress(campaign),
        "annotators": queries.annotators_progress(campaign),
    }
    template = "annotation/_progress.html" if request.htmx else "annotation/progress.html"
    return render(request, template, context)


@lead_required
@require_POST
def set_campaign_state(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Close a campaign (`state=closed`) or open it again."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if request.POST.get("state") == "closed":
        close_campaign(campaign=campaign)
        messages.success(request, f"{campaign.name} is closed and takes no more answers.")
    else:
        reopen_campaign(campaign=campaign)
        messages.success(request, f"{campaign.name} is open again.")
    return redirect("campaign-progress", campaign.pk)
