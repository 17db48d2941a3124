"""Writing samplings."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from heritage.errors import UserError
from heritage.models import Collection, User
from heritage.progress import Progress
from heritage.sets.queries import get_set
from linking.models import CandidatePair, Sampling, Stratum
from linking.provenance import Provenance, provenance
from linking.reading import RecordPlaces, StoredVectors, choose_among, choose_by_keywords, choose_by_terms, read_places
from linking.sampling.devices import choose_device
from linking.sampling.processes import joined
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.sample import Design, Sample, draw_sample
from linking.sampling.sections import Universe
from linking.sampling.strata import CONTROLS, named_patterns, pattern_flags, stratum_in_words
from linking.sampling.tiles import Engine, Group
from models_ml.models import EmbeddingModel
from models_ml.registry import get_models
from models_ml.vectors.mixture import mixture, pictures_seen
from models_ml.vectors.store import coverage

LONGEST_NAME = 200
LEAST_MEMORY_MB = 32
WRITTEN_AT_ONCE = 1000
SURVEYED_PAIRS = 3  # examples of each stratum
MOST_MODELS_SURVEYED = 4  # with more, only the recipe's own strata have examples


@dataclass(frozen=True)
class SamplingResult:
    """What was drawn, and where it is kept: nowhere if it was only tried."""

    name: str
    recipe: SamplingRecipe
    sample: Sample
    places: RecordPlaces
    provenance: Provenance
    sampling: Sampling | None

    def as_json(self) -> dict[str, Any]:
        """The document that `sample_pairs --json` prints."""
        recipe, sample = self.recipe, self.sample
        identities = self.places.identities({place for pair in sample.pairs for place in (pair.a, pair.b)})
        return {
            "name": self.name,
            "recipe": recipe.as_json(),
            "dry_run": self.sampling is None,
            "thresholds": sample.thresholds,
            "strata": [
                {
                    "comparison": comparison,
                    "pattern": pattern_flags(pattern, recipe.models),
                    "available": sample.sizes[comparison][pattern],
                    "drawn": sample.drawn(comparison, pattern),
                }
                for comparison in recipe.drawn_by
                for pattern in recipe.patterns
            ],
            "controls": [
                {
                    "control": control,
                    "comparison": comparison,
                    "available": sample.controls[comparison][control],
                    "drawn": sample.drawn(comparison, control),
                }
                for comparison in recipe.drawn_by
                for control in recipe.controls
            ],
            "sizes": sample.sizes,
            "histograms": _histograms(sample),
            "mixture": mixture(self.provenance.get("pictures", {})),
            "pairs": [
                {
                    "a": identities[pair.a][1],
                    "b": identities[pair.b][1],
                    "a_collection": identities[pair.a][0],
                    "b_collection": identities[pair.b][0],
                    "comparison": pair.comparison,
                    "pattern": pattern_flags(pair.pattern, recipe.models),
                    "similarity": pair.similarity,
                    "similar": pair.similar,
                    "control": pair.control,
                    "inclusion_probability": pair.inclusion,
                }
                for pair in sample.pairs
            ],
        }


def _histograms(sample: Sample) -> dict[str, dict[str, Any]]:
    return {
        comparison: {model: histogram.as_json() for model, histogram in by_model.items()}
        for comparison, by_model in sample.histograms.items()
    }


def create_sampling(
    *,
    name: str,
    recipe: SamplingRecipe,
    created_by: User | None = None,
    progress: Progress,
    dry_run: bool = False,
    device: str = "auto",
    memory_mb: int | None = None,
) -> SamplingResult:
    """Draw pairs by a recipe and keep them, whole or not at all; with `dry_run` only draw them.

    device, memory_mb (SAMPLING_MEMORY_MB by default) decide how fast, never what is drawn. Every process of torchrun
    calls this and gets the same sample; the first keeps it. Raises UserError if the name is taken, a collection or
    model is unknown or has no vectors yet, or a stratum is smaller than its quota.
    """
    name = name.strip()
    memory_mb = settings.SAMPLING_MEMORY_MB if memory_mb is None else memory_mb
    if memory_mb < LEAST_MEMORY_MB:
        raise UserError(
            f"Sampling needs {LEAST_MEMORY_MB} MB of memory at least: say --memory {LEAST_MEMORY_MB} or more."
        )
    check_name(name)
    collections, models = check_recipe(recipe)
    with joined() as group:
        engine = Engine(choose_device(device), memory_mb * 2**20, group)
        sample, places, drawn_from = draw(recipe, collections, models, engine, progress)
        if not recipe.allow_fewer:
            _check_quotas(recipe, sample)
        sampling = None
        if not dry_run and group.rank == 0:
            sampling = _store(Sampling(name=name, created_by=created_by), recipe, sample, places, drawn_from)
    return SamplingResult(name, recipe, sample, places, drawn_from, sampling)


def store_imported_sampling(*, name: str, models: Sequence[str], imported_from: str) -> Sampling:
    """An empty sampling that takes the pairs of a file. Raises UserError for a name that is taken or is none."""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise UserError(f"A sampling's name has 1 to {LONGEST_NAME} characters: choose another.")
    if Sampling.with_surveys.filter(name=name).exists():
        raise UserError(f"There is a sampling named {name} already: choose another name.")
    return Sampling.objects.create(name=name, recipe={"models": list(models), "imported_from": imported_from})


def tell_similarity(*, sampling: Sampling, similarity: str) -> None:
    """Keep of which kind the similarities of imported pairs are. Raises UserError where they are of another."""
    if similarity in ("", sampling.told_similarity):
        return
    if sampling.told_similarity:
        raise UserError(
            f"Similarities in the file are {similarity}, but those of {sampling.name} are {sampling.told_similarity}: "
            "import it under another name."
        )
    sampling.recipe |= {"similarity": similarity}
    sampling.save(update_fields=["recipe"])


def create_survey(*, recipe: SamplingRecipe, created_by: User | None = None, progress: Progress) -> Sampling:
    """Keep what a recipe would find, with a few example pairs of every stratum, for a lead to look at.

    Raises UserError as `create_sampling` does, but not for strata that are smaller than the quota.
    """
    collections, models = check_recipe(recipe)
    engine = Engine(choose_device("auto"), settings.SAMPLING_MEMORY_MB * 2**20)
    patterns = named_patterns("every", len(models)) if len(models) <= MOST_MODELS_SURVEYED else None
    wider = replace(recipe, patterns=patterns or recipe.patterns, per_stratum=SURVEYED_PAIRS, allow_fewer=True)
    sample, places, drawn_from = draw(wider, collections, models, engine, progress)
    survey = Sampling(name=f"Survey {uuid.uuid4()}", is_survey=True, created_by=created_by)
    return _store(survey, recipe, sample, places, drawn_from)


def delete_survey(*, survey: Sampling) -> None:
    """Remove a survey with its example pairs. Samplings stay: experts may have labelled their pairs."""
    Sampling.with_surveys.filter(pk=survey.pk, is_survey=True).delete()


@dataclass(frozen=True)
class ReadRecords:
    """What a recipe compares: its records by place, those of them that count, their vectors, and what they were."""

    places: RecordPlaces
    universe: Universe
    vectors: StoredVectors
    provenance: Provenance


def read_records(
    recipe: SamplingRecipe,
    collections: list[Collection],
    models: list[EmbeddingModel],
    group: Group,
    progress: Progress,
) -> ReadRecords:
    """Records that may be shown, narrowed to the recipe's terms, sets and keywords.

    Vectors are read when they are needed.
    """
    progress.start("Reading records")
    drawn_from = provenance(models=models, collections=collections)
    if any("image" in comparison.modalities for comparison in recipe.design().scored):
        drawn_from["pictures"] = pictures_seen(models, collections)
    if any(other != drawn_from for other in group.collect(drawn_from)):
        raise UserError("Records or vectors changed while the processes began to read them; start again.")
    places = read_places(collections, crossed=recipe.crossed())
    vectors = StoredVectors(models, collections, places, folder=settings.DATA_DIR)
    universe = places.universe
    if recipe.terms:
        universe = choose_by_terms(recipe, places, universe)
    if recipe.among:
        universe = choose_among(recipe, places, universe)
    if recipe.keywords:
        progress.start("Finding the records nearest to the keywords")
        # The first process's choice counts: an encoder's last digits may differ between machines.
        own = choose_by_keywords(recipe, models[0], vectors, universe) if group.rank == 0 else None
        universe = group.collect(own)[0] or universe
    return ReadRecords(places, universe, vectors, drawn_from)


def draw(
    recipe: SamplingRecipe,
    collections: list[Collection],
    models: list[EmbeddingModel],
    engine: Engine,
    progress: Progress,
    *,
    design: Design | None = None,
) -> tuple[Sample, RecordPlaces, Provenance]:
    """What a recipe draws, by its own design or by another of the same models and comparisons; nothing is kept."""
    read = read_records(recipe, collections, models, engine.group, progress)
    try:
        sample = draw_sample(read.universe, read.vectors, design or recipe.design(), engine=engine, progress=progress)
    except ValueError as error:
        raise UserError(
            f"The models cannot be compared: {error}; run {' and '.join(map(_embed_command, recipe.models))} first."
        ) from error
    return sample, read.places, read.provenance


def check_name(name: str) -> None:
    """Raises UserError unless a sampling may be called so."""
    if not name.strip():
        raise UserError("Give the sampling a name.")
    if len(name) > LONGEST_NAME:
        raise UserError(f"The name is longer than {LONGEST_NAME} characters; choose a shorter one.")
    if Sampling.objects.filter(name=name.strip()).exists():
        raise UserError(f"There is a sampling called {name.strip()!r} already; choose another name.")


def free_name(wish: str) -> str:
    """`wish`, or where a sampling is called so, with the first number from 2 behind it that is free. One query."""
    wish = wish.strip()[:LONGEST_NAME]
    room = LONGEST_NAME - 6  # a blank and a number of five figures
    taken = set(Sampling.with_surveys.filter(name__startswith=wish[:room].rstrip()).values_list("name", flat=True))
    numbered = (f"{wish[:room].rstrip()} {number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wish], numbered) if name not in taken)


def check_recipe(recipe: SamplingRecipe) -> tuple[list[Collection], list[EmbeddingModel]]:
    """The collections and models of a recipe. Raises UserError for all that can be told without drawing."""
    found = {collection.slug: collection for collection in Collection.objects.all()}
    for slug in recipe.collections:
        if slug not in found:
            raise UserError(f"No collection is called {slug!r}; there are: {', '.join(sorted(found)) or 'none yet'}.")
    collections = [found[slug] for slug in recipe.collections]
    models = get_models(recipe.models)
    for slug in recipe.among:
        get_set(slug)
    if not recipe.allow_missing:
        for model in models:
            _check_vectors(recipe, model, collections)
    return collections, models


def _check_vectors(recipe: SamplingRecipe, model: EmbeddingModel, collections: list[Collection]) -> None:
    modalities = {modality for comparison in recipe.design().scored for modality in comparison.modalities}
    covered = coverage(model=model, collections=collections)
    lacking = [
        f"{missing:,} {what}"
        for modality, missing, what in (
            ("image", covered.images_missing, "images"),
            ("text", covered.segments_missing, "texts"),
        )
        if modality in modalities and missing
    ]
    if lacking:
        only = "".join(f" --collection {collection.slug}" for collection in collections)
        raise UserError(
            f"{model.slug} has no vectors yet of {' and '.join(lacking)} of {', '.join(recipe.collections)}: "
            f"run {_embed_command(model.slug)}{only} first, or pass over them (--allow-missing)."
        )


def _embed_command(model: str) -> str:
    return f"python manage.py embed {model}"


def _in_words(pattern: str, models: Sequence[str]) -> str:
    """As it is named in a command, and as people read it."""
    return f"{pattern} ({stratum_in_words([digit == '1' for digit in pattern], models)})"


def _check_quotas(recipe: SamplingRecipe, sample: Sample) -> None:
    short = []
    for comparison in recipe.drawn_by:
        available = sample.sizes[comparison] | sample.controls[comparison]
        for stratum in (*recipe.patterns, *recipe.controls):
            drawn = sample.drawn(comparison, stratum)
            if drawn < recipe.per_stratum:
                shared = ", some of them needed for other strata" if drawn < available[stratum] else ""
                words = stratum if stratum in CONTROLS else _in_words(stratum, recipe.models)
                short.append(f"{comparison} {words} has {available[stratum]:,}{shared}")
    if short:
        raise UserError(
            f"Not every stratum has the {recipe.per_stratum:,} pairs that were asked for ({'; '.join(short)}): draw "
            "fewer (--per-stratum), name other strata (--patterns), lower the percentile (--percentile), or take what "
            "there is (--allow-fewer)."
        )


@transaction.atomic
def _store(
    sampling: Sampling, recipe: SamplingRecipe, sample: Sample, places: RecordPlaces, drawn_from: Provenance
) -> Sampling:
    sampling.recipe, sampling.provenance = recipe.as_json(), drawn_from
    sampling.thresholds, sampling.histograms = sample.thresholds, _histograms(sample)
    try:
        with transaction.atomic():
            sampling.save()
    except IntegrityError as error:  # somebody else took the name while this was drawn
        raise UserError(f"There is a sampling called {sampling.name!r} already; choose another name.") from error
    # The strata that were asked for come first, in the recipe's order; of the others only those that occur.
    strata = {
        (comparison, pattern): Stratum(
            sampling=sampling,
            comparison=comparison,
            pattern=pattern_flags(pattern, recipe.models),
            available=sample.sizes[comparison][pattern],
        )
        for comparison in recipe.drawn_by
        for pattern in dict.fromkeys([*recipe.patterns, *sample.sizes[comparison]])
    }
    Stratum.objects.bulk_create(strata.values())
    CandidatePair.objects.bulk_create(
        (
            CandidatePair(
                sampling=sampling,
                stratum=strata[pair.comparison, pair.pattern],
                a_id=int(places.pks[pair.a]),
                b_id=int(places.pks[pair.b]),
                similarity=pair.similarity,
                similar=pair.similar,
                control=pair.control,
                inclusion_probability=pair.inclusion,
            )
            for pair in sample.pairs
        ),
        batch_size=WRITTEN_AT_ONCE,
    )
    return sampling
