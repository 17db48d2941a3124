"""Draw pairs where models agree or disagree: thresholds, strata, draws and scores, from vectors to result.

Two passes over the similarities of each comparison are the rule: one for each model's threshold, and one, all
models side by side, that finds every pair's pattern, counts the strata and draws. Nothing of the size of all
pairs is held. Pure: what is compared comes as arrays, what was drawn goes as a frozen result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from heritage.errors import UserError
from heritage.progress import NoProgress, Progress
from linking.comparisons import Comparison, Modality
from linking.draw import SmallestKeys, hash64, pair_keys, share_out
from linking.similarity import DEFAULT_TILE_BYTES, PairSimilarity, VectorGroups
from linking.strata import pattern_code, pattern_codes, pattern_text
from linking.thresholds import percentile_threshold

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
    tile_bytes: int = DEFAULT_TILE_BYTES,
    progress: Progress | None = None,
) -> Sample:
    """Thresholds, the size of every stratum, and the drawn pairs.

    A stratum that has fewer pairs than its quota, or whose pairs other strata need for theirs, gives what it
    can. The result follows from the vectors, the universe and the design alone. Raises UserError if a
    comparison has no pair at all, ValueError if the models have vectors of different images or texts.
    """
    progress = progress or NoProgress()
    thresholds: dict[str, dict[str, float]] = {}
    sizes: dict[str, dict[str, int]] = {}
    candidates: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for comparison in design.comparisons:
        sections = {
            model: _sections(
                universe, vectors(model, comparison.a), vectors(model, comparison.b), comparison, tile_bytes
            )
            for model in design.models
        }
        thresholds[comparison.name] = {
            model: _threshold(sections[model], design, f"Threshold of {model}, {comparison.name}", progress)
            for model in design.models
        }
        if any(len(sections[model]) != len(sections[design.models[0]]) for model in design.models):
            raise ValueError("the models have vectors of different images or texts")
        sizes[comparison.name], drawn = _stratify(
            universe, design, comparison, sections, list(thresholds[comparison.name].values()), progress
        )
        candidates |= {(comparison.name, pattern): pairs for pattern, pairs in drawn.items()}
    given = dict(zip(candidates, share_out(list(candidates.values()), design.per_stratum), strict=True))
    pairs = [pair for chosen in given.values() for pair in chosen]
    similarity = _scores(universe, vectors, design, np.array(pairs, np.int64).reshape(-1, 2), tile_bytes)
    strata = [stratum for stratum, chosen in given.items() for _ in chosen]
    return Sample(
        thresholds,
        sizes,
        tuple(
            DrawnPair(a, b, comparison, pattern, scores, _similar(scores, thresholds))
            for (a, b), (comparison, pattern), scores in zip(pairs, strata, similarity, strict=True)
        ),
    )


def _sections(
    universe: Universe, a: VectorGroups, b: VectorGroups, comparison: Comparison, tile_bytes: int
) -> list[PairSimilarity]:
    """All cross-collection pairs of records that can be compared: each collection against all later ones."""
    sections = [
        PairSimilarity(
            a.take(universe.collections[a.records] == collection),
            b.take(universe.collections[b.records] > collection),
            comparison.aggregate,
            tile_bytes,
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


def _threshold(sections: Sequence[PairSimilarity], design: Design, what: str, progress: Progress) -> float:
    if design.percentile_over == "vectors":
        sections = [section.ungrouped() for section in sections]
    return percentile_threshold(sections, design.percentile, progress=progress, what=what)


def _stratify(
    universe: Universe,
    design: Design,
    comparison: Comparison,
    sections: dict[str, list[PairSimilarity]],
    thresholds: list[float],
    progress: Progress,
) -> tuple[dict[str, int], dict[str, list[tuple[int, int]]]]:
    """One pass over a comparison's pairs: the size of every pattern, and candidates for the wanted ones."""
    count = len(design.models)
    sizes = np.zeros(2**count, np.int64)
    wanted = {
        pattern_code(pattern): (
            hash64(str(design.seed), comparison.name, pattern),
            SmallestKeys(design.per_stratum * len(design.patterns) * len(design.comparisons)),
        )
        for pattern in design.patterns
    }
    by_section = list(zip(*sections.values(), strict=True))
    progress.start(f"Strata of {comparison.name}", total=sum(models[0].tile_count for models in by_section))
    for models in by_section:
        a_records, b_records = models[0].a.records, models[0].b.records
        for found in pattern_codes(models, thresholds):
            # Most pairs are similar for no model: they are counted, and looked at only where they are wanted.
            cells = np.flatnonzero(found.codes) if 0 not in wanted else np.arange(found.codes.size)
            rows, columns = found.tile.cells(cells)
            a, b, codes = a_records[rows], b_records[columns], found.codes[cells]
            eligible = found.codes.size
            if universe.chosen is not None:
                keep = universe.chosen[a] | universe.chosen[b]
                a, b, codes = a[keep], b[keep], codes[keep]
                left, right = found.tile.groups()
                others = int(np.count_nonzero(~universe.chosen[a_records[left]]))
                eligible -= others * int(np.count_nonzero(~universe.chosen[b_records[right]]))
            counts = np.bincount(codes, minlength=len(sizes))
            counts[0] = eligible - counts[1:].sum()
            sizes += counts
            for code, (key, smallest) in wanted.items():
                here = codes == code
                if here.any():
                    smallest.add(pair_keys(key, universe.keys[a[here]], universe.keys[b[here]]), a[here], b[here])
            progress.advance()
    return (
        {pattern_text(code, count): int(sizes[code]) for code in range(len(sizes)) if sizes[code] or code in wanted},
        {pattern_text(code, count): smallest.pairs() for code, (_, smallest) in wanted.items()},
    )


def _scores(
    universe: Universe, vectors: VectorSource, design: Design, pairs: np.ndarray, tile_bytes: int
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
            values = PairSimilarity(a, b, comparison.aggregate, tile_bytes).exact(rows[defined], columns[defined])
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
