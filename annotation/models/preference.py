"""Preference studies, what each model found, and which row experts chose. History is append-only."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from heritage.models import Record


class PreferenceStudy(models.Model):
    """One comparison of models by their results for text queries."""

    # Random, so that an address tells nothing of how many studies there are or when one was made.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True, help_text="Experts see it: do not name models.")
    model_slugs = ArrayField(models.CharField(max_length=100), help_text="The models compared.")
    collection_slugs = ArrayField(models.CharField(max_length=50), help_text="The collections searched.")
    slices = ArrayField(models.CharField(max_length=20), help_text="Ranks that make up a row, such as 1-4.")
    instructions = models.TextField(blank=True, help_text="Shown to experts before their first choice.")
    seed = models.BigIntegerField(help_text="Of the order of choices and rows. Who knows it knows the rows.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True, help_text="When choosing ended; empty while it is open.")

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "preference studies"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("preference-study", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed is None


class PreferenceQuery(models.Model):
    """A text that the collections were searched for."""

    study = models.ForeignKey(PreferenceStudy, on_delete=models.CASCADE, related_name="queries")
    position = models.PositiveIntegerField(help_text="Place in the lead's list, from 1.")
    text = models.CharField(max_length=200)

    class Meta:
        ordering = ["study", "position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "position"], name="one_query_per_position"),
            models.UniqueConstraint(fields=["study", "text"], name="query_once_per_study"),
        ]

    def __str__(self) -> str:
        return self.text


class PreferenceResult(models.Model):
    """A record at its rank in what one model found for a query, kept as it was when the study was made."""

    query = models.ForeignKey(PreferenceQuery, on_delete=models.CASCADE, related_name="results")
    model_slug = models.CharField(max_length=100)
    rank = models.PositiveIntegerField(help_text="From 1. Only the ranks of the study's slices are kept.")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["query", "model_slug", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["query", "model_slug", "rank"], name="one_result_per_rank"),
            models.UniqueConstraint(fields=["query", "model_slug", "record"], name="result_once_per_ranking"),
        ]


class ChoiceSet(models.QuerySet["PreferenceChoice"]):
    """Choices, most often those of one expert in one study."""

    def answered(self) -> "ChoiceSet":
        return self.filter(models.Exists(PreferenceAnswer.objects.filter(choice=models.OuterRef("pk"))))

    def unanswered(self) -> "ChoiceSet":
        return self.filter(~models.Exists(PreferenceAnswer.objects.filter(choice=models.OuterRef("pk"))))

    def after(self, position: int) -> "PreferenceChoice | None":
        return self.filter(position__gt=position).order_by("position").first()


class PreferenceChoice(models.Model):
    """One query and slice put before one expert, at a place in that expert's own random order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    query = models.ForeignKey(PreferenceQuery, on_delete=models.CASCADE, related_name="choices")
    study = models.ForeignKey(PreferenceStudy, on_delete=models.CASCADE, related_name="choices")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    slice = models.CharField(max_length=20)
    position = models.PositiveIntegerField(help_text="Place in this expert's order, from 1.")
    rows = models.JSONField(
        help_text="The models behind each row, from top to bottom as shown; several where they show the same records."
    )

    objects = ChoiceSet.as_manager()

    class Meta:
        ordering = ["study", "annotator", "position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "annotator", "position"], name="one_choice_per_position"),
            models.UniqueConstraint(fields=["annotator", "query", "slice"], name="choice_once_per_annotator"),
        ]

    def get_absolute_url(self) -> str:
        """The page on which its expert makes it."""
        return reverse("preference-choice", args=[self.study_id, self.pk])


class PreferenceAnswer(models.Model):
    """What an expert chose. Corrections are new rows; the newest counts."""

    choice = models.ForeignKey(PreferenceChoice, on_delete=models.PROTECT, related_name="answers")
    row = models.PositiveSmallIntegerField(help_text="The row's place on the page, from 1; 0 where none is better.")
    comment = models.TextField(blank=True)
    seconds = models.FloatField(null=True, help_text="Time on the choice, as the browser measured it.")
    submission = models.UUIDField(default=uuid.uuid4, help_text="One per shown form: a resend carries the same.")
    created = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["choice", "submission"], name="one_answer_per_submission")]
