"""Draw pairs where models agree or disagree: thresholds, strata, draws and scores, from vectors to result.

Each comparison takes one census of its pairs (`linking.census`), all models side by side. Nothing of the size of
all pairs is held. Pure: what is compared comes as arrays, what was drawn goes as a frozen result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from heritage.errors import UserError
from heritage.progress import NoProgress, Progress
from linking.census import Census, Lot, Records, percentile_thresholds, take_census
from linking.comparisons import Comparison, Modality
from linking.draw import hash64, share_out
from linking.similarity import PairSimilarity, VectorGroups
from linking.strata import pattern_code, pattern_text
from linking.tiles import Engine, Section

PercentileOver = Literal["records", "vectors"]


@dataclass(frozen=True)
class Universe:
    """The records of all collections, by place.

    keys: (n,) uint64, each record's own (`linking.draw.record_keys`).
    collections: (n,) int64, ascending: the place of each record's collection in the recipe.
    chosen: (n,) bool or None: only pairs with at least one of these records belong to a stratum.
    """

    keys: np.ndarray
    collections: np.ndarray
    chosen: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.keys)


VectorSource = Callable[[str, Modality], VectorGroups]
"""Vectors of a model and modality, whose records are places in the universe."""


@dataclass(frozen=True)
class Design:
    """What to draw. Models in order, the base first; patterns as `linking.strata` writes them."""

    models: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    percentile: float
    percentile_over: PercentileOver
    patterns: tuple[str, ...]
    per_stratum: int
    seed: int


@dataclass(frozen=True)
class DrawnPair:
    """Two records by place, the stratum that they were drawn from, and how each model sees them.

    similarity: {comparison: {model: similarity, or None where a record has nothing to compare}}.
    """

    a: int
    b: int
    comparison: str
    pattern: str
    similarity: dict[str, dict[str, float | None]]
    similar: dict[str, dict[str, bool]]


@dataclass(frozen=True)
class Sample:
    """thresholds: {comparison: {model: value}}.

    sizes: {comparison: {pattern: pairs}}, of every pattern that occurs or was asked for; together all pairs
    that can be compared (and, where some records were chosen, have one of them).
    """

    thresholds: dict[str, dict[str, float]]
    sizes: dict[str, dict[str, int]]
    pairs: tuple[DrawnPair, ...]

    def drawn(self, comparison: str, pattern: str) -> int:
        return sum((pair.comparison, pair.pattern) == (comparison, pattern) for pair in self.pairs)


def draw_sample(
    universe: Universe,
    vectors: VectorSource,
    design: Design,
    *,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Sample:
    """Thresholds, the size of every stratum, and the drawn pairs.

    A stratum that has fewer pairs than its quota, or whose pairs other strata need for theirs, gives what it
    can. The result follows from the vectors, the universe and the design alone. Raises UserError if a
    comparison has no pair at all, ValueError if the models have vectors of different images or texts.
    """
    engine, progress = engine or Engine(), progress or NoProgress()
    thresholds: dict[str, dict[str, float]] = {}
    sizes: dict[str, dict[str, int]] = {}
    candidates: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for comparison in design.comparisons:
        census = _census(universe, vectors, design, comparison, engine, progress)
        thresholds[comparison.name] = dict(zip(design.models, census.thresholds, strict=True))
        sizes[comparison.name] = {
            pattern: size
            for code, size in enumerate(census.sizes.tolist())
            if (pattern := pattern_text(code, len(design.models))) in design.patterns or size
        }
        for pattern, found in zip(design.patterns, census.drawn, strict=True):
            candidates[comparison.name, pattern] = found
    shares = share_out(list(candidates.values()), design.per_stratum)
    drawn = [(stratum, pair) for stratum, pairs in zip(candidates, shares, strict=True) for pair in pairs]
    places = np.array([pair for _, pair in drawn], np.int64).reshape(-1, 2)
    progress.start("Similarities of the drawn pairs")
    scores = _scores(universe, vectors, design, places)
    return Sample(
        thresholds,
        sizes,
        tuple(
            DrawnPair(*pair, *stratum, scored, _similar(scored, thresholds))
            for (stratum, pair), scored in zip(drawn, scores, strict=True)
        ),
    )


def _census(
    universe: Universe,
    vectors: VectorSource,
    design: Design,
    comparison: Comparison,
    engine: Engine,
    progress: Progress,
) -> Census:
    sections = _sections(universe, vectors, design.models, comparison)
    thresholds = None
    if design.percentile_over == "vectors":
        ungrouped = [Section(tuple(model.ungrouped() for model in section.models)) for section in sections]
        thresholds = percentile_thresholds(
            ungrouped,
            design.percentile,
            engine=engine,
            progress=progress,
            what=f"Thresholds of {comparison.name}",
        )
    lots = [
        Lot(
            hash64(str(design.seed), comparison.name, pattern),
            np.arange(2 ** len(design.models)) == pattern_code(pattern),
            design.per_stratum * len(design.patterns) * len(design.comparisons),
        )
        for pattern in design.patterns
    ]
    return take_census(
        sections,
        Records(universe.keys, universe.chosen),
        lots,
        percentile=design.percentile,
        thresholds=thresholds,
        engine=engine,
        progress=progress,
        what=f"Comparing {comparison.name}",
    )


def _sections(
    universe: Universe, vectors: VectorSource, models: Sequence[str], comparison: Comparison
) -> list[Section]:
    """Each collection's records with those of all later collections."""
    sides = [(vectors(model, comparison.a), vectors(model, comparison.b)) for model in models]
    for a, b in sides[1:]:
        if not (a.same_shape_as(sides[0][0]) and b.same_shape_as(sides[0][1])):
            raise ValueError("the models have vectors of different images or texts")
    sections = [
        Section(
            tuple(
                PairSimilarity(
                    a.take(universe.collections[a.records] == collection),
                    b.take(universe.collections[b.records] > collection),
                    comparison.aggregate,
                )
                for a, b in sides
            )
        )
        for collection in range(int(universe.collections.max(initial=0)))
    ]
    sections = [section for section in sections if section.size]
    if not sections:
        raise UserError(
            f"No pair of records can be compared by {comparison.name}, since a collection has no vectors of "
            f"{comparison.a}s or {comparison.b}s; choose other comparisons (--comparisons)."
        )
    return sections


def _scores(
    universe: Universe, vectors: VectorSource, design: Design, pairs: np.ndarray
) -> list[dict[str, dict[str, float | None]]]:
    """Every pair's similarity under every comparison and model: {comparison: {model: value or None}} each."""
    scores: list[dict[str, dict[str, float | None]]] = [
        {comparison.name: dict.fromkeys(design.models) for comparison in design.comparisons} for _ in pairs
    ]
    for comparison in design.comparisons:
        for model in design.models:
            a, b = vectors(model, comparison.a), vectors(model, comparison.b)
            rows, columns = a.places(len(universe))[pairs[:, 0]], b.places(len(universe))[pairs[:, 1]]
            defined = np.flatnonzero((rows >= 0) & (columns >= 0))
            values = PairSimilarity(a, b, comparison.aggregate).exact(rows[defined], columns[defined])
            for place, value in zip(defined.tolist(), values.tolist(), strict=True):
                scores[place][comparison.name][model] = value
    return scores


def _similar(
    scores: dict[str, dict[str, float | None]], thresholds: dict[str, dict[str, float]]
) -> dict[str, dict[str, bool]]:
    return {
        comparison: {
            model: value is not None and value >= thresholds[comparison][model] for model, value in by_model.items()
        }
        for comparison, by_model in scores.items()
    }
