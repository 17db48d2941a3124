"""Where people are logged in: noted as they go, ended after a while without a request, or by hand."""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from heritage.models import AccountSession, User
from heritage.throttling import network_address

Answer = Callable[[HttpRequest], HttpResponseBase]
SEEN = "seen"  # in the session: seconds since 1970 of the request that was noted last
SEEN_BY_BOOT = "seen_by_boot"  # in the session: the same by `seconds_since_boot`
SECONDS_BETWEEN_NOTES = 60
LONGEST_BROWSER = 300
_BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


class IdleSessionMiddleware:
    """Ends a session that nobody has used for SESSION_IDLE_MINUTES; notes once a minute that one is used."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Visitors, and programs with a token, have no session, and none is made for them.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._note(request)
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        unused = seconds_unused(request.session)
        idle = settings.SESSION_IDLE_MINUTES * 60
        if idle and unused is not None and unused > idle:
            logout(request)
        # A clock that was put back is no reason to believe a session used in the future.
        elif unused is None or not 0 <= unused < SECONDS_BETWEEN_NOTES:
            note_session(request, request.user)


def seconds_unused(session: SessionBase) -> float | None:
    """How long ago it was noted that a session is used; None where it never was.

    By the clock that nobody sets, where the machine has not been started since: somebody who puts the other one right
    logs nobody out.
    """
    boot, now = seconds_since_boot()
    noted_boot, noted = session.get(SEEN_BY_BOOT, ("", 0.0))
    if boot and boot == noted_boot:
        return now - float(noted)
    return time.time() - session[SEEN] if SEEN in session else None


def seconds_since_boot() -> tuple[str, float]:
    """A name of this start of the machine, and seconds since then, those asleep too; no name where there is none."""
    return (_boot_id(), time.clock_gettime(time.CLOCK_BOOTTIME)) if _boot_id() else ("", 0.0)


@cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def note_session(request: HttpRequest, user: AbstractBaseUser | AnonymousUser) -> None:
    """That `user` uses the session of `request` now; nothing where it is not stored, as it was ended meanwhile."""
    now = timezone.now()
    request.session[SEEN] = now.timestamp()
    request.session[SEEN_BY_BOOT] = seconds_since_boot()
    if not Session.objects.filter(pk=request.session.session_key).exists():
        return
    seen = {
        "user": user,
        "last_seen": now,
        "address": network_address(request)[:64],
        "browser": request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_BROWSER],
    }
    AccountSession.objects.update_or_create(
        session_id=request.session.session_key, defaults=seen, create_defaults=seen | {"began": now}
    )


@dataclass(frozen=True)
class OwnSession:
    """A place where somebody is logged in. `is_this`: the one that asks."""

    id: uuid.UUID
    words: str
    address: str
    began: datetime
    last_seen: datetime
    is_this: bool


def own_sessions(user: User, session_key: str | None) -> list[OwnSession]:
    """Where `user` is logged in, the session with `session_key` among them; the one used last comes first."""
    found = AccountSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    return [
        OwnSession(
            id=each.pk,
            words=browser_in_words(each.browser),
            address=each.address,
            began=each.began,
            last_seen=each.last_seen,
            is_this=each.session_id == session_key,
        )
        for each in found
    ]


def end_sessions(user: User, session_key: str | None, only: uuid.UUID | None = None) -> int:
    """End all sessions of `user` but the one with `session_key`, or one of them. Returns how many ended."""
    found = AccountSession.objects.filter(user=user).exclude(session=session_key)
    if only is not None:
        found = found.filter(pk=only)
    sessions = Session.objects.filter(pk__in=list(found.values_list("session", flat=True)))
    ended = sessions.count()
    sessions.delete()
    return ended


def browser_in_words(said: str) -> str:
    """Such as "Firefox, Windows", of the header User-Agent, which says much that means nothing."""
    browser = next((name for sign, name in _BROWSERS if sign in said), "")
    system = next((name for name in _SYSTEMS if re.search(rf"\b{name}\b", said)), "")
    system = "Mac" if system == "Macintosh" else system
    return ", ".join(filter(None, (browser, system)))
