"""A number for each request, by which whoever runs the site finds its lines in the log, and those of its jobs."""

import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject, empty
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

HEADER = "X-Request-ID"
LONGEST = 64
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")
_asking: ContextVar[HttpRequest | None] = ContextVar("asking", default=None)


class RequestIdMiddleware:
    """Gives each request its number, in the log and in the answer's X-Request-ID. Stands before all others.

    What is bound stays until the answer is sent: Django's own line of an error comes after all middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number = proxy_request_id(request) or secrets.token_hex(8)
        request.request_id = number  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=number)
        _asking.set(request)
        response = self.get_response(request)
        response.headers[HEADER] = number
        return response


def proxy_request_id(request: HttpRequest) -> str:
    """What the proxy calls the request; "" without a proxy that is known of, and for what is no short token."""
    said = request.headers.get(HEADER, "") if settings.BEHIND_TLS_PROXY else ""
    return said if _TOKEN.fullmatch(said) else ""


def current_request_id() -> str:
    """Of the request, or of the job's, that is worked on here; "" for a command."""
    return str(get_contextvars().get("request_id", ""))


def asking_account() -> int | None:
    """The primary key of whoever asks, where that is known already: the log asks the database nothing."""
    request = _asking.get()
    person = getattr(request, "__dict__", {}).get("user")
    if isinstance(person, SimpleLazyObject) and person._wrapped is empty:  # type: ignore[attr-defined]
        return None
    return getattr(person, "pk", None)


def lines_of_job(job: int, *, request_id: str, account: int | None) -> AbstractContextManager[None]:
    """Lines written within are of that job, of the request that started it and of whose request that was."""
    about = {"job": job, "request_id": request_id, "account": account}
    return bound_contextvars(**{name: value for name, value in about.items() if value})


@receiver(request_finished)
def forget_request(**_: object) -> None:
    clear_contextvars()
    _asking.set(None)
