"""How a view answers, shared by all apps."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """One address answers both: the fragment to htmx, the page to everybody else."""
    response = render(request, fragment if request.htmx else page, context, status=status)  # type: ignore[attr-defined]
    patch_vary_headers(response, ["HX-Request"])
    return response
