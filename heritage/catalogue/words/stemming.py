"""Which of PostgreSQL's text search configurations a collection's words are stemmed with."""

from functools import cache

from django.db import connection

from heritage.models import Collection, Record
from heritage.models.catalogue import DEFAULT_STEMMING

# Languages of PostgreSQL's Snowball stemmers, by the subtag that they are written with.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


def stemming_of(language: str) -> str:
    """The configuration for a language tag such as pt-BR.

    Words of a language that this server cannot stem stay as they are; texts that name no language are taken for
    English.
    """
    if not language:
        return DEFAULT_STEMMING
    name = STEMMERS.get(language.partition("-")[0].lower(), "simple")
    return name if name in _configurations() else "simple"


def stemmings_in_use() -> list[str]:
    """Of all collections, in alphabetical order; the default where there are none."""
    languages = Collection.objects.order_by().values_list("language", flat=True).distinct()
    return sorted({stemming_of(language) for language in languages}) or [DEFAULT_STEMMING]


def stem_by_language(collection: Collection) -> None:
    """Bring the records of a collection whose language has changed in line with it."""
    wanted = stemming_of(collection.language)
    Record.objects.filter(collection=collection).exclude(stemming=wanted).update(stemming=wanted)


@cache
def _configurations() -> frozenset[str]:
    """Older servers lack some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        return frozenset(name for (name,) in cursor.fetchall())
