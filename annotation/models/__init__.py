"""Campaigns in which experts label pairs blind. History is append-only; counts are derived."""

import uuid
from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from linking.models import CandidatePair, Sampling

# Models of this app that lie beside what uses them.
from .guidance import GoldPair, Guidance, GuidancePair, PracticeAnswer  # noqa: F401
from .labels import CampaignLabel, CampaignLabelName, FinerLabel, FinerLabelName, Label, LabelColour, default_labels  # noqa: F401
from .preference import PreferenceAnswer, PreferenceChoice, PreferenceQuery, PreferenceResult, PreferenceStudy  # noqa: F401
from .results import KeptAnalysis, ResultOpening  # noqa: F401


class SkipReason(models.TextChoices):
    """Why somebody passes a pair over."""

    CANNOT_TELL = "cannot_tell", "I cannot tell from what is here"
    NO_PICTURE = "no_picture", "A picture is missing or useless"
    NOT_MY_FIELD = "not_my_field", "It is outside my field"
    OTHER = "other", "Another reason (say which in a comment)"


class Faulty(models.TextChoices):
    """Which records of a pair somebody found broken: wrong picture, garbled text, not an object at all."""

    NONE = "", "Neither"
    A = "a", "The first"
    B = "b", "The second"
    BOTH = "ab", "Both"


class CampaignState(models.TextChoices):
    """How far a campaign is. Only an open one takes answers, and that until its deadline."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class Campaign(models.Model):
    """One round of labelling: the pairs of a sampling, dealt to annotators.

    Its dates say how it stands now; `CampaignChange` keeps who brought it there and what was before.
    """

    # Random, so that an address tells nothing of how many campaigns there are or when one was made.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True, help_text="Annotators see it: do not name models or scores.")
    sampling = models.ForeignKey(Sampling, on_delete=models.PROTECT, related_name="campaigns")
    instructions = models.TextField(blank=True, help_text="Shown to annotators before their first pair.")
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
            return "This campaign is closed and takes no more answers: ask its lead to reopen it."
        if self.state == CampaignState.DRAFT:
            return "This campaign has not begun and takes no answers yet: wait until its lead opens it."
        if self.deadline and self.is_overdue:
            ended = date_format(timezone.localtime(self.deadline), "j F Y, H:i e")
            return f"This campaign took answers until {ended}: ask its lead to extend the deadline."
        if self.state == CampaignState.PAUSED:
            return "This campaign is paused and takes no answers for now: go on when its lead has resumed it."
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


class Assignment(models.Model):
    """One pair that one annotator is asked about, at a place in that annotator's own random order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="assignments")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    pair = models.ForeignKey(CandidatePair, on_delete=models.PROTECT, related_name="assignments")
    position = models.PositiveIntegerField(help_text="Place in this annotator's order, from 1.")
    shared = models.BooleanField(
        default=False, help_text="Every annotator of the campaign gets this pair; any other pair goes to one alone."
    )

    class Meta:
        ordering = ["campaign", "annotator", "position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "annotator", "pair"], name="pair_assigned_once_per_annotator"),
            models.UniqueConstraint(fields=["campaign", "annotator", "position"], name="one_pair_per_position"),
        ]

    def get_absolute_url(self) -> str:
        """The page on which its annotator answers it."""
        return reverse("label-pair", args=[self.campaign_id, self.pk])


class Annotation(models.Model):
    """An answer to an assignment. Corrections are new rows; the newest counts."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="annotations")
    label = models.CharField(max_length=40, choices=Label, blank=True, help_text="Empty only where imported so.")
    finer = models.ForeignKey(
        FinerLabel,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="annotations",
        help_text="Under the label; empty where the answer was left at the label itself.",
    )
    comment = models.TextField(blank=True)
    unsure = models.BooleanField(default=False, help_text="The annotator hesitated between labels.")
    faulty = models.CharField(max_length=2, choices=Faulty, blank=True, help_text="Records that look broken.")
    seconds = models.FloatField(null=True, help_text="Time on the pair, as the browser measured it.")
    active_seconds = models.FloatField(
        null=True, help_text="Of these, seconds with the page in focus and no minute without a key or pointer."
    )
    submission = models.UUIDField(default=uuid.uuid4, help_text="One per shown form: a resend carries the same.")
    created = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "submission"], name="one_annotation_per_submission")
        ]

    def said(self, names: Mapping[str, str]) -> str:
        """The label by its name among these, with the finer one behind it; empty where the pair was left empty."""
        name = names.get(self.label, "")
        return f"{name}: {self.finer.name}" if self.finer else name


class Skip(models.Model):
    """A pair that its annotator passed over. An answer given to it later counts all the same."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=20, choices=SkipReason)
    comment = models.TextField(blank=True)
    faulty = models.CharField(max_length=2, choices=Faulty, blank=True, help_text="Records that look broken.")
    submission = models.UUIDField(default=uuid.uuid4)
    created = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assignment", "submission"], name="one_skip_per_submission")]


class Reflection(models.Model):
    """What an annotator wrote afterwards: how they decided, image or text, what was missing. Newest counts."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reflections")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reflections")
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]


class Verdict(models.TextChoices):
    """What a curator says of a link."""

    SIGNED_OFF = "signed_off", "Signed off"
    REJECTED = "rejected", "Rejected"
    REOPENED = "reopened", "Taken back"


class LinkReview(models.Model):
    """A curator's verdict on a link that a campaign found. A change of mind is a new row; the newest counts."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="link_reviews")
    pair = models.ForeignKey(CandidatePair, on_delete=models.PROTECT, related_name="link_reviews")
    verdict = models.CharField(max_length=20, choices=Verdict)
    label = models.CharField(max_length=40, choices=Label, help_text="What the link claimed when it was reviewed.")
    reason = models.TextField(blank=True, help_text="Needed for a rejection.")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="link_reviews")
    submission = models.UUIDField(default=uuid.uuid4, help_text="One per shown form: a resend carries the same.")
    created = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "pair", "submission"], name="one_review_per_submission")
        ]
        indexes = [models.Index(fields=["campaign", "pair", "-id"], name="newest_review_of_link")]
