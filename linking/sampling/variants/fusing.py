"""All comparisons in one: the sum, over the comparisons that both records have, of standardised similarities.

    fused(a, b) = sum over c of (s_c(a, b) - mean_c) / sd_c

A comparison that a pair lacks adds nothing, as if it were an average one: so fused similarities of pairs with and
without pictures are of one scale. Summing standardised scores is the plainest fusion of several sources that needs no
labels (Jain, Nandakumar and Ross, Score normalization in multimodal biometric systems, Pattern Recognition 38, 2005).

mean_c and sd_c are each model's, over all pairs of up to SAMPLED records of either collection: those with the least
keys, so which they are depends on the records alone and not on their order, and as collections grow most stay. Over
all pairs they could be had from sums of vectors only for mean similarities, not for the greatest of several cosines,
and at the cost of another sweep. A comparison by which all these pairs are alike (sd 0) tells nothing and adds 0.
Pure.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from linking.sampling.adjusted import AdjustedSimilarity
from linking.sampling.similarity import PairSimilarity, VectorGroups
from linking.sampling.tiles import Section

SAMPLED = 256
LEAST_DEVIATION = 1e-6  # similarities that differ by less differ by rounding
DIGITS = 9
SPAN = 5.0  # standard deviations for each comparison


def fused(comparisons: Sequence[Sequence[Section]], keys: np.ndarray) -> list[list[Section]]:
    """For each place of the inner sequences, the sections that together hold its pairs.

    comparisons: by comparison, then by two collections, what is compared (sections may be empty), the models side by
    side; keys: (n,) uint64 of the records by place.
    """
    models = range(len(comparisons[0][0].models))
    moments = [
        [_moments([section.models[model] for section in sections], keys) for model in models]  # type: ignore[misc]
        for sections in comparisons
    ]
    return [_fused(list(parts), moments) for parts in zip(*comparisons, strict=True)]


def _fused(parts: list[Section], moments: list[list[tuple[float, float]]]) -> list[Section]:
    """By which comparisons records have, on either side: within a section all pairs have the same."""
    found = []
    for rows, of_a in _by_what_they_have([part.a for part in parts]):
        for columns, of_b in _by_what_they_have([part.b for part in parts]):
            both = [place for place in range(len(parts)) if place in of_a and place in of_b]
            if both:
                taken = [
                    parts[place].take(np.isin(parts[place].a, rows), np.isin(parts[place].b, columns)) for place in both
                ]
                found.append(_sum_of(taken, [moments[place] for place in both]))
    return found


def _by_what_they_have(sides: list[np.ndarray]) -> list[tuple[np.ndarray, set[int]]]:
    """Records that are in the same ones of some lists, and in which."""
    records = np.unique(np.concatenate(sides))
    codes = sum(np.isin(records, side).astype(np.int64) << place for place, side in enumerate(sides))
    return [
        (records[codes == code], {place for place in range(len(sides)) if code >> place & 1})
        for code in np.unique(codes).tolist()
    ]


def _sum_of(parts: list[Section], moments: list[list[tuple[float, float]]]) -> Section:
    models = []
    for model in range(len(parts[0].models)):
        own: list[PairSimilarity] = [part.models[model] for part in parts]  # type: ignore[misc]
        scales = tuple(0.0 if not sd else 1 / sd for _, sd in (of[model] for of in moments))
        shift = -sum(scale * of[model][0] for scale, of in zip(scales, moments, strict=True))
        added = np.full(len(own[0].a), shift), np.zeros(len(own[0].b))
        models.append(AdjustedSimilarity(tuple(own), scales, *added, SPAN * len(own)))
    return Section(tuple(models))


def _moments(sections: Sequence[PairSimilarity], keys: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a sample of a model's similarities; 0 and 0 of none, and no deviation if small."""
    count = sum(pairs.size for pairs in sections)
    tables = [np.empty(0)]
    for pairs in sections:
        if pairs.size:
            most = max(round(SAMPLED * sqrt(pairs.size / count)), 1)  # each in proportion to its size
            tables.append(
                pairs.take(_least(pairs.a, keys, most), _least(pairs.b, keys, most)).table(np.float64).ravel()
            )
    values = np.sort(np.concatenate(tables).astype(np.float32)).astype(np.float64)  # whatever the records' order
    if not len(values):
        return 0.0, 0.0
    mean, sd = float(values.mean()), float(values.std())
    # The last digits of a product in float64 depend on the machine; they decide nothing here.
    return (_rounded(mean), _rounded(sd)) if sd > LEAST_DEVIATION else (_rounded(mean), 0.0)


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _least(groups: VectorGroups, keys: np.ndarray, most: int) -> np.ndarray:
    """(at most `most`,) ascending places of the groups whose records have the least keys."""
    return np.sort(np.argsort(keys[groups.records], kind="stable")[:most])
