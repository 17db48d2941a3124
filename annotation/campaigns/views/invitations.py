"""What somebody sees who opens an invitation: a new account, or joining with one's own."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from annotation.campaigns.forms import ConsentForm, SignUpForm
from annotation.campaigns.invitations import (
    InvitationGoneError,
    NoPairsLeftError,
    UnknownInvitationError,
    accept_invitation,
    check_usable,
    find_invitation,
    sign_up,
)
from annotation.models import Invitation
from annotation.vocabulary import CampaignState
from heritage.accounts.consent import consent_asked
from heritage.accounts.institution.links import let_sign_up
from heritage.accounts.log_in import go_on
from heritage.accounts.password_login import ways_in
from heritage.errors import UserError
from heritage.models import User
from heritage.pages.languages import in_reader_language
from heritage.throttling import is_exhausted, network_address, too_often

REFUSALS: dict[type[UserError], int] = {UnknownInvitationError: 404, InvitationGoneError: 410, NoPairsLeftError: 409}
WINDOW_SECONDS = 600
# Addresses that are no invitation, from one network address; many people may share one.
MOST_UNKNOWN = 60
# Attempts to make an account by one invitation that came to nothing.
MOST_REFUSED = 20


@in_reader_language
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; a form joins."""
    try:
        found = find_invitation(token)
    except UnknownInvitationError as error:
        sender = f"unknown invitation from {network_address(request)}"
        if too_often(sender, at_most=MOST_UNKNOWN, seconds=WINDOW_SECONDS):
            return _wait(request)
        return _refuse(request, error)
    if isinstance(request.user, User):
        return _join_with_account(request, found, request.user)
    return _sign_up(request, found)


def _join_with_account(request: HttpRequest, found: Invitation, person: User) -> HttpResponse:
    is_member = found.campaign.assignments.filter(annotator=person).exists()
    try:
        asked = consent_asked(person)
        sent = request.POST if request.method == "POST" else None
        form = ConsentForm(sent, asked=asked) if asked is not None and not is_member else None
        if request.method == "POST" and (form is None or form.is_valid()):
            agreed = "" if form is None else form.cleaned_data["consent"]
            accept_invitation(invitation=found, person=person, consent=agreed)
            return _welcome(request, found)
        if not is_member:
            check_usable(found)
    except UserError as error:
        return _refuse(request, error)
    if is_member:
        return redirect("home")
    context = {"campaign_name": found.campaign.name, "agreement": form, "consent": asked}
    return render(request, "annotation/campaigns/invitation.html", context, status=422 if form and form.errors else 200)


def _sign_up(request: HttpRequest, found: Invitation) -> HttpResponse:
    tries = f"invitation {found.pk}"
    asked = consent_asked()
    form = SignUpForm(request.POST or None, asked=asked)
    try:
        if request.method != "POST":
            check_usable(found)
        elif is_exhausted(tries, at_most=MOST_REFUSED):
            return _wait(request)
        elif settings.PASSWORD_LOGIN and form.is_valid():
            said = form.cleaned_data
            agreed = said.get("consent", "")
            person = sign_up(invitation=found, username=said["username"], password=said["password"], consent=agreed)
            # Who sent the form twice may have a second factor by now.
            return go_on(request, person, after=_welcome(request, found).url)
    except UserError as error:
        if type(error) in REFUSALS:
            return _refuse(request, error)
        form.add_error(None, str(error))
    if request.method == "POST":
        too_often(tries, at_most=MOST_REFUSED, seconds=WINDOW_SECONDS)
    ways = ways_in()
    if ways["institution"]:
        let_sign_up(request, request.path)
    context = {"campaign_name": found.campaign.name, "form": form, "consent": asked} | ways
    return render(
        request, "annotation/campaigns/invitation.html", context, status=422 if request.method == "POST" else 200
    )


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponseRedirect:
    if found.campaign.state == CampaignState.DRAFT:
        messages.success(
            request,
            gettext("You have joined %(name)s. It appears here when its lead opens it.")
            % {"name": found.campaign.name},
        )
    else:
        messages.success(
            request,
            gettext("You have joined %(name)s. Read the guide first, then start.") % {"name": found.campaign.name},
        )
    return redirect("home")


def _refuse(request: HttpRequest, error: UserError) -> HttpResponse:
    context = {"heading": gettext("You cannot join by this link"), "text": str(error)}
    return render(
        request, "annotation/campaigns/invitation_refused.html", context, status=REFUSALS.get(type(error), 409)
    )


def _wait(request: HttpRequest) -> HttpResponse:
    text = gettext("Too many attempts came to nothing. Wait ten minutes, then try again.")
    response = render(
        request,
        "annotation/campaigns/invitation_refused.html",
        {"heading": gettext("Please wait"), "text": text},
        status=429,
    )
    response.headers["Retry-After"] = str(WINDOW_SECONDS)
    return response
