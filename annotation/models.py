"""Campaigns in which experts label pairs blind. History is append-only; counts are derived."""

import uuid
from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from linking.models import CandidatePair, Sampling

# Models of this app that lie beside what uses them.
from .guidance.models import GoldPair, Guidance, GuidancePair, PracticeAnswer  # noqa: F401
from .preference.models import (  # noqa: F401
    PreferenceAnswer,
    PreferenceChoice,
    PreferenceQuery,
    PreferenceResult,
    PreferenceStudy,
)
from .result_models import KeptAnalysis, ResultOpening  # noqa: F401


class Label(models.TextChoices):
    """How two records relate, in order of closeness. A link is any label but *unrelated*."""

    SAME_OBJECT = "same_object", "Same object"
    SIMILAR_OBJECT = "similar_object", "Similar object"
    SAME_CATEGORY = "same_category", "Same category"
    UNRELATED = "unrelated", "Unrelated"


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


class LabelColour(models.TextChoices):
    """What a campaign may mark a label with, besides its name and key. A style sheet says what each looks like."""

    GREY = "grey", "Grey"
    BROWN = "brown", "Brown"
    OCHRE = "ochre", "Ochre"
    RED = "red", "Red"
    BLUE = "blue", "Blue"


class CampaignLabel(models.Model):
    """How a campaign calls and shows one of the four. It has rows for all of them, or none where they stay as they are.

    Once people have answered, names may be worded better, and `CampaignLabelName` keeps what they read; all else stays.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="own_labels")
    label = models.CharField(max_length=40, choices=Label)
    name = models.CharField(max_length=40, help_text="Annotators see it: do not name models or scores.")
    shortcut = models.CharField(max_length=1, help_text="Digit or letter that chooses it.")
    colour = models.CharField(max_length=10, choices=LabelColour, default=LabelColour.GREY)
    position = models.PositiveSmallIntegerField(help_text="Place among the four, from 1.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "label"], name="label_once_in_a_campaign"),
            models.UniqueConstraint("campaign", Lower("name"), name="label_name_once_in_a_campaign"),
            models.UniqueConstraint(fields=["campaign", "shortcut"], name="label_shortcut_once_in_a_campaign"),
            models.UniqueConstraint(fields=["campaign", "position"], name="label_place_once_in_a_campaign"),
            models.CheckConstraint(condition=models.Q(label__in=Label.values), name="label_is_one_of_the_four"),
            models.CheckConstraint(condition=~models.Q(name=""), name="label_has_a_name"),
            models.CheckConstraint(condition=models.Q(shortcut__regex=r"^[a-z0-9]$"), name="label_shortcut_is_a_key"),
            models.CheckConstraint(condition=models.Q(colour__in=LabelColour.values), name="label_colour_is_known"),
            models.CheckConstraint(condition=models.Q(position__range=(1, 4)), name="label_place_is_1_to_4"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> int:
        """From 1 in order of closeness, whatever the order of showing: what scripts and chosen keys know it by."""
        return Label.values.index(self.label) + 1


def default_labels() -> list[CampaignLabel]:
    """The four as they are where a campaign has none of its own; not stored."""
    return [
        CampaignLabel(label=label, name=str(name), shortcut=str(place), position=place)
        for place, (label, name) in enumerate(Label.choices, start=1)
    ]


class CampaignLabelName(models.Model):
    """A name under which people chose one of the four before it was worded better. Rows are only ever added."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="earlier_label_names")
    label = models.CharField(max_length=40, choices=Label)
    name = models.CharField(max_length=40)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True, help_text="When it was given up.")

    class Meta:
        ordering = ["pk"]


class FinerLabel(models.Model):
    """A label that one campaign adds under one of the four, told apart further and counted with it.

    Once people have answered, its name may be worded better, and `FinerLabelName` keeps what they read; what it is
    under, its key and its letter stay.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="finer_labels")
    label = models.CharField(max_length=40, choices=Label, help_text="The one of the four that it is under.")
    key = models.SlugField(max_length=40, help_text="Names it in files and to programs.")
    name = models.CharField(max_length=60, help_text="Annotators see it: do not name models or scores.")
    shortcut = models.CharField(max_length=1, blank=True, help_text="Letter that chooses it, or none.")
    position = models.PositiveIntegerField(help_text="Place among all of the campaign, from 1.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="finer_key_once_in_a_campaign"),
            models.UniqueConstraint("campaign", Lower("name"), name="finer_name_once_in_a_campaign"),
            models.UniqueConstraint(
                fields=["campaign", "shortcut"],
                condition=~models.Q(shortcut=""),
                name="finer_shortcut_once_in_a_campaign",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FinerLabelName(models.Model):
    """A name under which people chose a finer label before it was worded better. Rows are only ever added."""

    finer = models.ForeignKey(FinerLabel, on_delete=models.CASCADE, related_name="earlier_names")
    name = models.CharField(max_length=60)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True, help_text="When it was given up.")

    class Meta:
        ordering = ["pk"]


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
