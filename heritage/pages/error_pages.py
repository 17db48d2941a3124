"""Answers to what went wrong before or beside a view: pages, and JSON for those who asked the API."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

API = "/api/"


def not_understood(request: HttpRequest, reason: str = "This request could not be understood.") -> HttpResponse:
    if request.path_info.startswith(API):
        return JsonResponse({"detail": reason}, status=400)
    return defaults.bad_request(request, ValueError(reason))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return not_understood(request)


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    if request.path_info.startswith(API):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """Says the request's number, under which its lines stand in the log."""
    number = getattr(request, "request_id", "")
    if request.path_info.startswith(API):
        said = {"detail": "This failed here, and is in the server's log under its request_id.", "request_id": number}
        return JsonResponse(said, status=500)
    return HttpResponseServerError(render_to_string("500.html", {"request_id": number}))


def nothing_there(request: HttpRequest, what: str) -> HttpResponse:
    raise Http404
