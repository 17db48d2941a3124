"""Logging out; logging in is Django's own view."""

from typing import Any

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse


class LogOut(views.LogoutView):
    """Ends the session, and has the browser forget the pictures that it keeps."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            # Not its storage: answers that could not be sent yet wait there.
            response["Clear-Site-Data"] = '"cache"'
        return response
