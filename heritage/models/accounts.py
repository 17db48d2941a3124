"""Who uses Heritage Weaver. What each role may see is decided in `heritage.access`."""

import unicodedata
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models


class Role(models.TextChoices):
    ANNOTATOR = "annotator", "Annotator"
    LEAD = "lead", "Project lead"
    ADMIN = "admin", "Administrator"


class User(AbstractUser):
    """A person with an account."""

    role = models.CharField(
        max_length=20,
        choices=Role,
        default=Role.ANNOTATOR,
        help_text="Annotators label pairs blind. Leads also see models, samplings and results. "
        "Administrators manage accounts as well.",
    )
    must_change_password = models.BooleanField(
        default=False, help_text="Somebody else chose the password: it is changed at the next log-in."
    )

    consented = models.DateTimeField(null=True, blank=True, help_text="When they agreed to the text at sign-up.")
    consent_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of that text, in hexadecimal.")

    def clean(self) -> None:
        super().clean()
        check_script(self.username)
        if type(self).objects.filter(username__iexact=self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": "There is an account of this name, with other capital letters."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With a new password go the tokens that the old one may have given away; sessions end by themselves."""
        has_new_password = self._password is not None  # type: ignore[attr-defined]
        super().save(*args, **kwargs)
        if has_new_password:
            from .tokens import ApiToken

            ApiToken.objects.filter(user=self).delete()

    @property
    def shown_name(self) -> str:
        """What pages call the person: the full name where one is noted, else the user name."""
        return self.get_full_name() or self.username

    @property
    def is_lead(self) -> bool:
        """Leads and administrators may see models, samplings and results."""
        return self.role in (Role.LEAD, Role.ADMIN)


def check_script(username: str) -> None:
    """Raise ValidationError where letters of several scripts stand side by side."""
    if len({script for script in map(script_of, username) if script}) > 1:
        raise ValidationError({"username": "Use letters of one script: others that look alike pass for them."})


def script_of(character: str) -> str:
    """LATIN, CYRILLIC, GREEK and so on; empty for what is no letter."""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""
