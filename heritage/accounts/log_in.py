"""The steps of a log-in, taken one by one: a password or an institution, then the second factor."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.stages import LoginStage, LoginStageController
from allauth.account.utils import perform_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heritage.accounts.second_factor.factors import has_second_factor
from heritage.models import User

LOGIN_BACKEND = "django.contrib.auth.backends.ModelBackend"


def go_on(request: HttpRequest, user: User, *, after: str | None = None) -> HttpResponse:
    """Log `user` in, whose password was right, or ask for the second factor first; then to `after`, a safe address."""
    answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=after)
    return answer


def waiting(request: HttpRequest) -> LoginStage | None:
    """The log-in of this session that waits for a second factor, for a quarter of an hour."""
    stage = LoginStageController.enter(request, SecondFactorStage.key)
    user = stage.login.user if stage else None
    return stage if user is not None and user.is_active and has_second_factor(user) else None


def ways_of(request: HttpRequest, user: User) -> set[str]:
    """By what `user` has shown who they are in this session, beside a password: "socialaccount", "mfa"."""
    return {record["method"] for record in get_authentication_records(request, user)}


def came_by_institution(request: HttpRequest) -> bool:
    return "socialaccount" in ways_of(request, request.user)  # type: ignore[arg-type]


class SecondFactorStage(LoginStage):
    """After whatever came first."""

    key = "second_factor"
    urlname = "log-in-second-factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        return (redirect(self.urlname) if has_second_factor(self.login.user) else None), True


class AccountAdapter(DefaultAccountAdapter):
    """What django-allauth does with accounts here: it logs in. Its pages, messages and mails stay away."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return [f"{SecondFactorStage.__module__}.{SecondFactorStage.__name__}"]

    def login(self, request: HttpRequest, user: User) -> None:  # type: ignore[override]
        user.backend = LOGIN_BACKEND  # type: ignore[attr-defined]  # the first one only counts attempts
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        messages.error(request, gettext("This account is closed: ask whoever leads your project."))
        return redirect("login")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say themselves what was done."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """How an account is called in an authenticator app, and what is said of a code that is not right."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right: type the one that is shown now, or a recovery code not used yet."),
    }

    def get_totp_label(self, user: User) -> str:  # type: ignore[override]
        return f"{self.get_totp_issuer()}:{user.get_username()}"
