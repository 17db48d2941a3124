"""Which role may open which page. Annotators are kept from everything that shows a model at work."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def lead_required(view: View) -> View:
    """Only project leads and administrators; others get 403, visitors the log-in page."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_lead:  # type: ignore[union-attr]
            raise PermissionDenied("This page is for project leads.")
        return view(request, *args, **kwargs)

    return guarded
