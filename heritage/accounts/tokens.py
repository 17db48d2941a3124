"""Tokens of the API: made, ended, and recognised in a request.

A token has 256 random bits, so that a plain hash of it is as good as one that takes long (RFC 6819, 5.1.4.1.3).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from heritage.models import ApiToken, User


@dataclass(frozen=True)
class IssuedToken:
    """A token that is readable only here. `replaces`: another one of the account ended with it."""

    token: str
    expires: datetime
    replaces: bool


@transaction.atomic
def issue_token(user: User) -> IssuedToken:
    """Make the account's token, valid for API_TOKEN_DAYS; one that it had ends."""
    User.objects.select_for_update().get(pk=user.pk)  # two at once take turns
    replaces = end_token(user)
    token, now = secrets.token_urlsafe(32), timezone.now()
    expires = now + timedelta(days=settings.API_TOKEN_DAYS)
    ApiToken.objects.create(user=user, token_hash=hashed(token), created=now, expires=expires)
    return IssuedToken(token, expires, replaces)


def end_token(user: User) -> bool:
    """Whether there was one to end."""
    ended, _ = ApiToken.objects.filter(user=user).delete()
    return bool(ended)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class HashedTokenAuthentication(TokenAuthentication):
    """`Authorization: Token ...`, looked up by its hash."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        found = ApiToken.objects.select_related("user").filter(token_hash=hashed(key)).first()
        if found is None or not found.user.is_active:
            raise AuthenticationFailed("There is no such token any more: make a new one on your account's page.")
        if found.expires <= timezone.now():
            raise AuthenticationFailed("The token has expired: make a new one on your account's page.")
        return found.user, found
