"""Figures of pairs that a fine-tuning's folds judged: how well links are told before and after learning from links.
Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_ml.training.data.links import TARGETS
from models_ml.training.links.judged import JudgedPairs

from .estimates import paired_difference
from .known_pairs import CLOSENESS, KnownPairs
from .link_metrics import LinkFigures, link_figures
from .similarities import FUSED, Similarity

MEASURES = ("auc", "average_precision")
ROWS_AT_ONCE = 256

Floats = NDArray[np.float64]


def judged_figures(judged: JudgedPairs) -> dict[str, Any]:
    """{comparison: {label set: {"n", "links", "auc": ..., "average_precision": ...}}}, where each measure has before,
    after and their difference with 95 % intervals clustered by record on both sides, over the pairs judged both times.

    A pair of several answers has the label nearest to their mean target. Fused is the sum of the standardised
    comparisons; one that a pair lacks adds nothing. A comparison is left out where no link can be told from others.
    """
    values = {name: (judged.before[name], judged.after[name]) for name in judged.before}
    values[FUSED] = (_fused(judged.before), _fused(judged.after))
    found = {}
    for name, (before, after) in values.items():
        both = ~(np.isnan(before) | np.isnan(after))
        known, shape = _known(judged, both)
        measured = [_figures(each[both], known, shape) for each in (before, after)]
        if measured[0]:
            found[name] = {label: _row(measured[0][label], measured[1][label]) for label in measured[0]}
    return found


def _fused(values: dict[str, Floats]) -> Floats:
    total = np.zeros(len(next(iter(values.values()))))
    for each in values.values():
        if (known := ~np.isnan(each)).any() and (spread := each[known].std()) > 0:
            total[known] += (each[known] - each[known].mean()) / spread
    return total


def _known(judged: JudgedPairs, chosen: NDArray[np.bool_]) -> tuple[KnownPairs, tuple[int, int]]:
    pairs = [pair for pair, taken in zip(judged.pairs, chosen, strict=True) if taken]
    sides = [{key: place for place, key in enumerate(sorted({getattr(pair, side) for pair in pairs}))} for side in "ab"]
    a, b = (
        np.array([places[getattr(pair, side)] for pair in pairs], np.int64)
        for side, places in zip("ab", sides, strict=True)
    )
    labels = list(CLOSENESS)
    targets = np.array([TARGETS[label] for label in labels])
    # Of two that are as near, the farther: a link should claim no more than its answers do.
    closeness = np.array([CLOSENESS[labels[int(np.abs(targets - pair.target).argmin())]] for pair in pairs], np.int64)
    return KnownPairs(a, b, closeness, np.ones(len(pairs)), complete=False), (len(sides[0]), len(sides[1]))


@dataclass(frozen=True, eq=False)
class _PairTiles:
    """`SimilarityTiles` of which only those of known pairs are asked for."""

    known: KnownPairs
    values: Similarity
    shape: tuple[int, int]

    def tiles(self) -> Iterator[tuple[int, Similarity]]:
        for start in range(0, self.shape[0], ROWS_AT_ONCE):
            tile = np.zeros((min(ROWS_AT_ONCE, self.shape[0] - start), self.shape[1]), np.float32)
            here = (self.known.a >= start) & (self.known.a < start + len(tile))
            tile[self.known.a[here] - start, self.known.b[here]] = self.values[here]
            yield start, tile


def _figures(values: Floats, known: KnownPairs, shape: tuple[int, int]) -> dict[str, LinkFigures]:
    return link_figures(_PairTiles(known, values.astype(np.float32), shape), known) if len(known) else {}


def _row(before: LinkFigures, after: LinkFigures) -> dict[str, Any]:
    row: dict[str, Any] = {"n": before.n, "links": before.links}
    for name in MEASURES:
        difference = paired_difference(after.estimates[name], before.estimates[name])
        row[name] = {
            "before": before.estimates[name].value,
            "before_interval": before.estimates[name].interval,
            "after": after.estimates[name].value,
            "after_interval": after.estimates[name].interval,
            "difference": vars(difference) if difference else None,
        }
    return row
