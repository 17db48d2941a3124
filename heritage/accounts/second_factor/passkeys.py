"""Passkeys and security keys as second factors (WebAuthn, level 2): what the browser is asked for, and what it answers.

They belong to the host under which they were added, so browsers take them over https and on localhost only.
"""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import WebAuthn, begin_authentication, begin_registration
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heritage.accounts.second_factor.factors import Kind, first_codes, lock
from heritage.errors import UserError
from heritage.models import User

MOST_KEYS = 10
LONGEST_CREDENTIAL = 20_000
# What the library raises, beside its own refusals, for an answer that no browser gives.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def may_use_keys(request: HttpRequest) -> bool:
    """Whether the browser takes keys where it is: over https, or on localhost."""
    return request.is_secure() or request.get_host().partition(":")[0] == "localhost"


def has_key(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Kind.WEBAUTHN).exists()


def options_to_add(user: User) -> dict[str, Any]:
    """What the browser makes a key by, as JSON; the challenge is kept in the session."""
    options: dict[str, Any] = begin_registration(user, passwordless=False)
    return options


def options_to_show(user: User) -> dict[str, Any]:
    """What the browser has one of the keys of `user` answer, as JSON; the challenge is kept in the session."""
    options: dict[str, Any] = begin_authentication(user)
    return options


class CredentialField(forms.CharField):
    """What a browser says of a key: a JSON object of some thousand characters."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_CREDENTIAL)

    def clean(self, value: Any) -> dict[str, Any]:
        try:
            said = json.loads(super().clean(value))
        except (ValueError, RecursionError) as error:
            raise _not_understood() from error
        if not isinstance(said, dict) or not said:  # an empty one the library would take without a look
            raise _not_understood()
        return said


class NewKeyForm(AddWebAuthnForm):
    """What the browser answered when it made a key, and what its person calls it."""

    name = forms.CharField(label=_("Name of the key"), max_length=60, required=False)
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise _not_understood() from error
        return cleaned


class KeyForm(AuthenticateWebAuthnForm):
    """What the browser answered when it asked a key."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise _not_understood() from error


@transaction.atomic
def add_key(*, user: User, name: str, credential: dict[str, Any]) -> list[str]:
    """Let `user` log in by a key whose answer `NewKeyForm` has checked. Returns recovery codes where there were none.

    Raises UserError for an eleventh one.
    """
    lock(user)
    if Authenticator.objects.filter(user=user, type=Kind.WEBAUTHN).count() >= MOST_KEYS:
        raise UserError(gettext("You have ten keys: remove one first."))
    WebAuthn.add(user, name, credential)
    return first_codes(user)


def _not_understood() -> ValidationError:
    return ValidationError(gettext("The key’s answer was not understood: try again."))
