"""Who uses Heritage Weaver. What each role may see is decided in `heritage.access`."""

from django.contrib.auth.models import AbstractUser
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

    @property
    def is_lead(self) -> bool:
        """Leads and administrators may see models, samplings and results."""
        return self.role in (Role.LEAD, Role.ADMIN)
