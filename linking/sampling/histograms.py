"""How a model's similarities are spread, for a picture with the threshold in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from linking.sampling.thresholds import greatest, sampled
from linking.sampling.tiles import ALONE, Engine, Section, Tile

SAMPLED_GROUPS = 512
BINS = 100


@dataclass(frozen=True)
class Histogram:
    """pairs: (BINS,) int64 by similarity, from `edges[i]` on and below `edges[i + 1]`, of a sample of pairs."""

    pairs: np.ndarray
    span: float = 1.0

    @property
    def edges(self) -> np.ndarray:
        """(BINS + 1,) from the span's negative to the span; what lies beyond is in the outermost bins."""
        return np.linspace(-self.span, self.span, BINS + 1)

    def as_json(self) -> dict[str, object]:
        """From the first bin that holds a pair to the last; `low` is where the first begins."""
        held = np.flatnonzero(self.pairs)
        first, last = (int(held[0]), int(held[-1])) if len(held) else (0, 0)
        return {
            "low": round(float(self.edges[first]), 6),
            "width": round(float(self.edges[1] - self.edges[0]), 6),
            "pairs": self.pairs[first : last + 1].tolist(),
        }


def similarity_histograms(sections: Sequence[Section], engine: Engine) -> list[Histogram]:
    """Each model's histogram, of the pairs of up to 512 records of either side; the same whatever the engine.

    Pairs that lie within the margin of a bin's edge are put where their exact similarity belongs. Where a similarity
    is the sum of several, these are more, each works out several, and so the records are fewer.
    """
    spans = [greatest(sections, model, "span") for model in range(len(sections[0].models))]
    edges = [Histogram(np.empty(0), span).edges for span in spans]

    def count(tile: Tile) -> np.ndarray:
        rows, columns = tile.groups
        found = []
        for pairs, values, own in zip(tile.section.models, tile.values.astype(np.float64), edges, strict=True):
            bins, other = (
                np.searchsorted(own, values + shift, side="right") for shift in (-pairs.margin, pairs.margin)
            )
            near = np.flatnonzero(bins != other)
            bins[near] = np.searchsorted(own, pairs.exact(rows[near], columns[near]).astype(np.float64), side="right")
            found.append(np.bincount(np.clip(bins - 1, 0, BINS - 1), minlength=BINS))
        return np.array(found)

    parts = max(len(model.parts) for section in sections for model in section.models)
    samples = sampled(sections, SAMPLED_GROUPS // parts)
    alone = replace(engine, group=ALONE)
    counts = sum(alone.sweep(samples, [-inf] * len(sections[0].models), count))
    return [Histogram(pairs, span) for pairs, span in zip(np.asarray(counts), spans, strict=True)]
