"""Tries at a code, a key or one's own password: ten within a quarter of an hour."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from heritage.throttling import forget_count, too_often

MOST_TRIES = 10
TRIES_SECONDS = 900


def may_try(what: str) -> bool:
    """Count a try at a code before it is looked at, so that none at the same moment is missed; whether it is one of the
    ten that a quarter of an hour allows. `forget_tries` where it was right."""
    return not too_often(what, at_most=MOST_TRIES, seconds=TRIES_SECONDS)


def forget_tries(what: str) -> None:
    forget_count(what)


def tried_too_often(request: HttpRequest) -> HttpResponse:
    """Answers the try at a code after the last one, right or wrong."""
    said = gettext("Too many codes were wrong. Wait a quarter of an hour, then try again.")
    answer = render(request, "heritage/too_many_attempts.html", {"text": said}, status=429)
    answer["Retry-After"] = str(TRIES_SECONDS)
    return answer
