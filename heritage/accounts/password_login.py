"""Where an institution alone logs people in (`PASSWORD_LOGIN=0`), passwords are for administrators."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from heritage.models import User


def ways_in() -> dict[str, Any]:
    """For pages that offer to log in: the institution's name, empty where there is none, whether passwords do, and
    whether a forgotten one can be replaced by mail."""
    return {
        "institution": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        "password_login": settings.PASSWORD_LOGIN,
        "sends_mail": bool(settings.EMAIL_HOST),
    }


class PasswordsRefusedBackend:
    """Stands before the backend that checks passwords, and lets nobody through to it but administrators. It logs nobody
    in, so that no session is its own."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> None:
        if settings.PASSWORD_LOGIN or username is None:
            return
        user = User.objects.filter(username=username).first()
        if user is None or not user.is_superuser:
            User().set_password(password)  # takes as long as checking one does
            raise PermissionDenied("Passwords are for administrators here.")
