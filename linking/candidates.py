"""Pairs that some model finds similar, for others to choose from, and samplings of pairs that were chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction

from heritage.errors import UserError
from heritage.models import User
from heritage.progress import Progress
from linking.actions import WRITTEN_AT_ONCE, check_name, check_recipe, draw
from linking.models import CandidatePair, Sampling, Stratum
from linking.provenance import Provenance
from linking.queries import recipe_of
from linking.reading import RecordPlaces
from linking.sampling.devices import choose_device
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.sample import DrawnPair
from linking.sampling.strata import pattern_flags
from linking.sampling.tiles import Engine

FROM_EACH = "similar"  # the control that is all pairs which a model finds similar


@dataclass(frozen=True)
class Candidates:
    """Pairs by place, with all their similarities. `available`: by comparison, how many they were drawn from."""

    recipe: SamplingRecipe
    pairs: tuple[DrawnPair, ...]
    available: dict[str, int]
    places: RecordPlaces
    thresholds: dict[str, dict[str, float]]
    provenance: Provenance

    def record_keys(self, pair: DrawnPair) -> tuple[int, int]:
        """Primary keys of the two records."""
        return int(self.places.pks[pair.a]), int(self.places.pks[pair.b])


def find_candidates(sampling: Sampling, *, most: int, seed: int, progress: Progress) -> Candidates:
    """At most `most` pairs, the same share for each comparison, at random from all that a model finds similar by it.

    The sampling's recipe says by which models and comparisons, and where similar begins; records that came since take
    part. Raises UserError for pairs that were imported or chosen, which have no recipe, and as `create_sampling`.
    """
    recipe = recipe_of(sampling)
    if recipe is None:
        raise UserError(
            f"The pairs of {sampling.name} were not drawn by a recipe, so there is none to find other pairs by."
        )
    recipe = replace(recipe, seed=seed)
    each = most // len(recipe.drawn_by)
    if each < 1:
        raise UserError(f"Give {len(recipe.drawn_by)} candidates or more, one for each comparison.")
    collections, models = check_recipe(recipe)
    design = replace(recipe.design(), patterns=(), controls=(FROM_EACH,), per_stratum=each)
    engine = Engine(choose_device("auto"), settings.SAMPLING_MEMORY_MB * 2**20)
    sample, places, drawn_from = draw(recipe, collections, models, engine, progress, design=design)
    available = {comparison: sizes[FROM_EACH] for comparison, sizes in sample.controls.items()}
    return Candidates(recipe, sample.pairs, available, places, sample.thresholds, drawn_from)


@transaction.atomic
def store_chosen(
    *, name: str, candidates: Candidates, chosen: Sequence[int], why: dict[str, Any], created_by: User | None = None
) -> Sampling:
    """Keep some of the candidates, by their places in `pairs`, as a sampling that a campaign can use.

    `why` says who chose, JSON. The pairs were not drawn by chance: neither their strata's sizes nor the probability of
    their being there is known. Raises UserError if the name is taken.
    """
    check_name(name)
    recipe = candidates.recipe
    pairs = [candidates.pairs[place] for place in chosen]
    sampling = Sampling.objects.create(
        name=name.strip(),
        created_by=created_by,
        recipe={
            "collections": list(recipe.collections),
            "models": list(recipe.models),
            "comparisons": list(recipe.comparisons),
            "similarity": recipe.similarity,
            "chosen": why,
        },
        thresholds=candidates.thresholds,
        provenance=candidates.provenance,
    )
    strata = {
        of: Stratum(sampling=sampling, comparison=of[0], pattern=pattern_flags(of[1], recipe.models))
        for of in sorted({(pair.comparison, pair.pattern) for pair in pairs})
    }
    Stratum.objects.bulk_create(strata.values())
    CandidatePair.objects.bulk_create(
        (
            CandidatePair(
                sampling=sampling,
                stratum=strata[pair.comparison, pair.pattern],
                a_id=a,
                b_id=b,
                similarity=pair.similarity,
                similar=pair.similar,
            )
            for pair in pairs
            for a, b in [candidates.record_keys(pair)]
        ),
        batch_size=WRITTEN_AT_ONCE,
    )
    return sampling
