"""Samplings, the strata they drew from, and the candidate pairs they drew."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from heritage.models import Record
from linking.sampling.variants.kinds import KINDS, PLAIN, SimilarityKind
from models_ml.vectors.mixture import mixture


class SamplingManager(models.Manager["Sampling"]):
    """Samplings that campaigns may use; surveys are not among them."""

    def get_queryset(self) -> models.QuerySet["Sampling"]:
        return super().get_queryset().filter(is_survey=False)


class Sampling(models.Model):
    """Pairs drawn where models agree or disagree, with all that is needed to draw them again."""

    name = models.CharField(max_length=200, unique=True)
    recipe = models.JSONField(
        help_text="What `SamplingRecipe` holds; for pairs that were imported with their "
        "annotations, models and the file they came from."
    )
    thresholds = models.JSONField(
        default=dict, help_text="{comparison: {model: similarity at or above which a pair is similar}}"
    )
    histograms = models.JSONField(
        default=dict, help_text="{comparison: {model: how its similarities are spread, of a sample of pairs}}"
    )
    provenance = models.JSONField(
        default=dict, help_text="Models, records and vectors at the time, by which changes are noticed later."
    )
    is_survey = models.BooleanField(
        default=False, help_text="A look at the strata, with a few example pairs, before pairs are drawn for experts."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)

    objects = SamplingManager()
    with_surveys = models.Manager["Sampling"]()

    class Meta:
        ordering = ["-created"]
        base_manager_name = "with_surveys"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("survey" if self.is_survey else "sampling", args=[self.pk])

    @property
    def model_slugs(self) -> list[str]:
        """Slugs of the compared models, in the order of the recipe: the first is the base."""
        return list(self.recipe["models"])

    @property
    def mixture(self) -> str:
        """What to say where vectors of two kinds of pictures were compared; else empty."""
        return mixture(self.provenance.get("pictures", {}))

    @property
    def drawn_by(self) -> tuple[str, ...]:
        """Names of the comparisons that pairs were drawn by; none where pairs were imported."""
        return self.similarity_kind.drawn_by(self.recipe.get("comparisons", []))

    @property
    def similarity_kind(self) -> SimilarityKind:
        """What similarities are here: plain cosines where the recipe says nothing."""
        return KINDS[self.recipe.get("similarity", PLAIN.name)]

    @property
    def told_similarity(self) -> str:
        """Its name, as files say it; empty where pairs were imported from a file that did not say."""
        untold = "imported_from" in self.recipe and "similarity" not in self.recipe
        return "" if untold else self.similarity_kind.name


class Stratum(models.Model):
    """All pairs that, under one comparison, share one pattern of similar and not similar over the models."""

    sampling = models.ForeignKey(Sampling, on_delete=models.CASCADE, related_name="strata")
    comparison = models.CharField(max_length=20, blank=True, help_text="Empty where a published table does not say.")
    pattern = models.JSONField(help_text="{model: 0 or 1}")
    available = models.PositiveBigIntegerField(
        null=True, help_text="Pairs in the stratum; sampling weights need it. Unknown for imported pairs."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sampling", "comparison", "pattern"], name="stratum_unique_in_sampling")
        ]

    def __str__(self) -> str:
        # By name: PostgreSQL keeps the keys of a jsonb object in an order of its own.
        return " ".join([self.comparison, *(f"{model}={flag}" for model, flag in self.pattern.items())]).strip()


class CandidatePair(models.Model):
    """Two records of different collections that a sampling drew for experts to judge.

    `a` is of the recipe's first collection, `b` of a later one, whatever the comparison's direction.
    """

    stratum = models.ForeignKey(Stratum, on_delete=models.CASCADE, related_name="pairs")
    sampling = models.ForeignKey(Sampling, on_delete=models.CASCADE, related_name="pairs")
    a = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    b = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    similarity = models.JSONField(default=dict, help_text="{comparison: {model: similarity or null}}")
    similar = models.JSONField(default=dict, help_text="{comparison: {model: true or false}}")
    control = models.CharField(
        max_length=20, blank=True, help_text="random or similar where it was drawn as a control, not for its stratum."
    )
    inclusion_probability = models.FloatField(
        null=True, help_text="With which it was drawn; its inverse is its weight. Unknown for imported pairs."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["sampling", "a", "b"], name="pair_drawn_once_per_sampling")]
