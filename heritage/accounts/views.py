"""Logging out, and changing one's own password; logging in is Django's own view."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext

from heritage.accounts.attempts import locked_out
from heritage.pages.languages import in_reader_language
from heritage.throttling import is_exhausted, too_often

MOST_WRONG = 10
WRONG_SECONDS = 900


class LogOut(views.LogoutView):
    """Ends the session, and has the browser forget the pictures that it keeps."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            # Not its storage: answers that could not be sent yet wait there.
            response["Clear-Site-Data"] = '"cache"'
        return response


class OwnPassword(LoginRequiredMixin, views.PasswordChangeView):
    """Asks for the old password; the new one ends all other sessions and the account's token."""

    template_name = "heritage/own_password.html"
    success_url = reverse_lazy("home")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """In the language of who labels; leads' pages are in English."""
        view: Callable[..., Any] = super().dispatch
        if request.user.is_authenticated and not request.user.is_lead:  # type: ignore[union-attr]
            view = in_reader_language(view)
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tries = f"own password of {request.user.pk}"
        if is_exhausted(tries, at_most=MOST_WRONG):
            return locked_out(request)
        form = self.get_form()
        if form.is_valid():
            return self.form_valid(form)
        if "old_password" in form.errors:
            too_often(tries, at_most=MOST_WRONG, seconds=WRONG_SECONDS)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, gettext("Your password is changed. Other devices have to log in again."))
        return super().form_valid(form)
