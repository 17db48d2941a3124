"""Evaluation of links over the database: known pairs and models' vectors in, rows of figures out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heritage.catalogue.queries import get_collections
from heritage.errors import UserError
from heritage.models import Collection, Record
from heritage.progress import Progress
from linking.reading import RecordPlaces, StoredVectors, read_places
from linking.sampling.comparisons import COMPARISONS, METHOD_COMPARISONS, Comparison
from linking.sampling.variants.kinds import SimilarityKind
from models_ml.evaluation.held_out import learnt_from_links, split_seeds
from models_ml.models import EmbeddingModel
from models_ml.split import side
from models_ml.vectors.store import coverage

from .answers import AnsweredPairs, answered_pairs
from .estimates import Estimate, paired_difference
from .kept_truths import found_truth
from .known_pairs import CLOSENESS, UNRELATED, KnownPairs
from .link_metrics import RECALL_AMONG, TOP_SHARES, Key, LinkFigures, link_figures
from .settings import LinkSettings
from .similarities import FUSED, compare_records, read_similarity
from .truth_files import known_from_file, read_truth_file

# What models and variants are compared by.
TESTED: tuple[Key, ...] = ("auc", "average_precision", ("top_share", 1.0))


@dataclass(frozen=True)
class _World:
    """The two sides: places of records (A before B), which take part, what is known of them, and how it was told.

    held_out: how many records the split holds out, and how many of the compared pairs are of two such.
    """

    collections: tuple[Collection, Collection]
    places: RecordPlaces
    is_a: NDArray[np.bool_]
    taking_part: NDArray[np.bool_]
    held_out: dict[str, int]
    known: KnownPairs
    truth: dict[str, Any]


@dataclass(frozen=True)
class _Unit:
    """What is measured of a model at once: a comparison under a variant, or some fused."""

    comparison: str
    variant: SimilarityKind
    parts: tuple[Comparison, ...]


def evaluate_links(
    settings: LinkSettings,
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    progress: Progress,
) -> dict[str, Any]:
    """Figures of each model, comparison, similarity and label set over the pairs of two collections.

    collections: those that may be linked; which two, the settings or the truth say. Returns "rows", one per model,
    comparison, similarity and label set; "comparisons" of each two models, and "variants" of each two similarities of
    a model, over the same pairs; "left_out", comparisons of which no pair is known; "truth", what it was; "settings"
    with the records that were decided on.
    Raises UserError where the truth does not fit the records, or nothing can be measured.
    """
    seeds, linked = split_seeds(models, settings.seed), learnt_from_links(models)
    settings = settings.decided(links_learnt=bool(linked))
    world = _world(settings, collections, seeds)
    for model in models:
        _require_vectors(model, world.collections)
    vectors = StoredVectors(models, world.collections, world.places)
    units = list(_units(settings))
    progress.start("Links", len(models) * len(units))
    rows: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    variants: list[dict[str, Any]] = []
    left_out: list[str] = []
    for some in _by_comparison(units):
        measured: dict[tuple[str, str], dict[str, LinkFigures]] = {}
        for unit in some:
            for model in models:
                figures, shape = _measure(unit, model, vectors, world)
                measured[model.slug, unit.variant.name] = figures
                about = {"model": model.slug, "comparison": unit.comparison, "similarity": unit.variant.name}
                rows += [about | _row(name, each, shape) for name, each in figures.items()]
                progress.advance()
        if not any(measured.values()):
            left_out.append(some[0].comparison)
        tests += _tests_of_models(some, models, measured)
        variants += _tests_of_variants(some, models, measured)
    if not rows:
        raise UserError(
            "No link can be told from other pairs here: the records of the known pairs lack pictures and texts, or all "
            "known pairs are links, or none is. Choose another truth"
            + (", or take all records (--records all)." if settings.records == "held-out" else ".")
        )
    order = {model.slug: place for place, model in enumerate(models)}
    rows.sort(key=lambda row: order[row["model"]])
    return {
        "settings": settings.as_json(),
        "collections": [collection.slug for collection in world.collections],
        "records": int(world.taking_part.sum()),
        "records_of": {
            collection.slug: int((world.taking_part & (world.is_a == (place == 0))).sum())
            for place, collection in enumerate(world.collections)
        },
        "held_out": world.held_out,
        "split_seeds": seeds,
        "learnt_from_links": linked,
        "truth": world.truth,
        "rows": rows,
        "comparisons": tests,
        "variants": variants,
        "left_out": left_out,
    }


# --- What is known ---------------------------------------------------------------------------


def _world(settings: LinkSettings, collections: Sequence[Collection], seeds: Sequence[int]) -> _World:
    if settings.campaign:
        answered = answered_pairs(settings.campaign)
        chosen = _two_collections(settings, collections, answered.collections)
        places = read_places(chosen)
        known, truth = _from_answers(answered, places)
        ids = _record_ids(places, chosen)
    else:
        path = found_truth(settings.truth)
        file = read_truth_file(path)
        get_collections(file.collections)  # says which one is unknown
        chosen = _two_collections(settings, collections, file.collections)
        places = read_places(chosen)
        ids = _record_ids(places, chosen)
        known = known_from_file(file, ids, len(places.pks))
        truth = {"file": settings.truth_name or path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    is_a = places.universe.collections == 0
    held_out = _held_out(ids, seeds, len(places.pks))
    pairs_held_out = int((held_out & is_a).sum()) * int((held_out & ~is_a).sum())
    if not known.complete:
        pairs_held_out = int((held_out[known.a] & held_out[known.b]).sum())
    taking_part = held_out if settings.records == "held-out" else np.ones(len(places.pks), bool)
    known = known.take(taking_part[known.a] & taking_part[known.b])
    labels = {name: int((known.closeness == closeness).sum()) for name, closeness in CLOSENESS.items()}
    if known.complete:
        sides = taking_part & is_a, taking_part & ~is_a
        labels["unrelated"] = int(sides[0].sum()) * int(sides[1].sum()) - len(known)
    truth |= {"complete": known.complete, "labels": labels}
    counts = {"records": int(held_out.sum()), "pairs": pairs_held_out}
    return _World(chosen, places, is_a, taking_part, counts, known, truth)


def _held_out(ids: dict[str, dict[str, int]], seeds: Sequence[int], count: int) -> NDArray[np.bool_]:
    """(count,) by place: whether the split of every seed holds a record out."""
    found = np.zeros(count, bool)
    for slug, by_id in ids.items():
        found[list(by_id.values())] = [all(side(slug, each, seed) == "evaluation" for seed in seeds) for each in by_id]
    return found


def _two_collections(
    settings: LinkSettings, collections: Sequence[Collection], of_truth: Sequence[str]
) -> tuple[Collection, Collection]:
    """Those of the settings; else those of the truth, or of the catalogue, if they are two."""
    if not settings.collections and len(of_truth) == 2:
        collections = get_collections(of_truth)
    if len(collections) != 2:
        raise UserError("Which two collections are linked? Name them, such as --collections A B.")
    one, other = collections
    return one, other


def _record_ids(places: RecordPlaces, collections: Sequence[Collection]) -> dict[str, dict[str, int]]:
    """{collection: {record id: place}} of the records that may be shown."""
    found = {}
    for collection in collections:
        rows = list(Record.objects.filter(collection=collection, withheld=False).values_list("pk", "record_id"))
        at = places.places_of(np.array([pk for pk, _ in rows], np.int64))
        found[collection.slug] = {record_id: int(place) for (_, record_id), place in zip(rows, at, strict=True)}
    return found


def _from_answers(answered: AnsweredPairs, places: RecordPlaces) -> tuple[KnownPairs, dict[str, Any]]:
    """The pairs of the two collections among those answered, and where they are from."""
    here = np.isin(answered.a, places.pks) & np.isin(answered.b, places.pks)
    a, b = places.places_of(answered.a[here]), places.places_of(answered.b[here])
    a, b = np.minimum(a, b), np.maximum(a, b)  # places are by collection
    closeness, weights = answered.closeness[here], answered.weights[here]
    if not (closeness > UNRELATED).any():
        raise UserError(f"The answers of {answered.name} link no pair of these collections: choose another campaign.")
    truth = {
        "campaign": answered.name,
        "simulated": answered.simulated,
        "answers": answered.answers,
        "unweighted": answered.unweighted,
    }
    return KnownPairs(a, b, closeness, weights, complete=False), truth


def _require_vectors(model: EmbeddingModel, collections: Sequence[Collection]) -> None:
    covered = coverage(model=model, collections=collections)
    for missing, what in ((covered.images_missing, "pictures"), (covered.segments_missing, "texts")):
        if missing:
            raise UserError(f"{model.slug} lacks the vectors of {missing:,} {what}: run embed {model.slug} first.")


# --- Figures ---------------------------------------------------------------------------------


def _units(settings: LinkSettings) -> Iterator[_Unit]:
    variants = [read_similarity(name) for name in settings.similarities]
    for variant in variants:
        if variant.fused:
            yield _Unit(FUSED, variant, tuple(COMPARISONS[name] for name in METHOD_COMPARISONS))
        else:
            yield from (_Unit(name, variant, (comparison,)) for name, comparison in COMPARISONS.items())


def _by_comparison(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    for name in (*COMPARISONS, FUSED):
        if some := [unit for unit in units if unit.comparison == name]:
            yield some


def _measure(
    unit: _Unit, model: EmbeddingModel, vectors: StoredVectors, world: _World
) -> tuple[dict[str, LinkFigures], tuple[int, int]]:
    """The figures by label set, none where no pair is known, and how many records of A and of B there are."""
    a, b = world.taking_part & world.is_a, world.taking_part & ~world.is_a
    collections = np.where(world.is_a, 0, 1)
    tiles = compare_records(unit.variant, unit.parts, partial(vectors, model.slug), a, b, collections)
    known = world.known.within(tiles.a, tiles.b)
    return link_figures(tiles, known) if len(known) else {}, tiles.shape


def _row(label: str, figures: LinkFigures, shape: tuple[int, int]) -> dict[str, Any]:
    of = figures.estimates
    row: dict[str, Any] = {
        "label": label,
        "n": figures.n,
        "links": figures.links,
        "records_a": shape[0],
        "records_b": shape[1],
        "chance": figures.chance,
        **_with_interval("auc", of["auc"], low="low", high="high"),
        **_with_interval("average_precision", of["average_precision"]),
        **_several("top_share", [(percent, of["top_share", percent]) for percent in TOP_SHARES]),
        "queries": figures.queries,
    }
    if not figures.queries:
        return row | dict.fromkeys(f"{name}{end}" for name in ("recall", "mrr") for end in ("", "_low", "_high"))
    recalls = [(k, of["recall", k]) for k in RECALL_AMONG]
    return row | _several("recall", recalls) | _with_interval("mrr", of["mrr"])


def _with_interval(name: str, estimate: Estimate, *, low: str = "", high: str = "") -> dict[str, Any]:
    interval = estimate.interval or (None, None)
    return {name: estimate.value, low or f"{name}_low": interval[0], high or f"{name}_high": interval[1]}


def _several(name: str, estimates: Sequence[tuple[float, Estimate]]) -> dict[str, Any]:
    """{name: {of: value}}, and so for the ends of the intervals."""
    parts = [(f"{of:g}", estimate.value, estimate.interval or (None, None)) for of, estimate in estimates]
    return {
        name: {of: value for of, value, _ in parts},
        f"{name}_low": {of: low for of, _, (low, _) in parts},
        f"{name}_high": {of: high for of, _, (_, high) in parts},
    }


# --- Tests -----------------------------------------------------------------------------------


def _tests_of_models(
    units: Sequence[_Unit], models: Sequence[EmbeddingModel], measured: dict[tuple[str, str], dict[str, LinkFigures]]
) -> list[dict[str, Any]]:
    return [
        {"models": [other.slug, one.slug], "comparison": unit.comparison, "similarity": unit.variant.name} | test
        for unit in units
        for one, other in combinations(models, 2)
        for test in _tests(measured[other.slug, unit.variant.name], measured[one.slug, unit.variant.name])
    ]


def _tests_of_variants(
    units: Sequence[_Unit], models: Sequence[EmbeddingModel], measured: dict[tuple[str, str], dict[str, LinkFigures]]
) -> list[dict[str, Any]]:
    return [
        {"model": model.slug, "comparison": one.comparison, "similarities": [other.variant.name, one.variant.name]}
        | test
        for model in models
        for one, other in combinations(units, 2)
        for test in _tests(measured[model.slug, other.variant.name], measured[model.slug, one.variant.name])
    ]


def _tests(figures: dict[str, LinkFigures], base: dict[str, LinkFigures]) -> Iterator[dict[str, Any]]:
    for label in figures:
        if label not in base or figures[label].n != base[label].n:
            continue
        for key in TESTED:
            difference = paired_difference(figures[label].estimates[key], base[label].estimates[key])
            if difference is not None:
                yield {"label": label, "measure": measure_name(key), "n": figures[label].n} | vars(difference)


def measure_name(key: Key) -> str:
    """ "auc", "top_share 1"."""
    return key if isinstance(key, str) else f"{key[0]} {key[1]:g}"
