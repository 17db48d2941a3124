"""The words that records are written with."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func


class Word(models.Model):
    """A word of some record's name, terms or description, in lower case, not stemmed."""

    word = models.TextField(primary_key=True)
    trigrams = models.GeneratedField(
        expression=Func("word", function="heritage_trigrams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
        help_text="Its letters by three, with blanks around it.",
    )

    class Meta:
        indexes = [GinIndex(fields=["trigrams"], name="word_trigrams")]

    def __str__(self) -> str:
        return self.word
