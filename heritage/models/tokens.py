"""Tokens by which programs ask in somebody's name."""

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """The one token of an account. Only whoever it was shown to has it; here is what it is recognised by."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="api_token"
    )
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, in hexadecimal.")
    created = models.DateTimeField()
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.user}, until {self.expires:%-d %B %Y}"
