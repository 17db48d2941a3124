"""Who has to have a second factor, and sees nothing else until there is one."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from heritage.accounts.passwords import OPEN as OPEN_BEFORE_A_PASSWORD
from heritage.accounts.second_factor.factors import has_second_factor
from heritage.models import User
from heritage.pages.error_pages import API

Answer = Callable[[HttpRequest], HttpResponseBase]
# What answers before there is one: the pages that add it, and what is open before a password is chosen.
OPEN = ("own-second-factor", "own-app", "own-key", "confirm-account", *OPEN_BEFORE_A_PASSWORD)


def needs_second_factor(user: User) -> bool:
    """Whether REQUIRE_SECOND_FACTOR asks this person for one that they have not got."""
    required = settings.REQUIRE_SECOND_FACTOR == "leads" and (user.is_lead or user.is_superuser)
    return required and not has_second_factor(user)


class SecondFactorMiddleware:
    """Leads a person who needs a second factor to the page that adds it. Stands behind what has a password changed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        if settings.REQUIRE_SECOND_FACTOR == "none" or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None  # who asks by a token made it in a session that had what was required then
        match = request.resolver_match
        if (match is not None and match.view_name in OPEN) or not request.user.is_authenticated:
            return None
        if not needs_second_factor(request.user):
            return None
        said = "Add a second factor first: leads and administrators of this site need one."
        if request.path_info.startswith(API):
            return JsonResponse({"detail": said}, status=403)
        messages.info(request, said)
        return redirect("own-second-factor")
