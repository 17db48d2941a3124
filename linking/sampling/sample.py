"""Draw pairs where models agree or disagree: thresholds, strata, draws and scores, from vectors to result.

Each comparison takes one census of its pairs (`linking.sampling.census`), all models side by side. Nothing of the
size of all pairs is held. Pure: what is compared comes as arrays, what was drawn goes as a frozen result.
"""

from dataclasses import dataclass
from math import isnan
from typing import Literal

import numpy as np

from heritage.progress import NoProgress, Progress
from linking.sampling.census import Census, Lot, Records, percentile_thresholds, take_census
from linking.sampling.comparisons import Combination, Comparison, Fusion
from linking.sampling.draw import hash64, share_out
from linking.sampling.histograms import Histogram, similarity_histograms
from linking.sampling.sections import ComparedPairs, Universe, VectorSource
from linking.sampling.strata import pattern_code, pattern_text
from linking.sampling.tiles import Engine, Section
from linking.sampling.variants.kinds import PLAIN, SimilarityKind

PercentileOver = Literal["records", "vectors"]


@dataclass(frozen=True)
class Design:
    """What to draw. Models in order, the base first; patterns and controls as `linking.sampling.strata` writes them."""

    models: tuple[str, ...]
    comparisons: tuple[Comparison | Combination | Fusion, ...]
    percentile: float
    percentile_over: PercentileOver
    patterns: tuple[str, ...]
    per_stratum: int
    seed: int
    controls: tuple[str, ...] = ()
    kind: SimilarityKind = PLAIN

    @property
    def scored(self) -> tuple[Comparison | Fusion, ...]:
        """The comparisons that have a similarity: those of a combination count, the combination does not."""
        return tuple(dict.fromkeys(part for comparison in self.comparisons for part in comparison.parts))


@dataclass(frozen=True)
class DrawnPair:
    """Two records by place, the stratum that they are of, and how each model sees them.

    control: as which control they were drawn; empty where they were drawn for their stratum.
    similarity: {comparison: {model: similarity, or None where a record has nothing to compare}}; similar has
    combinations too.
    inclusion: the probability with which the sampling draws this pair, over all seeds: the sum, since no pair is
    drawn twice, of drawn / available over all strata and controls that it is of; at most 1. Where these overlap
    and are nearly used up, some of their pairs are drawn a little more often than others.
    """

    a: int
    b: int
    comparison: str
    pattern: str
    similarity: dict[str, dict[str, float | None]]
    similar: dict[str, dict[str, bool]]
    control: str = ""
    inclusion: float = 0.0


@dataclass(frozen=True)
class Sample:
    """thresholds: {comparison: {model: value}}.

    sizes: {comparison: {pattern: pairs}}, of every pattern that occurs or was asked for; together all pairs
    that can be compared (and, where some records were chosen, have one of them).
    controls: {comparison: {control: pairs}}; histograms: {comparison: {model: its similarities}}.
    """

    thresholds: dict[str, dict[str, float]]
    sizes: dict[str, dict[str, int]]
    controls: dict[str, dict[str, int]]
    histograms: dict[str, dict[str, Histogram]]
    pairs: tuple[DrawnPair, ...]

    def drawn(self, comparison: str, pattern: str) -> int:
        """How many pairs were drawn for a stratum."""
        return sum((pair.comparison, pair.control or pair.pattern) == (comparison, pattern) for pair in self.pairs)


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
    histograms: dict[str, dict[str, Histogram]] = {}
    censuses: dict[str, Census] = {}
    compared = ComparedPairs(universe, vectors, design.models, engine, kind=design.kind, progress=progress)
    # Combinations come last, since they need the thresholds of their parts.
    for comparison in dict.fromkeys((*design.scored, *design.comparisons)):
        sections = compared.sections(comparison)
        known = [
            thresholds[part.name][model]
            for model in design.models
            for part in comparison.parts
            if part.name in thresholds
        ]
        census = _census(universe, design, comparison, sections, known or None, engine, progress)
        if comparison in design.comparisons:
            censuses[comparison.name] = census
        if not isinstance(comparison, Combination):
            thresholds[comparison.name] = dict(zip(design.models, census.thresholds, strict=True))
            histograms[comparison.name] = dict(zip(design.models, similarity_histograms(sections, engine), strict=True))
    sizes, controls = {}, {}
    candidates: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for comparison in design.comparisons:
        census = censuses[comparison.name]
        sizes[comparison.name] = {
            pattern: size
            for code, size in enumerate(census.sizes.tolist())
            if (pattern := pattern_text(code, len(design.models))) in design.patterns or size
        }
        every = {"random": int(census.sizes.sum()), "similar": int(census.sizes[1:].sum())}
        controls[comparison.name] = {control: every[control] for control in design.controls}
        for stratum, found in zip((*design.patterns, *design.controls), census.drawn, strict=True):
            candidates[comparison.name, stratum] = found
    shares = dict(zip(candidates, share_out(list(candidates.values()), design.per_stratum), strict=True))
    progress.start("Similarities of the drawn pairs")
    pairs = _drawn_pairs(compared, design, thresholds, sizes, controls, shares)
    return Sample(thresholds, sizes, controls, histograms, pairs)


