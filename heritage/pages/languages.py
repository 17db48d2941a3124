"""Pages in the language of their reader: what was chosen in the menu, or else what the browser asks for.

Those of annotators are; a lead's stay in English. Sentences are in `locale`, and those of scripts come as one file
that a browser keeps.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

View = Callable[..., Any]


def in_reader_language(view: View) -> View:
    """The view speaks the reader's language. The template may ask `request.speaks` whether it does."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        language = translation.get_language_from_request(request)
        request.speaks = True  # type: ignore[attr-defined]
        with translation.override(language):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # now, while its language is the one
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response

    return speaking


@cache_control(public=True, max_age=3600)
def script_words(request: HttpRequest, language: str) -> HttpResponseBase:
    """The sentences of scripts in one language."""
    if not translation.check_for_language(language):
        raise Http404("There is no such language.")
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=None)(request)
