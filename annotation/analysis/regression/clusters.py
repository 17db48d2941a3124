"""Which annotations are alike because they share an annotator or a record, and standard errors that allow for it.

Clusters cross: an annotator sees many records, and a record is seen by several annotators. The covariance is
that of Cameron, Gelbach and Miller, "Robust inference with multiway clustering" (2011): the sum of the
covariances clustered by each set of dimensions, odd sets added and even ones taken off. A pair has two records, so
clustering by record takes two of the dimensions.

Each of these is a jackknife that leaves out cluster after cluster (CV3), which MacKinnon, Nielsen and Webb, "Fast and
reliable jackknife and bootstrap methods for cluster-robust inference" (2023), found the one to rely on in linear
regression: a pair that everybody sees is a large cluster, and pulls the fit so far towards itself that its own
residuals say too little. A logit is not fitted again without each cluster but taken one Newton step towards that fit,
which with three annotators can be a tenth off.

The sum takes off as much as it adds, and can come out below what clustering by annotators or by records alone gives,
where it promises too much. MacKinnon, Nielsen and Webb, "Jackknife inference with two-way clustering" (2024), take the
largest of the three errors. Here each has the degrees of freedom of its own clusters, and the widest of the three
intervals is taken: with the fewest degrees of freedom for all of them nothing could be told by three annotators (power
of 5 % where it is 35 %; docs/statistics.md).
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from annotation.analysis.annotation_frame import AnnotationFrame

from .likelihood_rows import LikelihoodRows
from .wald import Errors

# Below this many clusters even standard errors that allow for them promise too much: between 20 and 50, say
# Cameron and Miller, "A practitioner's guide to cluster-robust inference" (2015), section VI.
FEW_CLUSTERS = 30
SMALLEST_REST = 1e-8  # of the information, that counts as something left


@dataclass(frozen=True)
class Clusters:
    """`dimensions` are integer codes, (n,) each; `kinds` says in words what they number."""

    name: str  # as in a regression's `covariance`
    dimensions: tuple[NDArray[np.int64], ...]
    kinds: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of clusters in each dimension."""
        return tuple(int(codes.max(initial=-1)) + 1 for codes in self.dimensions)

    @property
    def count(self) -> int:
        """The fewest."""
        return min(self.counts)

    @property
    def degrees_of_freedom(self) -> int:
        """Of Student's distribution: one less than the fewest clusters, after Cameron and Miller, section VI.D."""
        return self.count - 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence where there are few clusters."""
        if self.count >= FEW_CLUSTERS:
            return ()
        kind = self.kinds[self.counts.index(self.count)]
        return (
            f"There are {self.count} {kind}, fewer than the {FEW_CLUSTERS} for which clustered standard errors are "
            f"reliable: intervals and p use Student's distribution with {self.degrees_of_freedom} degrees of "
            "freedom, and may still promise too much.",
        )

    def of(self, rows: NDArray[np.bool_]) -> "Clusters":
        """The same clusters over some of the rows."""
        codes = tuple(_codes(pd.Series(codes[rows])) for codes in self.dimensions)
        return Clusters(self.name, codes, self.kinds)


def clusterings(data: AnnotationFrame) -> tuple[Clusters, ...]:
    """By annotator, by record, and by both; those of which there is only one cluster are left out.

    Where a table names no records, each pair stands for its two.
    """
    annotator = Clusters("cluster-annotator", (_codes(data.frame["annotator"]),), ("annotators",))
    records = record_clusters(data)
    both = Clusters(
        "cluster-annotator-record", (*annotator.dimensions, *records.dimensions), (*annotator.kinds, *records.kinds)
    )
    return tuple(clusters for clusters in (annotator, records, both) if clusters.count > 1)


def each_way(clusters: Clusters) -> tuple[Clusters, ...]:
    """The clusters themselves, and where they cross annotators with records also either alone."""
    if clusters.name != "cluster-annotator-record":
        return (clusters,)
    by_annotator = Clusters("cluster-annotator", clusters.dimensions[:1], clusters.kinds[:1])
    by_record = Clusters("cluster-record", clusters.dimensions[1:], clusters.kinds[1:])
    return clusters, by_annotator, by_record


def improbably_small(by_annotator: NDArray[np.float64], by_record: NDArray[np.float64], annotators: int) -> bool:
    """Are variances (k,) clustered by annotator as well smaller than chance makes of those by record alone?

    A variance from G clusters scatters about its expectation like chi-squared with G - 1 degrees of freedom over
    G - 1. Far below, the answers were spread over the annotators by something else than chance, as where a table
    that names no annotators was filled up by counting, and the variance says nothing.
    """
    known = by_record > 0
    if not known.any():
        return False
    least = stats.chi2.ppf(0.01 / int(known.sum()), annotators - 1) / (annotators - 1)
    return bool((by_annotator[known] < least * by_record[known]).any())


def record_clusters(data: AnnotationFrame) -> Clusters:
    """By record alone, however few there are."""
    pair = "pair " + data.frame["pair"].astype(str)
    named = (data.frame[side].astype(object) for side in ("a", "b"))
    codes = tuple(_codes(each.where(each.notna() & (each != ""), pair)) for each in named)
    return Clusters("cluster-record", codes, ("first records", "second records"))


def clustered_errors(rows: LikelihoodRows, clusters: Clusters) -> Errors:
    """Of the estimates to which `rows` belong, which are those of the clusters: by the clusters themselves, and where
    they cross annotators with records also by either alone.

    NaN where all rows are of one cluster: nothing tells then how far the estimates scatter.
    """
    if max(clusters.counts) < 2:
        terms = rows.scores.shape[1]
        return Errors.of(clusters.name, np.full((terms, terms), np.nan))
    by_codes: dict[bytes, NDArray[np.float64]] = {}

    def by(codes: NDArray[np.int64]) -> NDArray[np.float64]:
        key = codes.tobytes()
        if key not in by_codes:
            by_codes[key] = jackknife_covariance(rows, codes)
        return by_codes[key]

    ways = [way for way in each_way(clusters) if max(way.counts) > 1]
    return Errors(
        names=tuple(way.name for way in ways),
        covariances=np.stack([multiway_covariance(by, way.dimensions) for way in ways]),
        degrees_of_freedom=tuple(way.degrees_of_freedom if way.count > 1 else None for way in ways),
    )


def jackknife_covariance(rows: LikelihoodRows, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """CV3 (k, k): from how far one Newton step moves the estimates when each of G clusters is left out, times (G-1)/G.

    `codes` (n,) number the rows' clusters. What one cluster alone tells is taken not to move when it is left out.
    """
    count, terms = int(codes.max()) + 1, rows.scores.shape[1]
    score = np.column_stack([np.bincount(codes, column, count) for column in rows.scores.T])
    information = np.empty((count, terms, terms))
    for row, column in itertools.combinations_with_replacement(range(terms), 2):
        between = np.bincount(codes, rows.information(row, column), count)
        information[:, row, column] = information[:, column, row] = between
    total = information.sum(axis=0)
    left = total - information
    # The largest share of the information on anything that a cluster has is at most the sum of its shares.
    shares = np.einsum("ij,gji->g", np.linalg.inv(total), information)
    alone = shares > 1 - SMALLEST_REST
    moved = np.empty_like(score)
    moved[~alone] = np.linalg.solve(left[~alone], score[~alone, :, None])[..., 0]
    moved[alone] = np.einsum("gij,gj->gi", np.linalg.pinv(left[alone], SMALLEST_REST, hermitian=True), score[alone])
    found: NDArray[np.float64] = (count - 1) / count * moved.T @ moved
    return found


def multiway_covariance(
    covariance: Callable[[NDArray[np.int64]], NDArray[np.float64]], dimensions: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """`covariance` gives that (k, k) of clusters by their codes (n,).

    Where taking off the even sets leaves a direction of negative variance, that one is set to 0, as the authors advise.
    """
    total: Any = 0
    for size in range(1, len(dimensions) + 1):
        for chosen in itertools.combinations(dimensions, size):
            codes = _intersection(chosen)
            if codes.max(initial=0) > 0:
                total = total + (-1) ** (size + 1) * covariance(codes)
    values, vectors = np.linalg.eigh((total + total.T) / 2)
    kept: NDArray[np.float64] = (vectors * np.clip(values, 0, None)) @ vectors.T
    return kept


def _codes(values: pd.Series) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _intersection(dimensions: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    combined = dimensions[0]
    for codes in dimensions[1:]:
        combined = np.asarray(pd.factorize(combined * (int(codes.max(initial=0)) + 1) + codes)[0], dtype=np.int64)
    return combined