def _census(
    universe: Universe,
    design: Design,
    comparison: Comparison | Combination | Fusion,
    sections: list[Section],
    thresholds: list[float] | None,
    engine: Engine,
    progress: Progress,
) -> Census:
    """thresholds: those of a combination's parts."""
    if thresholds is None and design.percentile_over == "vectors":
        thresholds = percentile_thresholds(
            [Section(tuple(model.ungrouped() for model in section.models)) for section in sections],
            design.percentile,
            engine=engine,
            progress=progress,
            what=f"Thresholds of {comparison.name}",
        )
    codes = np.arange(2 ** len(design.models))
    wanted = {
        **{pattern: codes == pattern_code(pattern) for pattern in design.patterns},
        **{control: codes >= (control == "similar") for control in design.controls},
    }
    limit = design.per_stratum * len(wanted) * len(design.comparisons)
    drawn_from = wanted if comparison in design.comparisons else {}
    return take_census(
        sections,
        Records(universe.keys, universe.chosen),
        [Lot(hash64(str(design.seed), comparison.name, name), codes, limit) for name, codes in drawn_from.items()],
        percentile=design.percentile,
        thresholds=thresholds,
        parts=len(comparison.parts),
        engine=engine,
        progress=progress,
        what=f"Comparing {comparison.name}",
    )


def _drawn_pairs(
    compared: ComparedPairs,
    design: Design,
    thresholds: dict[str, dict[str, float]],
    sizes: dict[str, dict[str, int]],
    controls: dict[str, dict[str, int]],
    shares: dict[tuple[str, str], list[tuple[int, int]]],
) -> tuple[DrawnPair, ...]:
    drawn = [(stratum, pair) for stratum, pairs in shares.items() for pair in pairs]
    scores = _scores(compared, design, np.array([pair for _, pair in drawn], np.int64).reshape(-1, 2))
    rates = {
        (comparison, stratum): len(pairs) / available
        for (comparison, stratum), pairs in shares.items()
        if (available := (sizes[comparison] | controls[comparison])[stratum])
    }
    found = []
    for ((comparison, stratum), pair), scored in zip(drawn, scores, strict=True):
        similar = _similar(scored, thresholds, design)
        inclusion = 0.0
        patterns = {}
        for other in design.comparisons:
            if _is_compared(other, scored, design):
                patterns[other.name] = "".join(str(int(similar[other.name][model])) for model in design.models)
                of = [patterns[other.name], "random", *(["similar"] if "1" in patterns[other.name] else [])]
                inclusion += sum(rates.get((other.name, name), 0) for name in of)
        control = stratum if stratum in design.controls else ""
        found.append(DrawnPair(*pair, comparison, patterns[comparison], scored, similar, control, min(inclusion, 1.0)))
    return tuple(found)


def described_pairs(
    compared: ComparedPairs, design: Design, thresholds: dict[str, dict[str, float]], pairs: np.ndarray
) -> tuple[DrawnPair, ...]:
    """Pairs (n, 2) that were not drawn for any stratum, as if they had been: by their similarities and thresholds.

    Each counts to the comparison under which most models find it similar, the first of these, of those that compare it.
    """
    found = []
    for (a, b), scored in zip(pairs.tolist(), _scores(compared, design, pairs), strict=True):
        similar = _similar(scored, thresholds, design)
        by_comparison = {
            each.name: "".join(str(int(similar[each.name][model])) for model in design.models)
            for each in sorted(design.comparisons, key=lambda each: not _is_compared(each, scored, design))
        }
        comparison = max(by_comparison, key=lambda name: by_comparison[name].count("1"))
        found.append(DrawnPair(a, b, comparison, by_comparison[comparison], scored, similar))
    return tuple(found)


def _is_compared(
    comparison: Comparison | Combination | Fusion, scored: dict[str, dict[str, float | None]], design: Design
) -> bool:
    return all(scored[part.name][design.models[0]] is not None for part in comparison.parts)


def _scores(compared: ComparedPairs, design: Design, pairs: np.ndarray) -> list[dict[str, dict[str, float | None]]]:
    """Every pair's similarity under every comparison and model: {comparison: {model: value or None}} each."""
    scores: list[dict[str, dict[str, float | None]]] = [{} for _ in pairs]
    for comparison in design.scored:
        values = compared.similarities(comparison, pairs).T.tolist()
        for found, by_model in zip(scores, values, strict=True):
            known = (None if isnan(value) else value for value in by_model)
            found[comparison.name] = dict(zip(design.models, known, strict=True))
    return scores


def _similar(
    scores: dict[str, dict[str, float | None]], thresholds: dict[str, dict[str, float]], design: Design
) -> dict[str, dict[str, bool]]:
    found = {
        comparison: {
            model: value is not None and value >= thresholds[comparison][model] for model, value in by_model.items()
        }
        for comparison, by_model in scores.items()
    }
    for combination in design.comparisons:
        found[combination.name] = {
            model: all(found[part.name][model] for part in combination.parts) for model in design.models
        }
    return found
