"""What came into the catalogue when, from which file and by which mapping: enough to undo it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse

from .catalogue import Collection, Record


class Import(models.Model):
    """One import into one collection. The records that it created name it themselves (`Record.imported_by`)."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="imports")
    files = models.JSONField(default=list, help_text="Names of the files, as the person who brought them knows them.")
    mapping = models.JSONField(default=dict, help_text="The mapping that made records of their rows.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, help_text="Empty while it runs, and where it was stopped.")
    result = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What `import_records --json` answers."
    )
    undone = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Import {self.pk} into {self.collection.slug}"

    def get_absolute_url(self) -> str:
        return reverse("import", args=[self.collection.slug, self.pk])


class ImportChange(models.Model):
    """A record as it was before an import changed it."""

    by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="changes")
    before = models.JSONField(help_text="Its texts, terms, rights and pictures.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["by", "record"], name="one_change_per_import_and_record")]

    def __str__(self) -> str:
        return f"{self.record_id} before import {self.by_id}"


class SavedMapping(models.Model):
    """A mapping that people made, known by its name beside those that ship."""

    name = models.SlugField(unique=True, help_text="Short name, such as our-tms-export.")
    document = models.JSONField(help_text="As `heritage.importers.mapping` writes it.")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
