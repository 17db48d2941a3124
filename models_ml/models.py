"""Registered models, the vectors they computed, and how good they were found to be."""

from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast
from django.urls import reverse
from pgvector.django import HalfVectorField, VectorField

from heritage.models import Collection, Image, TextSegment


class EmbeddingModel(models.Model):
    """A model that maps images and texts to vectors of one space."""

    slug = models.SlugField(max_length=100, unique=True, help_text="Short name used in commands and results.")
    source = models.TextField(
        help_text="Where its weights are: an open_clip ARCHITECTURE:TAG, hf-hub:ORG/NAME or local-dir:PATH."
    )
    dimension = models.PositiveIntegerField(help_text="Length of its vectors.")
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        help_text="The model it was fine-tuned from.",
    )
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its weights where they are local.")
    training = models.JSONField(default=dict, blank=True, help_text="Data, recipe and figures of its fine-tuning.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("model", args=[self.slug])


def _half() -> models.GeneratedField:
    """Of a row's vector, by the database: small enough to lie in the row, where the vector is a page or two beside."""
    return models.GeneratedField(
        expression=Cast("vector", HalfVectorField()),
        output_field=HalfVectorField(),
        db_persist=True,
        help_text="The vector at half precision, by which searches choose what they compare exactly.",
    )


class ImageVector(models.Model):
    """The L2-normalised float32 vector of one image under one model."""

    model = models.ForeignKey(EmbeddingModel, on_delete=models.CASCADE, related_name="image_vectors")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="vectors")
    vector = VectorField()
    half = _half()
    of_page = models.BooleanField(
        db_default=False,
        help_text="Whether it is of the page's lossy picture: models did not always read the original.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "image"], name="one_vector_per_model_and_image")]
        indexes = [models.Index(fields=["model"], name="image_vectors_of_page", condition=models.Q(of_page=True))]


class SegmentVector(models.Model):
    """The L2-normalised float32 vector of one text segment under one model."""

    model = models.ForeignKey(EmbeddingModel, on_delete=models.CASCADE, related_name="segment_vectors")
    segment = models.ForeignKey(TextSegment, on_delete=models.CASCADE, related_name="vectors")
    vector = VectorField()
    half = _half()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "segment"], name="one_vector_per_model_and_segment")]


class CollectionMean(models.Model):
    """The mean vector of a collection's images or texts under one model, kept with which vectors it is of."""

    model = models.ForeignKey(EmbeddingModel, on_delete=models.CASCADE, related_name="collection_means")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    modality = models.CharField(max_length=10, help_text="image or text.")
    mean = VectorField()
    records = models.PositiveIntegerField(help_text="How many have such a vector: small collections shrink.")
    digest = models.CharField(
        max_length=40, help_text="Number of the vectors and digest of their identities: by it a stale mean is told."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "collection", "modality"], name="one_mean_per_model_collection_and_modality"
            )
        ]


class RecordMapManager(models.Manager["RecordMap"]):
    """Leaves the arrays in the database until they are read: megabytes of a large map."""

    def get_queryset(self) -> models.QuerySet["RecordMap"]:
        return super().get_queryset().defer("arrays", "neighbours")


class RecordMap(models.Model):
    """All records of a model in two dimensions, as `models_ml.maps` laid them out."""

    class By(models.TextChoices):
        RECORD = "record", "Pictures and words"
        IMAGE = "image", "Pictures"
        TEXT = "text", "Words"

    model = models.ForeignKey(EmbeddingModel, on_delete=models.CASCADE, related_name="maps")
    by = models.CharField(max_length=10, choices=By, help_text="What of the records it is laid out by.")
    centred = models.BooleanField(help_text="Whether each collection's house style was left out.")
    seed = models.PositiveIntegerField()
    records = models.PositiveIntegerField(help_text="How many are on it.")
    document = models.JSONField(help_text="Which vectors it is of, its clusters, its terms, and what made it.")
    arrays = models.BinaryField(help_text="Keys of the records, places, clusters and terms (`models_ml.maps.arrays`).")
    neighbours = models.BinaryField(help_text="Of each record those that the model finds nearest.")
    created = models.DateTimeField(auto_now=True, help_text="When it was last computed.")

    objects = RecordMapManager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["model", "by", "centred"], name="one_map_of_each_kind")]

    def __str__(self) -> str:
        return f"Map of {self.model}"

    def get_absolute_url(self) -> str:
        query = {"by": self.by, "style": "without" if self.centred else "with"}
        return f"{reverse('map', args=[self.model.slug])}?{urlencode(query)}"


class Evaluation(models.Model):
    """Figures of some models over the same records, with all that is needed to work them out again."""

    class Kind(models.TextChoices):
        ZERO_SHOT = "zero-shot", "Zero-shot"
        SEARCH = "search", "Search"
        LINKS = "links", "Links"

    kind = models.CharField(max_length=20, choices=Kind)
    evaluated = models.ManyToManyField(EmbeddingModel, related_name="evaluations")
    document = models.JSONField(help_text="What `evaluate --json` prints: settings, rows, comparisons.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("evaluation", args=[self.pk])
