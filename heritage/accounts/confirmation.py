"""Saying once more who one is, before what opens or closes an account is changed: whoever sits down at a page that
somebody left open cannot."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from heritage.models import User

View = Callable[..., HttpResponse]
CONFIRMED = "confirmed"  # in the session: seconds since 1970
SECONDS_CONFIRMED = 600


def confirm(request: HttpRequest) -> None:
    """Whoever asks has just shown who they are, by logging in or on the page that asks for it."""
    request.session[CONFIRMED] = time.time()


def is_confirmed(request: HttpRequest) -> bool:
    return 0 <= time.time() - request.session.get(CONFIRMED, 0) < SECONDS_CONFIRMED


def confirmation_required(*, back: str = "own-second-factor") -> Callable[[View], View]:
    """Those who logged in or confirmed in the last ten minutes; others get the page that asks, and come back: to the
    page they asked for, or after a form to the address named `back`."""

    def required(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if is_confirmed(request):
                return view(request, *args, **kwargs)
            return to_confirmation(request.path if request.method in ("GET", "HEAD") else reverse(back))

        return guarded

    return required


def to_confirmation(after: str) -> HttpResponse:
    return redirect(f"{reverse('confirm-account')}?{urlencode({'next': after})}")


def may_use_password(user: User) -> bool:
    """Whether the account has a password that it may log in by."""
    return user.has_usable_password() and (settings.PASSWORD_LOGIN or user.is_superuser)
