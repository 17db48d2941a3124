"""What the pages about pairs read. Each function costs a fixed number of queries, however much there is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count, F, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber

from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Record
from heritage.pages.plots import HistogramPlot, histogram_plot
from linking.models import CandidatePair, Sampling, Stratum
from linking.sampling.comparisons import ALL_COMPARISONS
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.strata import stratum_in_words

EXAMPLES = 3


def surveys() -> QuerySet[Sampling]:
    """What leads looked at and have not drawn from or discarded, the newest first."""
    return Sampling.with_surveys.filter(is_survey=True).select_related("created_by").order_by("-created", "-pk")


def surveyed_patterns(survey: Sampling) -> list[str]:
    """The patterns that any pair of a survey has under any comparison, similar for most models first."""
    found = {
        "".join(str(stratum.pattern[model]) for model in survey.model_slugs)
        for stratum in survey.strata.filter(available__gt=0)
    }
    return sorted(found, key=lambda pattern: (-pattern.count("1"), pattern))


def surveyed_sizes(survey: Sampling) -> dict[str, dict[str, int]]:
    """Of each pattern that any pair of a survey has: how many pairs there are of it, by comparison."""
    sizes: dict[str, dict[str, int]] = {pattern: {} for pattern in surveyed_patterns(survey)}
    for stratum in survey.strata.order_by("pk"):
        pattern = "".join(str(stratum.pattern[model]) for model in survey.model_slugs)
        if pattern in sizes:
            sizes[pattern][stratum.comparison] = stratum.available or 0
    return sizes


def samplings_with_counts() -> QuerySet[Sampling]:
    """All samplings, the newest first, with `pair_count`."""
    return Sampling.objects.select_related("created_by").annotate(pair_count=Count("pairs")).order_by("-created", "-pk")


def recipe_of(sampling: Sampling) -> SamplingRecipe | None:
    """How a sampling was drawn; None where its pairs were imported with their annotations."""
    return None if "per_stratum" not in sampling.recipe else SamplingRecipe.from_json(sampling.recipe)


@dataclass(frozen=True)
class ExamplePair:
    """A drawn pair, with its similarity for each model under the comparison that it was drawn by."""

    records: tuple[Record, Record]
    scores: list[tuple[str, float]]


@dataclass(frozen=True)
class StratumRow:
    """A stratum as the page shows it. share: of all pairs that some model finds similar, 0 to 1."""

    stratum: Stratum
    flags: tuple[bool, ...]
    words: str
    share: float | None
    drawn: int
    examples: list[ExamplePair]


@dataclass(frozen=True)
class Overlap:
    """How far two models agree: pairs similar for both, as a share of those similar for either."""

    models: tuple[str, str]
    share: float

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True)
class ComparisonPart:
    """One comparison of a sampling: its strata, those that some model finds similar first by the recipe's order.

    words: what it compares; none for what is fused, and where pairs were imported with comparisons of their own.
    """

    name: str
    words: str
    thresholds: tuple[float | None, ...]
    rows: list[StratumRow]
    nowhere_similar: int | None
    overlaps: list[Overlap]
    histograms: list[tuple[str, HistogramPlot]]


def comparison_parts(sampling: Sampling) -> list[ComparisonPart]:
    """All strata of a sampling by comparison, with sizes, draws and a few example pairs of each."""
    by_comparison: dict[str, list[Stratum]] = defaultdict(list)
    for stratum in sampling.strata.annotate(drawn=Count("pairs")).order_by("pk"):
        by_comparison[stratum.comparison].append(stratum)
    examples = _examples(sampling)
    return [_part(sampling, name, strata, examples) for name, strata in by_comparison.items()]


def _part(
    sampling: Sampling, name: str, strata: list[Stratum], examples: dict[int, list[ExamplePair]]
) -> ComparisonPart:
    models = sampling.model_slugs
    sizes = {_flags(stratum, models): stratum.available for stratum in strata}
    nowhere = (False,) * len(models)
    somewhere = sum(size or 0 for flags, size in sizes.items() if flags != nowhere)
    rows = [
        StratumRow(
            stratum=stratum,
            flags=flags,
            words=stratum_in_words(flags, models),
            share=None if not somewhere or stratum.available is None else stratum.available / somewhere,
            drawn=stratum.drawn,  # type: ignore[attr-defined]
            examples=examples.get(stratum.pk, []),
        )
        for stratum in strata
        if (flags := _flags(stratum, models)) != nowhere or stratum.drawn  # type: ignore[attr-defined]
    ]
    by_model, histograms = sampling.thresholds.get(name, {}), sampling.histograms.get(name, {})
    return ComparisonPart(
        name=name,
        words=ALL_COMPARISONS[name].description if name in ALL_COMPARISONS else "",
        thresholds=tuple(by_model.get(model) for model in models),
        rows=rows,
        nowhere_similar=sizes.get(nowhere),
        overlaps=_overlaps(models, {flags: size for flags, size in sizes.items() if size}),
        histograms=[
            (model, histogram_plot(found["pairs"], found["low"], found["width"], by_model[model]))
            for model in models
            if (found := histograms.get(model))
        ],
    )


def _flags(stratum: Stratum, models: list[str]) -> tuple[bool, ...]:
    return tuple(bool(stratum.pattern.get(model)) for model in models)


def _overlaps(models: list[str], sizes: dict[tuple[bool, ...], int]) -> list[Overlap]:
    found = []
    for one, other in combinations(range(len(models)), 2):
        both = sum(size for flags, size in sizes.items() if flags[one] and flags[other])
        either = sum(size for flags, size in sizes.items() if flags[one] or flags[other])
        if either:
            found.append(Overlap((models[one], models[other]), both / either))
    return found


def _examples(sampling: Sampling) -> dict[int, list[ExamplePair]]:
    """Per stratum the first few drawn pairs, with records, collections and `pictures` loaded."""
    pictures = Prefetch("images", IMAGES_HERE, to_attr="pictures")
    records = Record.objects.select_related("collection").prefetch_related(pictures)
    pairs: Iterable[Any] = (
        CandidatePair.objects.filter(sampling=sampling, a__isnull=False, b__isnull=False)
        .annotate(place=Window(RowNumber(), partition_by=F("stratum"), order_by=F("pk").asc()))
        .filter(place__lte=EXAMPLES)
        .select_related("stratum")
        .prefetch_related(Prefetch("a", records), Prefetch("b", records))
        .order_by("pk")
    )
    examples: dict[int, list[ExamplePair]] = defaultdict(list)
    for pair in pairs:
        by_model = pair.similarity.get(pair.stratum.comparison, {})
        scores = [(model, by_model[model]) for model in sampling.model_slugs if by_model.get(model) is not None]
        examples[pair.stratum_id].append(ExamplePair((pair.a, pair.b), scores))
    return examples
