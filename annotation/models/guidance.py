"""Example, practice and gold pairs of a campaign, and the answers to practice pairs.

Part of `annotation.models`, which imports it. Rows are added and withdrawn, not changed: what annotators were shown
when they answered stays known. Only before a campaign opens, when nobody has seen anything, may rows disappear.
"""

import uuid

from django.conf import settings
from django.db import models

from annotation.vocabulary import Guidance, Label
from heritage.models import Record
from linking.models import CandidatePair


class GuidancePair(models.Model):
    """Two records with the label that a lead holds to be right, shown to annotators as an example or for practice."""

    # Random: annotators see it in the addresses of practice pairs.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="guidance_pairs")
    kind = models.CharField(max_length=10, choices=Guidance)
    a = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    b = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=40, choices=Label)
    note = models.TextField(blank=True, help_text="Why; annotators read it. Practice pairs need it.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "a", "b"], condition=models.Q(withdrawn__isnull=True), name="guided_by_a_pair_once"
            )
        ]


class PracticeAnswer(models.Model):
    """What an annotator said of a practice pair. It is no annotation and counts nowhere. Rows are only ever added."""

    practice = models.ForeignKey(GuidancePair, on_delete=models.PROTECT, related_name="practice_answers")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=40, choices=Label)
    submission = models.UUIDField(default=uuid.uuid4, help_text="One per shown form: a resend carries the same.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "annotator", "submission"], name="one_practice_answer_per_submission"
            )
        ]


class GoldPair(models.Model):
    """A pair of the campaign's sampling and the label that its leads hold to be right. Annotators never learn of it."""

    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="gold_pairs")
    pair = models.ForeignKey(CandidatePair, on_delete=models.PROTECT, related_name="gold_marks")
    label = models.CharField(max_length=40, choices=Label)
    note = models.TextField(blank=True, help_text="Only leads read it.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "pair"], condition=models.Q(withdrawn__isnull=True), name="gold_once_per_campaign"
            )
        ]
