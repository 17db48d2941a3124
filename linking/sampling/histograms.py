"""How a model's similarities are spread, for a picture with the threshold in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from linking.sampling.thresholds import sampled
from linking.sampling.tiles import ALONE, Engine, Section, Tile

SAMPLED_GROUPS = 512
BINS = 100
EDGES = np.linspace(-1, 1, BINS + 1)


@dataclass(frozen=True)
class Histogram:
    """pairs: (BINS,) int64 by similarity, from `EDGES[i]` on and below `EDGES[i + 1]`, of a sample of pairs."""

    pairs: np.ndarray

    def as_json(self) -> dict[str, object]:
        """From the first bin that holds a pair to the last; `low` is where the first begins."""
        held = np.flatnonzero(self.pairs)
        first, last = (int(held[0]), int(held[-1])) if len(held) else (0, 0)
        return {
            "low": round(float(EDGES[first]), 6),
            "width": round(float(EDGES[1] - EDGES[0]), 6),
            "pairs": self.pairs[first : last + 1].tolist(),
        }


def similarity_histograms(sections: Sequence[Section], engine: Engine) -> list[Histogram]:
    """Each model's histogram, of the pairs of up to 512 records of either side; the same whatever the engine.

    Pairs that lie within the margin of a bin's edge are put where their exact similarity belongs.
    """

    def count(tile: Tile) -> np.ndarray:
        rows, columns = tile.groups
        found = []
        for pairs, values in zip(tile.section.models, tile.values.astype(np.float64), strict=True):
            bins, other = (
                np.searchsorted(EDGES, values + shift, side="right") for shift in (-pairs.margin, pairs.margin)
            )
            near = np.flatnonzero(bins != other)
            bins[near] = np.searchsorted(EDGES, pairs.exact(rows[near], columns[near]).astype(np.float64), side="right")
            found.append(np.bincount(np.clip(bins - 1, 0, BINS - 1), minlength=BINS))
        return np.array(found)

    samples = sampled(sections, SAMPLED_GROUPS)
    alone = replace(engine, group=ALONE)
    counts = sum(alone.sweep(samples, [-inf] * len(sections[0].models), count))
    return [Histogram(pairs) for pairs in np.asarray(counts)]
