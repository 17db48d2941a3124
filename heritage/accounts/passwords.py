"""A password that somebody else chose: made, shown once, and to be changed before anything else is done with it."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from heritage.models import User
from heritage.pages.error_pages import API

from .actions import generated_password
from .confirmation import may_use_password
from .log_in import came_by_institution

Answer = Callable[[HttpRequest], HttpResponseBase]
# What answers before the password is changed: the page that does it, the way out, and what any page needs.
OPEN = ("own-password", "logout", "words", "set_language", "healthz", "readyz")


@transaction.atomic
def reset_password(user: User) -> str:
    """Give the account a generated password, which ends its sessions and its token. Only the answer has it."""
    password = generated_password()
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_password(password)
    locked.must_change_password = True
    locked.save()
    return password


class OwnPasswordForm(PasswordChangeForm):
    """Asks for the old password, and for another one."""

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("new_password1") and cleaned.get("new_password1") == cleaned.get("old_password"):
            self.add_error("new_password1", ValidationError(gettext("This is the old password: choose another one.")))
        return cleaned

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = False
        return super().save(commit)


class PasswordChangeMiddleware:
    """Whoever logged in by a password that somebody else chose changes it first, and not who came by their institution.
    Stands behind what knows who asks."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None  # who asks by a token had it made with a password of their own
        match = request.resolver_match
        if (match is not None and match.view_name in OPEN) or not getattr(request.user, "must_change_password", False):
            return None
        if came_by_institution(request) or not may_use_password(request.user):  # type: ignore[arg-type]
            return None
        said = "Choose a password of your own first: somebody else made the one that you logged in with."
        if request.path_info.startswith(API):
            return JsonResponse({"detail": said}, status=403)
        messages.info(request, said)
        return redirect(reverse("own-password"))
