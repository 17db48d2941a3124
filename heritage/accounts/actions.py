"""Writing accounts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from heritage.errors import UserError
from heritage.models import Role, User

from .second_factor.factors import remove_second_factor
from .tokens import IssuedToken, issue_token

# Letters and digits that nobody mistakes for one another when reading them from paper.
PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105
PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class Account:
    """`password` is readable only here: the one given, or a generated one; None where the account keeps its own.

    `token` is a new one where it was asked for, readable only here as well.
    """

    user: User
    created: bool
    password: str | None
    token: IssuedToken | None
    second_factor_removed: bool = False


@transaction.atomic
def create_account(
    *,
    username: str,
    role: Role,
    password: str | None = None,
    with_token: bool = False,
    reset_password: bool = False,
    without_second_factor: bool = False,
    dry_run: bool = False,
) -> Account:
    """Create the account, or set the role of the one there is, and its password with `reset_password`.

    A new password ends sessions and the token, a new token the one before; with `without_second_factor` the second
    factor goes, and sessions end. Raises `UserError` for a name or password
    that is not allowed, and for a password of an account that there is without `reset_password`; then, and with
    `dry_run`, nothing is written.
    """
    user = User.objects.select_for_update().filter(username=username).first() or User(username=username)
    created = user.pk is None
    if password is not None and not created and not reset_password:
        raise UserError(
            f"There is an account named {username} already: add --reset-password to give it a new password."
        )
    user.role = role
    user.is_staff = user.is_superuser = role == Role.ADMIN
    user.is_active = True
    try:
        if password is not None:
            validate_password(password, user)
        if created or reset_password:
            password = password or generated_password()
            user.set_password(password)
        user.full_clean()
    except ValidationError as error:
        raise UserError(" ".join(error.messages)) from error
    if dry_run:
        return Account(user=user, created=created, password=password, token=None)
    user.save()
    token = issue_token(user) if with_token else None
    removed = without_second_factor and remove_second_factor(user)
    return Account(user=user, created=created, password=password, token=token, second_factor_removed=removed)


def generated_password() -> str:
    """Some 93 bits."""
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(PASSWORD_LENGTH))


def people_named(usernames: Sequence[str]) -> list[User]:
    """Accounts in the order given, each once."""
    wanted = list(dict.fromkeys(usernames))
    people = {person.username: person for person in User.objects.filter(username__in=wanted)}
    if unknown := [username for username in wanted if username not in people]:
        raise UserError(
            f"No account named {', '.join(unknown)}: "
            f"create it first (manage.py create_account {unknown[0]} --role annotator)."
        )
    return [people[username] for username in wanted]
