"""Clusters of a map's points, named by the terms that are theirs and not the others'. Pure.

Clusters are where points lie dense (HDBSCAN; Campello, Moulavi, Zimek and Sander, ACM TKDD 10, 2015), found on as many
points as it takes seconds for; the others belong where the nearest of these does. Names are by class-based TF-IDF
(Grootendorst, BERTopic, 2022): how often a term occurs in the cluster, times log(1 + terms of a cluster on average /
how often it occurs in all).
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import numpy as np

LOOKED_AT = 20_000
LEAST_SIZE = 5
MOST_CLUSTERS = 120  # so that a cluster has at least this share of the points
TERMS_NAMED = 2
TERMS_KEPT = 8
NONE = 0xFFFF
_WORD = re.compile(r"[^\W\d_]{3,}")
# Whose articles and prepositions name no cluster.
_LANGUAGES = ("en", "de", "fr", "nl", "es", "it", "pt", "da", "sv", "nb")


@dataclass(frozen=True)
class Cluster:
    """x, y: a point in its middle that is one of its own records'; terms: the most telling first."""

    x: int
    y: int
    size: int
    terms: tuple[str, ...]

    @property
    def name(self) -> str:
        return ", ".join(self.terms[:TERMS_NAMED])


def find_clusters(places: np.ndarray, seed: int) -> np.ndarray:
    """(n,) uint16: the cluster of each of the (n, 2) places, from 0, the largest first; NONE for loose ones."""
    from scipy.spatial import cKDTree
    from sklearn.cluster import HDBSCAN

    count = len(places)
    random = np.random.default_rng(seed)
    looked = np.sort(random.choice(count, LOOKED_AT, replace=False)) if count > LOOKED_AT else np.arange(count)
    some = places[looked].astype(np.float64)
    least = max(LEAST_SIZE, len(looked) // MOST_CLUSTERS)
    if len(looked) < 2 * least:
        return np.full(count, NONE, np.uint16)
    found = HDBSCAN(min_cluster_size=least, min_samples=LEAST_SIZE, copy=True).fit_predict(some)
    labels = found if len(looked) == count else found[cKDTree(some).query(places)[1]]
    sizes = np.bincount(labels[labels >= 0])
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((np.arange(len(sizes)), -sizes))] = np.arange(len(sizes))
    numbered = np.full(count, NONE, np.uint16)
    numbered[labels >= 0] = rank[labels[labels >= 0]]
    return numbered


def name_clusters(clusters: np.ndarray, places: np.ndarray, terms: Sequence[Sequence[str]]) -> list[Cluster]:
    """clusters: (n,) of `find_clusters`; places: (n, 2) uint16; terms: of each record, as `terms_of` gives them."""
    count = int(clusters[clusters != NONE].astype(int).max(initial=-1)) + 1
    within: list[Counter[str]] = [Counter() for _ in range(count)]
    for cluster, own in zip(clusters.tolist(), terms, strict=True):
        if cluster != NONE:
            within[cluster].update(set(own))
    overall: Counter[str] = sum(within, Counter())
    words = sum(overall.values()) / max(count, 1)
    named = []
    for number in range(count):
        own = places[clusters == number].astype(np.float64)
        middle = own[np.square(own - np.median(own, axis=0)).sum(axis=1).argmin()]
        telling = _telling(within[number], overall, words)
        named.append(Cluster(int(middle[0]), int(middle[1]), len(own), tuple(telling)))
    return named


def _telling(within: Counter[str], overall: Mapping[str, int], words: float) -> list[str]:
    """The terms of highest class-based TF-IDF, none of which is within another that came before it."""
    weight = {term: count * math.log(1 + words / overall[term]) for term, count in within.items() if count > 1}
    chosen: list[str] = []
    for term in sorted(weight, key=lambda term: (-weight[term], term)):
        said = term.casefold()
        if not any(said in other.casefold() or other.casefold() in said for other in chosen):
            chosen.append(term)
        if len(chosen) == TERMS_KEPT:
            break
    return chosen


def terms_of(name: str, taxonomy: Sequence[str]) -> list[str]:
    """What a record adds to its cluster's name: its taxonomy's terms, and without any the words of its name."""
    own = [term.strip() for term in taxonomy if term.strip()]
    return own or [word for word in _WORD.findall(name.casefold()) if word not in _stop_words()]


@cache
def _stop_words() -> frozenset[str]:
    modules = [import_module(f"spacy.lang.{language}.stop_words") for language in _LANGUAGES]
    return frozenset(word for module in modules for word in module.STOP_WORDS)


def colour_terms(terms: Sequence[Sequence[str]], most: int) -> tuple[list[str], np.ndarray]:
    """Up to `most` terms that together occur in the most records, and of each record the first of these that it has.

    Terms of more than half of all records tell little and are passed over. Returns the terms, the most frequent
    first, and (n,) uint8, 255 for records with none of them.
    """
    chosen: list[str] = []
    left = [set(own) for own in terms]
    of_record = np.full(len(terms), 255, np.uint8)
    open_records = list(range(len(terms)))
    for number in range(most):
        counts = Counter(term for record in open_records for term in left[record])
        if number == 0:
            usual = {term for term, count in counts.items() if 2 * count > len(terms)}
            left = [own - usual for own in left]
            counts = Counter({term: count for term, count in counts.items() if term not in usual})
        if not counts:
            break
        term = min(counts, key=lambda term: (-counts[term], term))
        chosen.append(term)
        having = [record for record in open_records if term in left[record]]
        of_record[having] = number
        open_records = [record for record in open_records if term not in left[record]]
    return chosen, of_record
