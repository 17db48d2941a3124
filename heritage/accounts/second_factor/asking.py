"""Asking for a second factor, at the log-in and when somebody says once more who they are."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from heritage.accounts.second_factor.factors import CodeForm, second_factor_of
from heritage.accounts.second_factor.passkeys import KeyForm, has_key, options_to_show
from heritage.accounts.tries import forget_tries, may_try
from heritage.models import User


class TriedTooOftenError(Exception):
    """There were ten tries within a quarter of an hour."""


@dataclass(frozen=True)
class Asked:
    """The forms that ask: for a code, and for a key where the person has one. `right` is the one that was answered
    rightly; its `save` writes down that the factor was used."""

    code_form: CodeForm
    key_form: KeyForm | None
    right: CodeForm | KeyForm | None

    def context(self, user: User) -> dict[str, Any]:
        """For the templates; begins anew with a key, so only where the page is shown."""
        self.code_form.fields["code"].help_text = (
            gettext("The one that your authenticator app shows now, or one of your recovery codes.")
            if second_factor_of(user).app
            else gettext("One of your recovery codes, if you do not have the key at hand.")
        )
        options = options_to_show(user) if self.key_form else None
        return {"form": self.code_form, "key_form": self.key_form, "options": options}


def ask_second_factor(request: HttpRequest, user: User) -> Asked:
    """What was asked of `user` and answered by a post. Raises TriedTooOftenError."""
    posted = request.POST if request.method == "POST" else None
    by_key = posted is not None and "credential" in posted and has_key(user)
    code_form = CodeForm(None if by_key else posted, user=user)
    key_form = KeyForm(posted if by_key else None, user=user) if has_key(user) else None
    if posted is None:
        return Asked(code_form, key_form, None)
    tries = f"second factor of {user.pk}"
    if not may_try(tries):
        raise TriedTooOftenError
    answered = key_form if by_key and key_form else code_form
    is_right = answered.is_valid()
    if is_right:
        forget_tries(tries)
    return Asked(code_form, key_form, answered if is_right else None)
