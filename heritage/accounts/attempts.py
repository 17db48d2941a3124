"""Tries to log in: from where, what is written down of them, and what those get who have tried too often."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heritage.accounts.confirmation import confirm
from heritage.accounts.log_in import ways_of
from heritage.accounts.sessions import note_session
from heritage.audit.actions import audit
from heritage.models import AuditAction, User

logger = logging.getLogger(__name__)


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None, *_: Any) -> HttpResponse:
    """Answers the try after the last one, right or wrong."""
    answer = render(request, "heritage/too_many_attempts.html", status=429)
    answer["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return answer


@receiver(user_logged_in)
def note_log_in(request: HttpRequest, user: Any, **_: Any) -> None:
    ways = ways_of(request, user)
    how = f" through {settings.OIDC_NAME}" if "socialaccount" in ways else ""
    how += " with a second factor" if "mfa" in ways else ""
    logger.info("Account %s logged in%s.", user.pk, how)
    audit(AuditAction.LOGGED_IN, person=user, subject=how.strip(), request=request)
    note_session(request, user)
    confirm(request)


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """The name is what somebody typed, at times their password: it is written down where there is such an account, and
    in the audit log alone, with the address."""
    name = str(credentials.get("username", ""))
    account = User.objects.filter(username=name).values_list("pk", flat=True).first()
    known = name if account is not None else "an unknown name"
    audit(AuditAction.LOG_IN_FAILED, person=None, subject=known, request=request)
    logger.warning("A log-in as %s failed.", "an unknown name" if account is None else f"account {account}")
