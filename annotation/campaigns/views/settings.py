"""What a campaign is called and says, a draft's people and size, how it looks to annotators, and its end as a row."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import campaign_lead_required
from annotation.campaigns.actions import delete_campaign, dependents, edit_campaign, edit_draft
from annotation.campaigns.forms import CampaignTextsForm, DraftForm
from annotation.labels.shown import shown_scheme
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.visibility import blind_records
from annotation.vocabulary import CampaignState
from heritage.audit.actions import audit_deletion
from heritage.errors import UserError
from heritage.models import User
from heritage.pages.fields import check_typed_name
from linking.models import CandidatePair


@campaign_lead_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Name and instructions at any time; people and size of a draft. `change` names the form that is sent."""
    is_draft = campaign.state == CampaignState.DRAFT
    sent = request.POST.get("change", "")
    name = campaign.name
    texts = CampaignTextsForm(
        request.POST if sent == "texts" else None,
        initial={"name": campaign.name, "instructions": campaign.instructions},
    )
    draft = _draft_form(request, campaign, bound=sent == "draft") if is_draft else None
    form = {"texts": texts, "draft": draft}.get(sent)
    if form is not None and form.is_valid():
        try:
            _store(campaign, sent, form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
            campaign.name = name
        else:
            messages.success(request, "The changes are saved.")
            return redirect("campaign-settings", campaign.pk)
    context = {"campaign": campaign, "texts": texts, "draft": draft, "dependents": dependents(campaign)}
    failed = form is not None
    return render(request, "annotation/campaigns/settings.html", context, status=422 if failed else 200)


def _store(campaign: Campaign, which: str, said: dict[str, Any]) -> None:
    if which == "texts":
        edit_campaign(campaign=campaign, **said)
        return
    people = [person.username for person in said["annotators"]]
    edit_draft(
        campaign=campaign,
        annotators=people,
        pairs_each=said["pairs_each"],
        overlap=said["overlap"] / 100,
        intentions=said["intentions"],
    )


def _draft_form(request: PersonRequest, campaign: Campaign, *, bound: bool) -> DraftForm:
    people = User.objects.filter(pk__in=campaign.assignments.order_by().values("annotator"))
    initial = {"annotators": people, "pairs_each": campaign.pairs_each, "overlap": 100 * campaign.overlap}
    initial["intentions"] = campaign.intentions
    pairs = campaign.sampling.pairs.aggregate(n=Count("pk"))["n"]
    return DraftForm(request.POST if bound else None, initial=initial, pairs=pairs)


@campaign_lead_required
@require_POST
def delete(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Where nobody has given anything to it. The name is typed, so that nobody deletes by a slip."""
    name = campaign.name
    try:
        check_typed_name(request, "campaign", name)
        delete_campaign(campaign=campaign)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("campaign-settings", campaign.pk)
    audit_deletion(request, f"campaign {name}")
    messages.success(request, f"{name} is deleted.")
    return redirect("campaigns")


@campaign_lead_required
@never_cache
@require_safe
def preview(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """The campaign's pairs as annotators see them, with its labels; nothing can be answered. `?pair=` counts from 1."""
    pairs = CandidatePair.objects.filter(sampling=campaign.sampling_id, a__isnull=False, b__isnull=False).order_by("pk")
    total = pairs.count()
    asked = request.GET.get("pair", "")
    number = min(max(int(asked), 1), total) if asked.isdecimal() and len(asked) < 10 and total else min(1, total)
    shown = list(pairs.select_related("a", "b")[number - 1 : number]) if number else []
    records = blind_records([(pair.a, pair.b) for pair in shown])
    context = {
        "campaign": campaign,
        "number": number,
        "total": total,
        "records": records[0] if records else (),
        "scheme": shown_scheme(campaign),
    }
    return render(request, "annotation/campaigns/preview.html", context)
