"""Pairs dealt to annotators and what they say of them. History is append-only."""

import uuid
from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.urls import reverse

from annotation.vocabulary import Faulty, Label, SkipReason
from linking.models import CandidatePair

from .campaigns import Campaign
from .labels import FinerLabel


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


class AnnotationSet(models.QuerySet["Annotation"]):
    def that_count(self) -> "AnnotationSet":
        """Of each assignment the newest: its corrected forerunners are left out."""
        newer = Annotation.objects.filter(assignment=models.OuterRef("assignment"), pk__gt=models.OuterRef("pk"))
        return self.filter(~models.Exists(newer.order_by()))


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

    objects = AnnotationSet.as_manager()

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


class LabellingEnd(models.Model):
    """Somebody gave up labelling in a campaign that they lead, to see its results. It cannot be taken back: from then
    on they give no answers there and change none."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="labelling_ends")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "annotator"], name="labelling_ends_once"),
        ]


class Reflection(models.Model):
    """What an annotator wrote afterwards: how they decided, image or text, what was missing. Newest counts."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reflections")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reflections")
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
