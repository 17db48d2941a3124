"""Who takes part in a campaign: invitations to it, and those who lead it."""

import uuid
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.access import campaign_lead_required
from annotation.campaigns.accounts import account_in_hand, annotator_accounts
from annotation.campaigns.forms import InvitationForm
from annotation.campaigns.invitations import invite, with_uses, withdraw_invitation
from annotation.campaigns.leads import grant_lead, withdraw_lead
from annotation.campaigns.queries import free_pairs
from annotation.models import Campaign
from annotation.requests import PersonRequest
from heritage.access import lead_required
from heritage.accounts.passwords import reset_password
from heritage.accounts.second_factor.factors import remove_second_factor
from heritage.accounts.tokens import end_token
from heritage.audit.actions import audit
from heritage.errors import UserError
from heritage.models import AuditAction


@campaign_lead_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Invitations and leads. A post makes an invitation, whose link is in the answer and nowhere else."""
    form = InvitationForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, token = invite(campaign=campaign, created_by=request.user, **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            link = request.build_absolute_uri(reverse("invitation", args=[token]))
            form = InvitationForm()
    context = _context(request, campaign, form) | {"link": link, "mail": _mail(campaign, link)}
    return render(request, "annotation/campaigns/people.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest, campaign: Campaign, form: InvitationForm) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "form": form,
        "free_pairs": free_pairs(campaign),
        "invitations": with_uses(campaign.invitations.all()).select_related("created_by"),
        "leads": campaign.leads.filter(withdrawn=None).select_related("person"),
        "annotators": annotator_accounts(request.user, campaign),
        "password_login": settings.PASSWORD_LOGIN,
    }


@campaign_lead_required
@never_cache
@require_POST
def change_account(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Give an annotator a new password, which is in the answer and nowhere else; or end their token (`end_token`), or
    remove the second factor that they lost (`remove_second_factor`)."""
    try:
        person = account_in_hand(request.user, campaign, request.POST.get("username", ""))
    except UserError as error:
        messages.error(request, str(error))
        return redirect("campaign-people", campaign.pk)
    if "end_token" in request.POST:
        said = "has ended" if end_token(person) else "had ended already"
        audit(AuditAction.TOKEN_ENDED, person=request.user, subject=person.username, request=request)
        messages.success(request, f"The token of {person.username} {said}.")
        return redirect("campaign-people", campaign.pk)
    if "remove_second_factor" in request.POST:
        if remove_second_factor(person):
            audit(AuditAction.FACTOR_REMOVED, person=request.user, subject=person.username, request=request)
        messages.success(request, f"{person.username} logs in by the password alone now, and has to do so anew.")
        return redirect("campaign-people", campaign.pk)
    if not settings.PASSWORD_LOGIN:
        messages.error(request, "Passwords let in administrators alone: others log in by their institution.")
        return redirect("campaign-people", campaign.pk)
    password = reset_password(person)
    audit(AuditAction.PASSWORD, person=request.user, subject=person.username, request=request)
    context = _context(request, campaign, InvitationForm()) | {"new_password": password, "person": person}
    return render(request, "annotation/campaigns/people.html", context)


def _mail(campaign: Campaign, link: str) -> str:
    """An address that opens the reader's own mail program with the invitation."""
    text = f"You are invited to label pairs of objects for {campaign.name}.\n\nOpen this link to join:\n{link}\n"
    return "mailto:?" + urlencode({"subject": f"Invitation: {campaign.name}", "body": text}, quote_via=quote)


@campaign_lead_required
@require_POST
def withdraw(request: PersonRequest, campaign: Campaign, invitation_id: uuid.UUID) -> HttpResponse:
    withdraw_invitation(invitation=get_object_or_404(campaign.invitations, pk=invitation_id))
    messages.success(request, "The invitation is withdrawn: nobody joins by it any more.")
    return redirect("campaign-people", campaign.pk)


@lead_required
@require_POST
def set_lead(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Grant the lead of one campaign, or withdraw it (`withdraw`). Project leads alone do."""
    campaign, username = get_object_or_404(Campaign, pk=campaign_id), request.POST.get("username", "").replace("\0", "")
    if "withdraw" in request.POST:
        withdraw_lead(campaign=campaign, username=username)
        said = f"{username}: no more lead of {campaign.name}"
        audit(AuditAction.ROLE, person=request.user, subject=said, request=request)
        messages.success(request, f"{username} does not lead {campaign.name} any more.")
        return redirect("campaign-people", campaign.pk)
    try:
        lead = grant_lead(campaign=campaign, username=username, granted_by=request.user)
    except UserError as error:
        messages.error(request, str(error))
    else:
        said = f"{lead.person.username}: lead of {campaign.name}"
        audit(AuditAction.ROLE, person=request.user, subject=said, request=request)
        messages.success(request, f"{lead.person.username} leads {campaign.name} from now on.")
    return redirect("campaign-people", campaign.pk)
