"""Primary keys as addresses name them."""

from django.http import HttpRequest

LONGEST_KEY = 18  # digits: PostgreSQL's bigint holds each


def is_key(text: str) -> bool:
    return text.isdecimal() and len(text) <= LONGEST_KEY


def asked_key(request: HttpRequest, name: str) -> int | None:
    """The key in the query under `name`; None where there is none, or what stands there is no key."""
    value = request.GET.get(name, "")
    return int(value) if is_key(value) else None
