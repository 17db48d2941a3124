"""Who did what that others may have to account for."""

from typing import Any

from django.db import models


class AuditAction(models.TextChoices):
    LOGGED_IN = "logged_in", "logged in"
    LOG_IN_FAILED = "log_in_failed", "failed to log in"
    PASSWORD = "password", "changed a password"
    FACTOR_ADDED = "factor_added", "added a second factor"
    FACTOR_REMOVED = "factor_removed", "removed a second factor"
    CODES_MADE = "codes_made", "made recovery codes"
    LINKED = "linked", "linked an account"
    UNLINKED = "unlinked", "unlinked an account"
    TOKEN_MADE = "token_made", "made a token"
    TOKEN_ENDED = "token_ended", "ended a token"
    ROLE = "role", "changed a role"
    OPENED = "opened", "opened sealed results"
    LOOKED = "looked", "looked at results"
    EXPORTED = "exported", "exported"
    DELETED = "deleted", "deleted"
    ERASED = "erased", "erased a person"


class AuditEntry(models.Model):
    """One thing that somebody did. Rows are only ever added; old ones go, all of an age. Of a person who is erased the
    rows stay, and no longer say whose they are.

    The person is kept by name and number and not by reference, so that a row stays as it is when an account goes.
    """

    created = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=20, choices=AuditAction)
    person_key = models.BigIntegerField(null=True)
    person = models.CharField(max_length=150, blank=True, help_text="User name; empty for a command.")
    subject = models.CharField(max_length=300, blank=True, help_text="What it was done to.")
    address = models.CharField(max_length=64, blank=True, help_text="Of the network, from where.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["person_key", "action", "-created"], name="audit_of_person")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("What is written in the audit log stays as it is.")
        super().save(*args, **kwargs)
