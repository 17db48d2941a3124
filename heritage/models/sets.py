"""Sets of records that somebody put together, of one collection or of many."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse


class RecordSet(models.Model):
    """Records chosen once; the choice does not change afterwards, so that what is drawn from it can be drawn again.

    A record that is removed stays in `records` by its key alone, which is never given to another.
    """

    slug = models.SlugField(unique=True, help_text="Short name used in commands and addresses.")
    name = models.CharField(max_length=200, help_text="Name that people read, such as Kettles and teapots.")
    origin = models.CharField(max_length=300, blank=True, help_text="What the records were chosen on.")
    records = ArrayField(models.BigIntegerField(), help_text="Primary keys, ascending.")
    made_by = models.ForeignKey("heritage.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("record-set", args=[self.slug])
