"""Queries to begin with: what many of the records that can be found are called."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from django.db.models import Count, Exists, OuterRef

from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Collection, Record
from models_ml.metrics import EMPTY_NAMES

from .recipe import DEFAULT_QUERIES

LONGEST = 40
# How many times as many frequent names as queries the queries are drawn from.
POOL = 2


def suggest_queries(collections: Sequence[Collection], *, count: int = DEFAULT_QUERIES, seed: int = 0) -> list[str]:
    """`count` queries drawn from the most frequent names of records with a picture; fewer where there are fewer."""
    pictures = IMAGES_HERE.filter(record=OuterRef("pk"))
    named = Record.objects.filter(Exists(pictures), collection__in=list(collections)).exclude(name="")
    return draw_queries(
        named.order_by("name").values_list("name").annotate(Count("pk")).iterator(), count=count, seed=seed
    )


def draw_queries(names: Iterable[tuple[str, int]], *, count: int, seed: int) -> list[str]:
    """Draw `count` of the most frequent terms, in alphabetical order. Pure.

    names: each name with how many records bear it. Its term is what stands before the first comma, semicolon, colon
    or bracket ("lamp, electric" -> "lamp"), in lower case. Terms of more than LONGEST characters, without letters, or
    with a word that says nothing of what the object is are passed over.
    """
    counts: Counter[str] = Counter()
    for name, records in names:
        term = " ".join(re.split(r"[,;:(\[]", name, maxsplit=1)[0].lower().split())
        if len(term) <= LONGEST and re.search(r"[^\W\d_]", term) and not set(term.split()) & set(EMPTY_NAMES):
            counts[term] += records
    pool = sorted(counts, key=lambda term: (-counts[term], term))[: POOL * count]
    drawn = np.random.default_rng(seed).permutation(len(pool))[:count]
    return sorted(pool[place] for place in drawn)
