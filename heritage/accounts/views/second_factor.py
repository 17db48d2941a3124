"""One's own second factor: an authenticator app, keys and recovery codes, added, made anew, removed."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage.accounts.confirmation import confirmation_required
from heritage.accounts.second_factor.factors import (
    AppForm,
    add_app,
    has_second_factor,
    new_recovery_codes,
    remove_factor,
    second_factor_of,
)
from heritage.accounts.second_factor.passkeys import NewKeyForm, add_key, may_use_keys, options_to_add
from heritage.accounts.second_factor.qr_code import qr_code
from heritage.accounts.sessions import end_sessions
from heritage.accounts.tries import forget_tries, may_try, tried_too_often
from heritage.accounts.views.own_account import in_language_of_annotators
from heritage.audit.actions import audit
from heritage.errors import UserError
from heritage.models import AuditAction, User

CHARACTERS_TOGETHER = 4


@in_language_of_annotators
@login_required
@never_cache
@require_safe
def own_second_factor(request: HttpRequest) -> HttpResponse:
    return _overview(request)


@in_language_of_annotators
@confirmation_required()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_app(request: HttpRequest) -> HttpResponse:
    """Shows a new secret, and takes it once a code shows that the app has it. The answer has the recovery codes."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    if second_factor_of(user).app:
        return redirect("own-second-factor")
    form = AppForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST":
        tries = f"new app of {user.pk}"
        if not may_try(tries):
            return tried_too_often(request)
        if form.is_valid():
            forget_tries(tries)
            is_first = not has_second_factor(user)
            codes = add_app(user=user, secret=form.secret)
            clear_totp_secret(request)
            note_added(request, user, "authenticator app", is_first=is_first)
            return _overview(request, codes)
    address = get_adapter().build_totp_url(user, form.secret)
    secret = " ".join(
        form.secret[at : at + CHARACTERS_TOGETHER] for at in range(0, len(form.secret), CHARACTERS_TOGETHER)
    )
    context = {"form": form, "code": qr_code(address), "secret": secret, "address": address}
    return render(request, "heritage/second_factor/app.html", context, status=422 if form.errors else 200)


@in_language_of_annotators
@confirmation_required()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_key(request: HttpRequest) -> HttpResponse:
    """Has the browser make a key, and takes what it answers. The answer has the recovery codes."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    if not may_use_keys(request):
        return redirect("own-second-factor")
    form = NewKeyForm(request.POST if request.method == "POST" else None, user=user, initial={"name": ""})
    if request.method == "POST" and form.is_valid():
        is_first = not has_second_factor(user)
        name = form.cleaned_data["name"]
        try:
            codes = add_key(user=user, name=name, credential=form.cleaned_data["credential"])
        except UserError as error:
            form.add_error(None, str(error))
        else:
            note_added(request, user, f"key {name}", is_first=is_first)
            return _overview(request, codes)
    context = {"form": form, "options": options_to_add(user)}
    return render(request, "heritage/second_factor/key.html", context, status=422 if form.errors else 200)


@in_language_of_annotators
@confirmation_required()
@never_cache
@require_POST
def own_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Codes in place of those of before, in the answer and nowhere else."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    codes = new_recovery_codes(user)
    if not codes:
        messages.error(request, gettext("Add an app or a key first: recovery codes stand in for it."))
        return redirect("own-second-factor")
    audit(AuditAction.CODES_MADE, person=user, subject=user.username, request=request)
    return _overview(request, codes)


@in_language_of_annotators
@confirmation_required()
@never_cache
@require_POST
def remove_own_factor(request: HttpRequest) -> HttpResponse:
    """Remove one factor (`factor`) of the reader's."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    named = request.POST.get("factor", "")
    if not (named.isascii() and named.isdecimal()) or len(named) > 18:
        raise Http404
    if remove_factor(user=user, factor=int(named)):
        audit(AuditAction.FACTOR_REMOVED, person=user, subject=user.username, request=request)
        messages.success(request, gettext("It is removed: nothing is asked of it any more."))
    else:
        messages.error(request, gettext("It was removed before."))
    return redirect("own-second-factor")


def note_added(request: HttpRequest, user: User, what: str, *, is_first: bool) -> None:
    """Write a new factor down. With the first one, devices that logged in without it have to log in again."""
    audit(AuditAction.FACTOR_ADDED, person=user, subject=f"{user.username}: {what}", request=request)
    if is_first:
        end_sessions(user, request.session.session_key)


def _overview(request: HttpRequest, codes: list[str] | None = None) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # login_required
    context: dict[str, Any] = {
        "second_factor": second_factor_of(user),
        "codes": codes,
        "may_use_keys": may_use_keys(request),
    }
    return render(request, "heritage/second_factor/overview.html", context)
