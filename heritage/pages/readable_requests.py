"""Requests that nothing here could have sent are answered 400 before anything is looked up or decoded.

Forms and JSON are UTF-8 text without NUL, which PostgreSQL does not store, and JSON is no deeper than Python reads.
"""

import codecs
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from heritage.pages.error_pages import API, not_understood

Answer = Callable[[HttpRequest], HttpResponseBase]
# ASCII is a part of UTF-8, and some clients say so.
CHARSETS = ("utf-8", "ascii")
NUL = "\0"


class ReadableRequestsMiddleware:
    """Refuses other charsets and NUL in address, query and form. Stands after those that only add headers."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_known_charset((request.content_params or {}).get("charset", "utf-8")):
            request.encoding = "utf-8"
            return not_understood(request, "Send text as UTF-8.")
        request.encoding = "utf-8"
        # The API says of each parameter what is wrong with it.
        if NUL in request.path_info or (not request.path_info.startswith(API) and has_nul(request.GET)):
            return not_understood(request, "Addresses hold no NUL character.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Forms, once the check of their origin has read them; JSON is checked by what reads it."""
        if request.method != "POST" or "form" not in (request.content_type or ""):
            return None
        try:
            found = has_nul(request.POST)
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            return None  # Django answers these
        return not_understood(request, "Forms hold no NUL character.") if found else None


class BoundedJSONParser(JSONParser):
    """JSON that is nested too deeply is no JSON that anything here reads."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            document = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        if any(isinstance(each, str) and NUL in each for each in _leaves(document)):
            raise ParseError("JSON parse error - texts hold no NUL character")
        return document


def is_known_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name in CHARSETS
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return False


def has_nul(values: QueryDict) -> bool:
    return any(NUL in text for name, texts in values.lists() for text in (name, *texts) if isinstance(text, str))


def _leaves(document: Any) -> Iterator[Any]:
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            pending += value
        else:
            yield value
