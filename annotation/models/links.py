"""What curators say of the links that a campaign found."""

import uuid

from django.conf import settings
from django.db import models

from annotation.vocabulary import Label, Verdict
from linking.models import CandidatePair

from .campaigns import Campaign


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
