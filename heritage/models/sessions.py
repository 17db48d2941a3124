"""Where people are logged in, so that they can look and end it."""

import uuid

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models


class AccountSession(models.Model):
    """A session of an account. Django's own row holds whose it is in a form that cannot be asked for; it takes this
    one with it when it goes."""

    # Random: the address that ends a session must not be the key that opens it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_sessions")
    began = models.DateTimeField()
    last_seen = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True, help_text="From where it was asked last.")
    browser = models.CharField(max_length=300, blank=True, help_text="What the browser says of itself.")

    class Meta:
        ordering = ["-last_seen"]
