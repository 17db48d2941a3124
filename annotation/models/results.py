"""What is kept of a campaign's results beside the answers: the plan, the full analysis, and who has looked when.

Part of `annotation.models`, which imports it.
"""

from django.conf import settings
from django.db import models


class KeptAnalysis(models.Model):
    """The full analysis of a campaign's answers as they were: it takes longer than a page may. The newest is kept."""

    campaign = models.OneToOneField("annotation.Campaign", on_delete=models.CASCADE, related_name="kept_analysis")
    version = models.CharField(max_length=60, help_text="Of the answers and of the document's format.")
    document = models.JSONField(help_text="What `annotation.analysis.full_analysis.full_document` gives.")
    made = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "kept analyses"


class AnalysisPlan(models.Model):
    """How the answers will be analysed, written down when the campaign first opened. Nothing of it is changed but
    the name of somebody who is erased."""

    campaign = models.OneToOneField("annotation.Campaign", on_delete=models.CASCADE, related_name="analysis_plan")
    recorded = models.DateTimeField(auto_now_add=True)
    document = models.JSONField(help_text="What `annotation.campaigns.analysis_plan.plan_document` gives.")


class ResultOpening(models.Model):
    """Somebody looked at the results for the first time. History: nothing is changed or removed."""

    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="result_openings")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where a command showed them.",
    )
    opened = models.DateTimeField(auto_now_add=True)
    answers = models.PositiveIntegerField(help_text="Pairs that had an answer then.")

    class Meta:
        ordering = ["pk"]
