"""Logging out, and one's own account: password, token, and where one is logged in."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heritage.accounts.attempts import locked_out
from heritage.accounts.confirmation import is_confirmed, may_use_password, to_confirmation
from heritage.accounts.institution.links import link_of
from heritage.accounts.password_login import ways_in
from heritage.accounts.passwords import OwnPasswordForm
from heritage.accounts.second_factor.factors import has_second_factor
from heritage.accounts.sessions import end_sessions, note_session, own_sessions
from heritage.accounts.tokens import end_token, issue_token
from heritage.audit.actions import audit
from heritage.models import ApiToken, AuditAction, User
from heritage.pages.languages import in_reader_language
from heritage.throttling import is_exhausted, too_often

MOST_WRONG = 10
WRONG_SECONDS = 900


def in_language_of_annotators(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """In the language of who labels; leads' pages are in English."""
    translated = in_reader_language(view)

    @wraps(view)
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        labels = request.user.is_authenticated and not request.user.is_lead
        answer: HttpResponse = (translated if labels else view)(request, *args, **kwargs)
        return answer

    return chosen


class LogOut(views.LogoutView):
    """Ends the session, and has the browser forget the pictures that it keeps."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            # Not its storage: answers that could not be sent yet wait there.
            response["Clear-Site-Data"] = '"cache"'
        return response


class OwnPassword(LoginRequiredMixin, views.PasswordChangeView):
    """Asks for the old password; the new one ends all other sessions and the account's token."""

    template_name = "heritage/own_password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("home")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return in_language_of_annotators(super().dispatch)(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tries = f"own password of {request.user.pk}"
        if is_exhausted(tries, at_most=MOST_WRONG):
            return locked_out(request)
        form = self.get_form()
        if form.is_valid():
            return self.form_valid(form)
        if "old_password" in form.errors:
            too_often(tries, at_most=MOST_WRONG, seconds=WRONG_SECONDS)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | account_context(self.request)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        audit(AuditAction.PASSWORD, person=form.user, subject=form.user.username, request=self.request)
        messages.success(self.request, gettext("Your password is changed. Other devices have to log in again."))
        answer = super().form_valid(form)
        note_session(self.request, form.user)  # which has a new key
        return answer


def account_context(request: HttpRequest) -> dict[str, Any]:
    """What the page of one's account shows beside the form of the password."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    return {
        "api_token": ApiToken.objects.filter(user=user).first(),
        "has_second_factor": has_second_factor(user),
        "may_use_password": may_use_password(user),
        "link": link_of(user),
        "sessions": own_sessions(user, request.session.session_key),
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "idle_hours": 0 if settings.SESSION_IDLE_MINUTES % 60 else settings.SESSION_IDLE_MINUTES // 60,
    } | ways_in()


@in_language_of_annotators
@login_required
@require_POST
def end_own_sessions(request: HttpRequest) -> HttpResponse:
    """End one other session of the reader's (`session`), or all of them."""
    named = request.POST.get("session", "")
    try:
        only = uuid.UUID(named) if named else None
    except ValueError as error:
        raise Http404 from error
    user: User = request.user  # type: ignore[assignment]  # login_required
    ended = end_sessions(user, request.session.session_key, only)
    said = gettext("You are logged out there.") if ended else gettext("There was nothing to end any more.")
    messages.success(request, said)
    return redirect("own-password")


@in_language_of_annotators
@login_required
@never_cache
@require_POST
def own_token(request: HttpRequest) -> HttpResponse:
    """Make a new token, shown in the answer and nowhere else, or end the one there is (`end`). The password is asked
    for, or of those without one who they are: who sits at somebody's open page gets no key to their account."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    if "end" in request.POST:
        if ended := end_token(user):
            audit(AuditAction.TOKEN_ENDED, person=user, subject=user.username, request=request)
        messages.success(request, gettext("Your token has ended.") if ended else gettext("You have no token."))
        return redirect("own-password")
    by_password = may_use_password(user)
    if not by_password and not is_confirmed(request):
        return to_confirmation(reverse("own-password"))
    tries = f"own password of {user.pk}"
    if is_exhausted(tries, at_most=MOST_WRONG):
        return locked_out(request)
    issued, problem = None, ""
    if not by_password or user.check_password(request.POST.get("password", "")):
        issued = issue_token(user)
        audit(AuditAction.TOKEN_MADE, person=user, subject=user.username, request=request)
    else:
        too_often(tries, at_most=MOST_WRONG, seconds=WRONG_SECONDS)
        problem = gettext("This is not your password: type it again.")
    context = {"form": OwnPasswordForm(user), "issued": issued, "token_problem": problem} | account_context(request)
    return render(request, OwnPassword.template_name, context, status=422 if problem else 200)
