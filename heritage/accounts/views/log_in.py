"""Logging in: the password, then the second factor where the account has one."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from heritage.accounts.log_in import go_on, waiting
from heritage.accounts.password_login import ways_in
from heritage.accounts.second_factor.asking import TriedTooOftenError, ask_second_factor
from heritage.accounts.tries import tried_too_often
from heritage.audit.actions import audit
from heritage.models import AuditAction
from heritage.pages.languages import in_reader_language


class LogIn(LoginView):
    """Asks for name and password."""

    template_name = "heritage/login.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | ways_in()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        after = self.get_success_url()
        if self.request.user.is_authenticated:
            logout(self.request)  # another person's, or one's own of before: it ends where a new one begins
        return go_on(self.request, form.get_user(), after=after)


@in_reader_language
@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_second_factor(request: HttpRequest) -> HttpResponse:
    """Asks whose password was right for a code, or for a key."""
    if request.user.is_authenticated:
        return redirect("home")
    stage = waiting(request)
    if stage is None:
        return redirect("login")
    user = stage.login.user
    try:
        asked = ask_second_factor(request, user)
    except TriedTooOftenError:
        return tried_too_often(request)
    if asked.right:
        asked.right.save()
        answer: HttpResponse = stage.exit()
        return answer
    if request.method == "POST":
        audit(AuditAction.LOG_IN_FAILED, person=None, subject=f"{user.username}: second factor", request=request)
    context = {"person": user} | asked.context(user)
    return render(
        request, "heritage/second_factor/log_in.html", context, status=422 if request.method == "POST" else 200
    )
