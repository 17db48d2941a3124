"""Collections, their records, and what a model can look at: images and text segments."""

from pathlib import Path

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Deferrable, Func
from django.urls import reverse


class Collection(models.Model):
    """The records of one museum, or of one department of it."""

    slug = models.SlugField(unique=True, help_text="Short name used in commands and addresses, such as smg.")
    name = models.CharField(max_length=200, help_text="Name that people read, such as Science Museum Group.")
    simulated = models.BooleanField(default=False, help_text="Drawn by Heritage Weaver for demonstration.")
    language = models.CharField(
        max_length=35,
        blank=True,
        validators=[RegexValidator(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", "Write a language tag, such as de or pt-BR.")],
        help_text="Of its texts, such as de or pt-BR, for those who have them read out. Empty if mixed or not known.",
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("collection", args=[self.slug])


# Of texts that do not say in which language they are: stemming and stop words.
DEFAULT_STEMMING = "english"


class Rights(models.Model):
    """Under which conditions a record's texts or a picture may be shown and used, as the museum says it."""

    licence = models.TextField(blank=True, help_text="Address or name of the licence, such as CC BY 4.0.")
    credit = models.TextField(blank=True, help_text="Credit line, to be shown with it.")
    statement = models.TextField(blank=True, help_text="What else has to be said wherever it is shown.")
    sensitive = models.BooleanField(default=False, help_text="Shown only to those who ask to see it.")
    withheld = models.BooleanField(default=False, help_text="May not be shown.")

    class Meta:
        abstract = True


class RecordManager(models.Manager["Record"]):
    """Leaves the search vector, which only PostgreSQL reads, in the database."""

    def get_queryset(self) -> models.QuerySet["Record"]:
        return super().get_queryset().defer("search")


class Record(Rights):
    """One catalogue entry. It may lack images, or text, and is a record all the same."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="records")
    record_id = models.CharField(max_length=200, help_text="The museum's own identifier.")
    name = models.TextField(blank=True, help_text="What the object is called.")
    description = models.TextField(blank=True)
    taxonomy = ArrayField(models.TextField(), default=list, blank=True, help_text="Terms, from narrow to broad.")
    accession = models.TextField(blank=True, help_text="A second identifier, such as the accession number.")
    page = models.TextField(blank=True, help_text="Address of the museum's own page.")
    kind = models.TextField(blank=True, help_text="What sort of record it is, such as object or archive.")
    languages = models.JSONField(
        default=dict, blank=True, help_text="Language tags of name and description where they are not the collection's."
    )
    imported_by = models.ForeignKey(
        "heritage.Import",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="records",
        help_text="The import that created it.",
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    stemming = models.CharField(
        max_length=63,
        default=DEFAULT_STEMMING,
        db_default=DEFAULT_STEMMING,
        editable=False,
        help_text="PostgreSQL's text search configuration for its collection's language.",
    )
    search = models.GeneratedField(
        expression=Func(
            *("stemming", "name", "record_id", "accession", "taxonomy", "description"),
            function="heritage_search_vector",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
        help_text="Words of name, identifiers, taxonomy and description, for full-text search.",
    )

    objects = RecordManager()

    class Meta:
        ordering = ["pk"]
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["collection", "record_id"], name="record_unique_in_collection")]
        indexes = [
            models.Index(fields=["collection", "id"], name="record_page_of_collection"),
            models.Index(fields=["accession"], name="record_accession", condition=~models.Q(accession="")),
            GinIndex(fields=["search"], name="record_search_words"),
            GinIndex(fields=["taxonomy"], name="record_terms"),
        ]

    def __str__(self) -> str:
        return self.name or self.record_id

    def get_absolute_url(self) -> str:
        return reverse("record", args=[self.pk])

    def _language(self, field: str) -> str:
        return self.languages.get(field) or self.collection.language

    @property
    def name_language(self) -> str:
        """Tag such as de; empty where it is not known."""
        return self._language("name")

    @property
    def description_language(self) -> str:
        return self._language("description")


def image_url(content_hash: str, size: str) -> str:
    """Where a picture is shown: `size` is display or thumbnail."""
    return reverse("image", args=[content_hash, size])


class Image(Rights):
    """One picture of a record. The pixels lie in DATA_DIR/images under their SHA-256.

    A changed picture is a new row, so that vectors computed from the old one go with it.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField(help_text="Order within the record, from 0.")
    source = models.TextField(help_text="The museum's address of the picture, or its path as imported.")
    content_hash = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="SHA-256 of the original file; empty until it is here."
    )
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why the picture could not be had.")
    view = models.TextField(blank=True, help_text="What it shows of the object, such as back or mark.")
    service = models.TextField(blank=True, help_text="Base address of its IIIF Image API service, where there is one.")
    validators = models.JSONField(
        default=dict, blank=True, help_text="ETag and Last-Modified of the answer that it came with."
    )

    class Meta:
        ordering = ["record", "position"]
        constraints = [models.UniqueConstraint(fields=["record", "source"], name="image_source_unique_in_record")]

    def __str__(self) -> str:
        return self.source

    @property
    def is_here(self) -> bool:
        return bool(self.content_hash)

    @property
    def display_url(self) -> str:
        return image_url(self.content_hash, "display")

    @property
    def thumbnail_url(self) -> str:
        return image_url(self.content_hash, "thumbnail")

    @property
    def original_path(self) -> Path:
        """The file as it came; see `heritage.pictures.store` for the folder's layout."""
        return settings.IMAGES_DIR / self.content_hash[:2] / self.content_hash / "original"


class TextSegment(models.Model):
    """A piece of a record's text that gets a vector of its own: its name, or a sentence of its description.

    A changed text is a new row, so that vectors computed from the old one go with it.
    """

    class Kind(models.TextChoices):
        NAME = "name", "Name"
        SENTENCE = "sentence", "Sentence of the description"

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="segments")
    kind = models.CharField(max_length=10, choices=Kind)
    position = models.PositiveIntegerField(help_text="Order within the record: the name is 0.")
    text = models.TextField()

    class Meta:
        ordering = ["record", "position"]
        # Deferred: when sentences move, positions may clash until the transaction ends.
        constraints = [
            models.UniqueConstraint(
                fields=["record", "position"],
                name="segment_position_unique_in_record",
                deferrable=Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.text
