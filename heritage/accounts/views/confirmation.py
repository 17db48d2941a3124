"""The page that asks once more who one is."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from heritage.accounts.confirmation import confirm, may_use_password
from heritage.accounts.institution.links import link_of
from heritage.accounts.password_login import ways_in
from heritage.accounts.second_factor.asking import TriedTooOftenError, ask_second_factor
from heritage.accounts.second_factor.factors import has_second_factor
from heritage.accounts.tries import forget_tries, may_try, tried_too_often
from heritage.accounts.views.own_account import in_language_of_annotators
from heritage.models import User


@in_language_of_annotators
@login_required
@never_cache
@sensitive_post_parameters("password", "code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_account(request: HttpRequest) -> HttpResponse:
    """Asks for the password, or of those who have none for a code; then goes on to `next`."""
    user: User = request.user  # type: ignore[assignment]  # login_required
    after = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, require_https=request.is_secure()):
        after = reverse("own-second-factor")
    try:
        is_right, context = _password_asked(request, user) if may_use_password(user) else _factor_asked(request, user)
    except TriedTooOftenError:
        return tried_too_often(request)
    if is_right:
        confirm(request)
        return redirect(after)
    context |= ways_in() | {"next": after, "has_link": link_of(user) is not None}
    return render(request, "heritage/confirm.html", context, status=422 if request.method == "POST" else 200)


def _password_asked(request: HttpRequest, user: User) -> tuple[bool, dict[str, Any]]:
    """Whether the right one was sent, and what the page shows."""
    if request.method != "POST":
        return False, {"by_password": True}
    tries = f"own password of {user.pk}"
    if not may_try(tries):
        raise TriedTooOftenError
    if user.check_password(request.POST.get("password", "")):
        forget_tries(tries)
        return True, {}
    return False, {"by_password": True, "problem": gettext("This is not your password: type it again.")}


def _factor_asked(request: HttpRequest, user: User) -> tuple[bool, dict[str, Any]]:
    """Of those who log in without a password. Where there is no factor either, the page says to log in anew."""
    if not has_second_factor(user):
        return False, {}
    asked = ask_second_factor(request, user)
    if asked.right:
        asked.right.save()
        return True, {}
    return False, asked.context(user)
