"""Campaigns, who leads them, and invitations to them. History is append-only; counts are derived."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from annotation.vocabulary import CampaignState
from linking.models import Sampling


class Campaign(models.Model):
    """One round of labelling: the pairs of a sampling, dealt to annotators.

    Its dates say how it stands now; `CampaignChange` keeps who brought it there and what was before.
    """

    # Random, so that an address tells nothing of how many campaigns there are or when one was made.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True, help_text="Annotators see it: do not name models or scores.")
    sampling = models.ForeignKey(Sampling, on_delete=models.PROTECT, related_name="campaigns")
    instructions = models.TextField(blank=True, help_text="Shown to annotators before their first pair.")
    intentions = models.TextField(
        blank=True, help_text="What the lead expects and when labelling ends, written before it begins. For leads."
    )
    pairs_each = models.PositiveIntegerField(default=100, help_text="Pairs dealt to each annotator.")
    overlap = models.FloatField(default=0, help_text="Share of each annotator's pairs that every other one sees too.")
    seed = models.BigIntegerField(default=0)
    simulated = models.BooleanField(default=False, help_text="Its labels were made by a program, not by experts.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    opened = models.DateTimeField(
        null=True, blank=True, default=timezone.now, help_text="When annotators first saw it; empty in a draft."
    )
    paused = models.DateTimeField(null=True, blank=True, help_text="Takes no answers since then, for a while.")
    closed = models.DateTimeField(null=True, blank=True, help_text="When labelling ended; empty while it is open.")
    deadline = models.DateTimeField(null=True, blank=True, help_text="From then on it takes no answers.")

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaign", args=[self.pk])

    @property
    def state(self) -> CampaignState:
        if self.closed:
            return CampaignState.CLOSED
        if self.opened is None:
            return CampaignState.DRAFT
        return CampaignState.PAUSED if self.paused else CampaignState.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.deadline is not None and self.deadline <= timezone.now()

    @property
    def is_over(self) -> bool:
        """Takes no more answers unless its lead decides otherwise."""
        return self.closed is not None or self.is_overdue

    @property
    def is_open(self) -> bool:
        """Takes answers at this moment."""
        return self.state == CampaignState.OPEN and not self.is_overdue

    @property
    def refusal(self) -> str:
        """Why it takes no answers, and what to do; empty where it takes them."""
        if self.state == CampaignState.CLOSED:
            return gettext("This campaign is closed and takes no more answers: ask its lead to reopen it.")
        if self.state == CampaignState.DRAFT:
            return gettext("This campaign has not begun and takes no answers yet: wait until its lead opens it.")
        if self.deadline and self.is_overdue:
            ended = date_format(timezone.localtime(self.deadline), gettext("j F Y, H:i e"))
            return gettext("This campaign took answers until %(time)s: ask its lead to extend the deadline.") % {
                "time": ended
            }
        if self.state == CampaignState.PAUSED:
            return gettext("This campaign is paused and takes no answers for now: go on when its lead has resumed it.")
        return ""


class CampaignChange(models.Model):
    """A change of a campaign's state or deadline. Rows are only ever added."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=10, choices=CampaignState, help_text="After the change.")
    deadline = models.DateTimeField(null=True, help_text="After the change.")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]


class CampaignLead(models.Model):
    """Somebody who leads one campaign without being a project lead. Withdrawn ones stay on record."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="leads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person"],
                condition=models.Q(withdrawn__isnull=True),
                name="leads_a_campaign_once",
            )
        ]


class Invitation(models.Model):
    """A link that makes whoever opens it an annotator of a campaign. Only the link itself holds its token."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, in hexadecimal.")
    note = models.CharField(max_length=200, blank=True, help_text="Whom it is for. Only leads see it.")
    places = models.PositiveIntegerField(default=1, help_text="How many people may join by it.")
    expires = models.DateTimeField()
    withdrawn = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]


class InvitationUse(models.Model):
    """Somebody who joined by an invitation."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="uses")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["invitation", "person"], name="invitation_used_once_by_each")]
