"""Going to the institution and coming back, to log in or to link an account; ending the link."""

import secrets
from collections.abc import Callable
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from heritage.accounts.confirmation import confirmation_required, may_use_password
from heritage.accounts.institution.links import not_logged_in, note_refusal, unlink
from heritage.accounts.institution.oidc import CallbackView, InstitutionClient, institution_key, institution_provider
from heritage.accounts.views.own_account import in_language_of_annotators
from heritage.audit.actions import audit
from heritage.models import AuditAction, User
from heritage.pages.languages import in_reader_language
from heritage.throttling import visitors_at_most

View = Callable[..., HttpResponse]
# What an institution that is not there, or answers what nobody expects, comes to.
FAILURES = (RequestException, OAuth2Error, ValueError, KeyError, TypeError)


def where_there_is_one(view: View) -> View:
    """404 where the settings name no institution; back to the log-in page where it does not answer as it should."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.OIDC_SERVER_URL:
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except FAILURES as error:
            note_refusal(request, error)
            messages.error(request, not_logged_in())
            return redirect("own-password" if request.user.is_authenticated else "login")

    return guarded


@in_reader_language
@never_cache
@require_POST
@visitors_at_most(120, seconds=600, what="log-in by institution")
@where_there_is_one
def log_in_institution(request: HttpRequest) -> HttpResponse:
    """Send whoever wants to log in to the institution, and from there to `next`."""
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, require_https=request.is_secure()):
        after = reverse("home")
    return _leave(request, AuthProcess.LOGIN, after)


@in_reader_language
@never_cache
@require_safe
@where_there_is_one
def back_from_institution(request: HttpRequest) -> HttpResponse:
    """Log in whom the institution names, or link the account of whoever is logged in."""
    answer: HttpResponse = CallbackView.adapter_view(InstitutionClient(request, institution_key()))(request)
    return answer


@in_language_of_annotators
@confirmation_required(back="own-password")
@never_cache
@require_POST
@where_there_is_one
def own_institution(request: HttpRequest) -> HttpResponse:
    """Link the reader's account with theirs at the institution, or end that (`end`)."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    if "end" not in request.POST:
        return _leave(request, AuthProcess.CONNECT, reverse("own-password"))
    if not may_use_password(user):
        messages.error(request, gettext("You have no password to log in by: the link stays."))
    elif unlink(user):
        audit(AuditAction.UNLINKED, person=user, subject=user.username, request=request)
        messages.success(request, gettext("The link has ended: log in by your password."))
    return redirect("own-password")


def _leave(request: HttpRequest, process: str, after: str) -> HttpResponse:
    """A page that goes on to the institution by itself: after a form, a browser would refuse to be sent to another
    site, as our pages tell it to."""
    nonce = secrets.token_urlsafe(32)
    asked = {"nonce": nonce}
    if request.user.is_authenticated:
        asked["prompt"] = "login"  # it is to show who they are, and not only that they were there before
    sent = institution_provider(request).redirect(request, process, next_url=after, auth_params=asked, nonce=nonce)
    context = {"address": sent.url, "name": settings.OIDC_NAME}
    return render(request, "heritage/to_institution.html", context)
