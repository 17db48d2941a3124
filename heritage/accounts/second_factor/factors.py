"""What an account asks for after the password: a code of an authenticator app, a passkey or security key, or one of the
recovery codes that were shown once. Stored and checked by django-allauth."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from heritage.accounts.sessions import end_sessions
from heritage.models import User
from heritage.throttling import too_often

Kind = Authenticator.Type
SECONDS_CODE_LIVES = 90  # with one step of tolerance on either side
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric"}


@dataclass(frozen=True)
class Factor:
    """One of an account's factors; `name` is what its person called a key."""

    id: int
    is_app: bool
    name: str
    created: datetime
    last_used: datetime | None


@dataclass(frozen=True)
class SecondFactor:
    """All factors of an account, and how many recovery codes are left of them."""

    factors: tuple[Factor, ...]
    codes_left: int

    @property
    def app(self) -> Factor | None:
        return next((each for each in self.factors if each.is_app), None)

    @property
    def keys(self) -> tuple[Factor, ...]:
        return tuple(each for each in self.factors if not each.is_app)


def has_second_factor(user: User) -> bool:
    """Recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES).exists()


def with_second_factor(people: QuerySet[User]) -> QuerySet[User]:
    """With `has_second_factor` of each."""
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Kind.RECOVERY_CODES)
    return people.annotate(has_second_factor=Exists(factors))


def second_factor_of(user: User) -> SecondFactor:
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    factors = tuple(
        Factor(
            id=each.pk,
            is_app=each.type == Kind.TOTP,
            name="" if each.type == Kind.TOTP else str(each),
            created=each.created_at,
            last_used=each.last_used_at,
        )
        for each in found
        if each.type != Kind.RECOVERY_CODES
    )
    codes = next((each for each in found if each.type == Kind.RECOVERY_CODES), None)
    return SecondFactor(factors, len(RecoveryCodes(codes).get_unused_codes()) if codes else 0)


class CodeForm(AuthenticateForm):
    """A code of the app, or a recovery code. Each is good once."""

    code = forms.CharField(label=_("Code"), max_length=32, widget=forms.TextInput({**CODE, "autofocus": True}))

    def clean_code(self) -> str:
        code: str = super().clean_code()
        # The library remembers a used code in the cache, for one step; this counts in the database, for all of them.
        what = f"code {code} of {self.user.pk}"
        if self.authenticator.type == Kind.TOTP and too_often(what, at_most=1, seconds=SECONDS_CODE_LIVES):
            raise ValidationError(_("This code was used already: wait for the next one."))
        return code


class AppForm(ActivateTOTPForm):
    """The first code of a new app, which shows that it has the secret."""

    code = forms.CharField(label=_("Code that the app shows"), max_length=32, widget=forms.TextInput(CODE))


@transaction.atomic
def add_app(*, user: User, secret: str) -> list[str]:
    """Let `user` log in by codes of the app with `secret`. Returns recovery codes where there were none.

    Where there is an app already, nothing changes.
    """
    lock(user)
    if not Authenticator.objects.filter(user=user, type=Kind.TOTP).exists():
        TOTP.activate(user, secret)
    return first_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """In place of those that there were; none for an account without a second factor."""
    lock(user)
    Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
    return first_codes(user) if has_second_factor(user) else []


@transaction.atomic
def remove_factor(*, user: User, factor: int) -> bool:
    """Whether `user` had the factor with this number. Recovery codes go with the last one."""
    lock(user)
    removed, _each = Authenticator.objects.filter(user=user, pk=factor).exclude(type=Kind.RECOVERY_CODES).delete()
    if not has_second_factor(user):
        Authenticator.objects.filter(user=user).delete()
    return bool(removed)


@transaction.atomic
def remove_second_factor(user: User) -> bool:
    """Take all factors from somebody who has lost theirs, and end their sessions. Whether there were any."""
    lock(user)
    had = has_second_factor(user)
    Authenticator.objects.filter(user=user).delete()
    if had:
        end_sessions(user, None)
    return had


def lock(user: User) -> None:
    """Until the transaction ends."""
    User.objects.select_for_update().get(pk=user.pk)  # two at once take turns


def first_codes(user: User) -> list[str]:
    """Recovery codes for an account that has none; nothing for one that has."""
    if Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).exists():
        return []
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes
