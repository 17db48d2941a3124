"""Groups of records that would tell a model what to expect of each other: they share a picture or nearly all words.

Two texts share nearly all words where the Jaccard similarity of their word sets, common words over all words, is
at least `NEARLY`. Texts of fewer than `LEAST_WORDS` distinct words are not compared: that two records are called
"Glass bottle" and say no more does not make one a copy of the other.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NEARLY = 0.9
LEAST_WORDS = 8

_WORD = re.compile(r"\w+")


def words(texts: Sequence[str]) -> frozenset[str]:
    """The distinct words of a record's texts, without case."""
    return frozenset(_WORD.findall(" ".join(texts).casefold()))


def twin_groups(pictures: Sequence[Sequence[Hashable]], word_sets: Sequence[frozenset[str]]) -> np.ndarray:
    """Group number of each record, shape (n,): the connected components of being twins.

    `pictures` are each record's pictures by content, `word_sets` its words; both in the order of the records.
    """
    edges = np.array([*_same_picture(pictures), *_nearly_same_words(word_sets)], dtype=np.int64).reshape(-1, 2)
    count = len(word_sets)
    graph = coo_array((np.ones(len(edges), dtype=bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _same_picture(pictures: Sequence[Sequence[Hashable]]) -> Iterator[tuple[int, int]]:
    owners = defaultdict(list)
    for record, shown in enumerate(pictures):
        for picture in shown:
            owners[picture].append(record)
    for records in owners.values():
        yield from pairwise(records)


def _nearly_same_words(word_sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of records whose texts share nearly all words; of equal texts, a chain through them.

    Exact, by prefix filtering (Chaudhuri, Ganti and Kaushik, ICDE 2006): of two sets this similar, those many
    rarest words that may be missing, and one more, have a word in common. So only such sets are compared.
    """
    equal = defaultdict(list)
    for record, own in enumerate(word_sets):
        if len(own) >= LEAST_WORDS:
            equal[own].append(record)
    for records in equal.values():
        yield from pairwise(records)

    frequency = Counter(word for own in equal for word in own)
    # By size, so that a set meets only smaller ones, of which those below NEARLY of its size cannot match.
    distinct = sorted(equal, key=len)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(distinct):
        size = len(own)
        rarest = sorted(own, key=lambda word: (frequency[word], word))[: size - ceil(NEARLY * size - 1e-9) + 1]
        candidates = {other for word in rarest for other in holders[word] if len(distinct[other]) >= NEARLY * size}
        for other in candidates:
            common = len(own & distinct[other])
            if common >= NEARLY * (size + len(distinct[other]) - common):
                yield equal[own][0], equal[distinct[other]][0]
        for word in rarest:
            holders[word].append(place)
