"""A lead's campaigns: list, a new one, progress, state and deadline. Results are in the dashboard."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation.access import any_lead_required, campaign_lead_required, led_campaigns
from annotation.answers import queries
from annotation.answers.progress import Progress, campaign_progress
from annotation.campaigns.actions import create_campaign, set_campaign_state, set_deadline
from annotation.campaigns.forms import CampaignForm, DeadlineForm, ReassignForm
from annotation.campaigns.membership import leave_campaign, reassign_remaining
from annotation.campaigns.monitoring import AnnotatorWork, read_work
from annotation.campaigns.remarks.queries import remark_counts
from annotation.guidance.visibility import may_see_gold
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.visibility import has_open_hand
from annotation.vocabulary import CampaignState
from heritage.access import lead_required
from heritage.errors import UserError
from heritage.pages.sorting import sorted_rows
from linking.models import Sampling

CAMPAIGN_COLUMNS: dict[str, Callable[[tuple[Campaign, Progress]], Any]] = {
    "name": lambda row: row[0].name,
    "state": lambda row: list(CampaignState).index(row[0].state),
    "answered": lambda row: row[1].percent,
    "pairs": lambda row: row[1].total,
    "made": lambda row: row[0].created,
}
WORK_COLUMNS: dict[str, Callable[[AnnotatorWork], Any]] = {
    "annotator": lambda row: row.annotator.shown_name,
    "answered": lambda row: row.answered,
    "skipped": lambda row: row.skipped,
    "left": lambda row: row.remaining,
    "unsure": lambda row: row.unsure,
    "each": lambda row: row.seconds_each,
    "last": lambda row: row.last_active,
}


@any_lead_required
@require_safe
def campaigns(request: PersonRequest) -> HttpResponse:
    """Those that the reader leads."""
    led = led_campaigns(request.user).select_related("sampling")
    rows, sorting = sorted_rows([(each, campaign_progress(each)) for each in led], CAMPAIGN_COLUMNS, request)
    context = {"rows": rows, "sorting": sorting, "has_samplings": Sampling.objects.exists()}
    return render(request, "annotation/campaigns/campaigns.html", context)


@lead_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: PersonRequest) -> HttpResponse:
    """The form; `?sampling=` chooses one beforehand."""
    form = CampaignForm(request.POST or None, initial={"sampling": request.GET.get("sampling")})
    if form.is_valid():
        answers = form.cleaned_data
        try:
            campaign = create_campaign(
                **answers
                | {
                    "annotators": [person.username for person in answers["annotators"]],
                    "overlap": answers["overlap"] / 100,
                },
                created_by=request.user,
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            is_draft = campaign.state == CampaignState.DRAFT
            said = "a draft: annotators see it once you open it" if is_draft else _now(campaign, is_new=True)
            messages.success(request, f"{campaign.name} is {said}.")
            return redirect("campaign-progress", campaign.pk)
    return render(request, "annotation/campaigns/new.html", {"form": form}, status=422 if form.is_bound else 200)


@campaign_lead_required
@require_safe
@vary_on_headers("HX-Request")
def progress_page(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """How the work goes: a page, or to htmx what changes on it. A lead who labels here gets neither remarks nor
    reflections of others."""
    work = read_work(campaign, with_gold=may_see_gold(request.user, campaign))
    annotators, sorting = sorted_rows(work.annotators, WORK_COLUMNS, request)
    labels_here = has_open_hand(request.user, campaign)
    context = {
        "labels_here": labels_here,
        "campaign": campaign,
        "work": work,
        "annotators": annotators,
        "sorting": sorting,
        "remarks": [] if labels_here else remark_counts(campaign),
    }
    if request.htmx:
        return render(request, "annotation/campaigns/_work.html", context)
    context |= {
        "deadline_form": DeadlineForm(initial={"deadline": campaign.deadline}),
        "reassign_form": ReassignForm(campaign=campaign),
        "changes": campaign.changes.select_related("changed_by").order_by("-pk"),
        "reflections": [] if labels_here else queries.newest_reflections(campaign),
    }
    return render(request, "annotation/campaigns/progress.html", context)


@campaign_lead_required
@require_POST
def reassign(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Hand somebody's remaining pairs to another annotator of the campaign, or take them back."""
    form = ReassignForm(request.POST, campaign=campaign)
    try:
        if not form.is_valid():
            raise UserError("Choose whose pairs to hand on, and two annotators of this campaign.")
        giver, receiver = form.cleaned_data["giver"], form.cleaned_data["receiver"]
        if receiver is None:
            freed = leave_campaign(campaign=campaign, annotator=giver)
            said = f"{freed} pairs of {giver.username} are free: who joins next gets them."
        else:
            got = reassign_remaining(campaign=campaign, giver=giver, receiver=receiver)
            said = f"{receiver.username} has {got} pairs more; {giver.username} keeps the answers given."
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("campaign-progress", campaign.pk)


@campaign_lead_required
@require_POST
def campaign_state(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Open a campaign, pause it, or close it."""
    is_new = campaign.state == CampaignState.DRAFT
    try:
        set_campaign_state(campaign=campaign, state=request.POST.get("state", ""), changed_by=request.user)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{campaign.name} is {_now(campaign, is_new=is_new)}.")
    return redirect("campaign-progress", campaign.pk)


def _now(campaign: Campaign, *, is_new: bool) -> str:
    if campaign.state == CampaignState.CLOSED:
        return "closed and takes no more answers"
    if campaign.state == CampaignState.PAUSED:
        return "paused: it takes no answers until you resume it"
    if campaign.is_overdue:
        return "open, but its deadline has passed: extend it"
    return "open: its annotators find it when they log in" if is_new else "open again"


@campaign_lead_required
@require_POST
def campaign_deadline(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Move a campaign's deadline, or take it away (an empty one)."""
    form = DeadlineForm(request.POST)
    try:
        if not form.is_valid():
            raise UserError("Write the deadline as date and time, or leave it empty for none.")
        set_deadline(campaign=campaign, deadline=form.cleaned_data["deadline"], changed_by=request.user)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The deadline is set." if campaign.deadline else "There is no deadline any more.")
    return redirect("campaign-progress", campaign.pk)
