"""A forgotten password, where the site can send mail: a link to the address that an administrator noted."""

import logging
from collections.abc import Iterable
from threading import Thread
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.translation import gettext

from heritage.accounts.confirmation import may_use_password
from heritage.audit.actions import audit
from heritage.models import AuditAction, User
from heritage.throttling import network_address, too_often

logger = logging.getLogger(__name__)
MOST_ASKED, ASKED_SECONDS = 10, 600
MOST_MAILS, MAIL_SECONDS = 3, 3600


class ForgottenForm(PasswordResetForm):
    """Asks for an address, and sends the link where it is that of an account."""

    def get_users(self, email: str) -> Iterable[User]:
        """Those who may log in by a password, each at most three times an hour."""
        for user in super().get_users(email):
            if may_use_password(user) and not too_often(f"mail to {user.pk}", at_most=MOST_MAILS, seconds=MAIL_SECONDS):
                yield user

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        subject, text = gettext("Your password for Heritage Weaver"), render_to_string(email_template_name, context)
        mail = EmailMessage(subject, text, from_email, [to_email])
        # How long the answer takes tells nobody whether there is such an account.
        Thread(target=_send, args=(mail,), daemon=True).start()


class Forgotten(PasswordResetView):
    """Says the same of every address."""

    template_name = "heritage/forgotten.html"
    email_template_name = "heritage/forgotten_mail.txt"
    form_class = ForgottenForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.EMAIL_HOST:
            raise Http404
        asked = f"forgotten password from {network_address(request)}"
        if request.method == "POST" and too_often(asked, at_most=MOST_ASKED, seconds=ASKED_SECONDS):
            return render(request, "429.html", status=429)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        form.save(
            request=self.request, use_https=self.request.is_secure(), email_template_name=self.email_template_name
        )
        return self.render_to_response({"sent": True})

    def form_invalid(self, form: PasswordResetForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class NewPassword(PasswordResetConfirmView):
    """Takes a new password by a link that was mailed. The log-in that follows asks for the second factor as ever."""

    template_name = "heritage/new_password.html"
    success_url = reverse_lazy("login")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.EMAIL_HOST:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        form.user.must_change_password = False
        audit(AuditAction.PASSWORD, person=form.user, subject=form.user.username, request=self.request)
        messages.success(self.request, gettext("Your password is changed: log in with it."))
        return super().form_valid(form)

    def form_invalid(self, form: SetPasswordForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except OSError as error:  # SMTP's own errors among them
        logger.error("A mail could not be sent: %r", error)
