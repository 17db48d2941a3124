"""Figures over pairs of records with intervals clustered by record on both sides, and paired differences. Pure.

Pairs that share a record are alike, on either side. So a figure's variance is that of two-way clusters,
V(by record of A) + V(by record of B) - V(by pair), after Cameron, Gelbach and Miller, "Robust inference with
multiway clustering" (2011), of the figure's influence values: the derivatives by the pairs' weights. For AUC by one
side alone this is DeLong's variance for clustered data (Obuchowski 1997). The pigeonhole bootstrap of both sides (Owen
2007) estimates the same, a little too widely, at a sweep over all pairs for each resample; here one sweep does.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import t as students_t
from statsmodels.stats.proportion import proportion_confint

CONFIDENCE = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Influence:
    """A figure's influence values, summed over the pairs of each record. Each sums to 0.

    rows (a,), columns (b,): by record of A and of B; cells (k,): of the single pairs that weigh most, those whose
    relation is known. The other pairs' own squares are left out: they are as many, and as small, as no record's sum.
    """

    rows: Floats
    columns: Floats
    cells: Floats

    def __sub__(self, other: "Influence") -> "Influence":
        return Influence(self.rows - other.rows, self.columns - other.columns, self.cells - other.cells)

    def variance(self, records: tuple[int, int]) -> float:
        """Never below that of either side alone; `records` as `Estimate` has them, each at least 2."""
        by_a, by_b = (
            float(sums @ sums) * count / (count - 1)
            for sums, count in zip((self.rows, self.columns), records, strict=True)
        )
        return max(by_a + by_b - float(self.cells @ self.cells), by_a, by_b)


@dataclass(frozen=True, eq=False)
class Estimate:
    """A share or an area, 0 to 1. records: how many of A and of B have a pair that it is about; pairs: of how many it
    is a share, where they may be few."""

    value: float
    influence: Influence
    records: tuple[int, int]
    pairs: float = math.inf

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by Student's t on the log odds; None where one record stands for all.

        A share of few pairs varies no less than one of as many independent ones. At 0 and 1 the influence says nothing:
        Wilson's interval over the pairs, or the records of the side that has fewer.
        """
        if min(self.records) < 2:
            return None
        variance = max(self.influence.variance(self.records), self.value * (1 - self.value) / self.pairs)
        if not 0 < self.value < 1 or variance <= 0:
            fewest = self.fewest
            low, high = proportion_confint(self.value * fewest, fewest, 1 - CONFIDENCE, method="wilson")
            return float(low), float(high)
        quantile = float(students_t.ppf((1 + CONFIDENCE) / 2, min(self.records) - 1))
        half = quantile * np.sqrt(variance) / (self.value * (1 - self.value))
        low, high = expit(logit(self.value) - half), expit(logit(self.value) + half)
        return float(low), float(high)

    @property
    def fewest(self) -> float:
        """Of pairs and of records of either side."""
        return min(*self.records, self.pairs)

    @property
    def least_variance(self) -> float:
        """Of as many independent pairs, one found and one missed added (Agresti and Coull 1998)."""
        share = (self.value * self.fewest + 1) / (self.fewest + 2)
        return share * (1 - share) / (self.fewest + 2)


@dataclass(frozen=True)
class LinkDifference:
    """Of one estimate from another over the same pairs: mean, 95 % interval, p of no difference by Student's t."""

    mean: float
    low: float
    high: float
    p: float


def paired_difference(one: Estimate, other: Estimate) -> LinkDifference | None:
    """`one` minus `other`, of the same pairs and truth; None where one record stands for all."""
    if min(one.records) < 2:
        return None
    mean = one.value - other.value
    error = float(np.sqrt((one.influence - other.influence).variance(one.records)))
    if error == 0 and mean == 0:  # both put all pairs in the same order, as far as the figure can tell
        return LinkDifference(0.0, 0.0, 0.0, 1.0)
    degrees = min(one.records) - 1.0
    if error == 0:  # none found by the one and all by the other
        error = float(np.sqrt(one.least_variance + other.least_variance))
        degrees = max(min(one.fewest, other.fewest) - 1.0, 1.0)
    half = float(students_t.ppf((1 + CONFIDENCE) / 2, degrees)) * error
    p = 2 * float(students_t.sf(abs(mean) / error, degrees))
    return LinkDifference(mean, max(mean - half, -1.0), min(mean + half, 1.0), p)
