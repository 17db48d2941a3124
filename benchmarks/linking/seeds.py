"""Means over seeds and differences by seed, with Student's 95 % intervals. Pure.

A seed decides what is held out, the order of the batches and what is drawn for them. So an interval says what another
run on the same collections would give, not what other collections would.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as students_t

Line = Mapping[str, Any]  # of results.jsonl


@dataclass(frozen=True)
class Cell:
    """What a figure is of."""

    pair: str
    recipe: str
    similarity: str
    comparison: str
    label: str
    measure: str  # "auc", "average_precision", "top_share 1", "recall 10"


@dataclass(frozen=True)
class SeedMean:
    """low, high: None of one seed."""

    mean: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def is_below_zero(self) -> bool:
        return self.high is not None and self.high < 0


Figures = dict[Cell, dict[int, float]]  # by seed


def figures_of(lines: Iterable[Line], *, weights: str = "last") -> Figures:
    """The figures of the models of those weights, and of the model before fine-tuning."""
    found: Figures = {}
    for line in lines:
        if line["weights"] != weights and line["recipe"] != "untuned":
            continue
        for row in line["rows"]:
            for measure, value in _measures(row).items():
                cell = Cell(line["pair"], line["recipe"], row["similarity"], row["comparison"], row["label"], measure)
                found.setdefault(cell, {})[line["seed"]] = value
    return found


def seed_mean(values: Iterable[float]) -> SeedMean:
    """Student's t with one degree of freedom less than seeds."""
    array = np.array(list(values), np.float64)
    mean = float(array.mean())
    if len(array) < 2:
        return SeedMean(mean, None, None, len(array))
    half = float(students_t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array)))
    return SeedMean(mean, mean - half, mean + half, len(array))


def seed_difference(one: Mapping[int, float], other: Mapping[int, float]) -> SeedMean | None:
    """`one` less `other` over the seeds that both have; None where there is none. Where the other has no seeds, as a
    model before fine-tuning, its one figure is that of each."""
    if len(other) == 1 and len(one) > 1:
        (value,) = other.values()
        other = dict.fromkeys(one, value)
    shared = sorted(set(one) & set(other))
    return seed_mean(one[seed] - other[seed] for seed in shared) if shared else None


def _measures(row: Mapping[str, Any]) -> dict[str, float]:
    found = {"auc": row["auc"], "average_precision": row["average_precision"]}
    found |= {f"top_share {percent}": value for percent, value in row["top_share"].items()}
    return found | {f"recall {k}": value for k, value in (row["recall"] or {}).items()}
