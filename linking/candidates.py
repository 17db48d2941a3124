"""All pairs that a sampling could have drawn, for others to choose from, and samplings of pairs that were chosen."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from heritage.errors import UserError
from heritage.models import User
from heritage.progress import Progress
from linking.actions import WRITTEN_AT_ONCE, ReadRecords, check_name, check_recipe, read_records
from linking.models import CandidatePair, Sampling, Stratum
from linking.pairs.pair_features import PairFeatures
from linking.queries import recipe_of
from linking.sampling.devices import choose_device
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.sample import described_pairs
from linking.sampling.sections import ComparedPairs
from linking.sampling.strata import pattern_flags
from linking.sampling.tiles import ALONE, Engine

CHANCE = "random"  # the control of chosen pairs that were drawn at random
# What a sampling of chosen pairs keeps of the recipe: which pairs there are, and what is similar.
KEPT = {
    *("collections", "models", "comparisons", "similarity", "cross"),
    *("terms", "among", "keywords", "nearest", "allow_missing"),
}


@dataclass(frozen=True, eq=False)
class Candidates:
    """The pairs of a sampling's collections, by place, with what its models say of them."""

    sampling: Sampling
    recipe: SamplingRecipe
    read: ReadRecords
    features: PairFeatures
    engine: Engine

    def record_keys(self, pairs: np.ndarray) -> list[tuple[int, int]]:
        """Primary keys of the two records of each pair (n, 2)."""
        return [(int(a), int(b)) for a, b in self.read.places.pks[pairs].tolist()]

    def known(self, keys: np.ndarray) -> np.ndarray:
        """(n,) bool: which pairs (n, 2) of primary keys have both records here. Withheld ones are not."""
        here = np.isin(keys, self.read.places.pks)
        found: np.ndarray = here[:, 0] & here[:, 1]
        return found

    def places_of(self, keys: np.ndarray) -> np.ndarray:
        """(n, 2) places of pairs of primary keys that are known."""
        return self.read.places.places_of(keys.ravel()).reshape(-1, 2)


def candidates_of(sampling: Sampling, *, progress: Progress) -> Candidates:
    """All pairs of the collections that a sampling was drawn or chosen from, as its recipe narrows them.

    Records that came since take part. Raises UserError for pairs that were imported, which have no recipe, and as
    `create_sampling`.
    """
    recipe = _recipe_behind(sampling)
    collections, models = check_recipe(recipe)
    engine = Engine(choose_device("auto"), settings.SAMPLING_MEMORY_MB * 2**20)
    read = read_records(recipe, collections, models, ALONE, progress)
    features = PairFeatures(read.universe, read.vectors, recipe.models, engine=engine)
    return Candidates(sampling, recipe, read, features, engine)


def _recipe_behind(sampling: Sampling) -> SamplingRecipe:
    """That by which it was drawn, or that of the sampling from which its pairs go back."""
    recipe = recipe_of(sampling)
    if recipe is not None:
        return recipe
    if "chosen" not in sampling.recipe:
        raise UserError(
            f"The pairs of {sampling.name} were not drawn by a recipe, so there is none to find other pairs by."
        )
    known = {field.name for field in fields(SamplingRecipe)}
    return SamplingRecipe.from_json({name: value for name, value in sampling.recipe.items() if name in known})


@transaction.atomic
def store_chosen(
    *,
    name: str,
    candidates: Candidates,
    pairs: np.ndarray,
    inclusion: np.ndarray,
    why: dict[str, Any],
    created_by: User | None = None,
) -> Sampling:
    """Keep some of the candidates, (n, 2) places, as a sampling that a campaign can use.

    inclusion: (n,) the probability with which a pair was drawn at random, NaN where it was chosen: the sizes of strata
    are not known, and neither is a probability of chosen pairs. What is similar say the thresholds of the sampling that
    they were found by. `why` says who chose, JSON. Raises UserError if the name is taken.
    """
    check_name(name)
    recipe, found_by = candidates.recipe, candidates.sampling
    design, read = recipe.design(), candidates.read
    compared = ComparedPairs(read.universe, read.vectors, recipe.models, candidates.engine, kind=recipe.kind)
    described = described_pairs(compared, design, found_by.thresholds, pairs)
    sampling = Sampling.objects.create(
        name=name.strip(),
        created_by=created_by,
        recipe={key: value for key, value in recipe.as_json().items() if key in KEPT} | {"chosen": why},
        thresholds=found_by.thresholds,
        provenance=read.provenance,
    )
    strata = {
        of: Stratum(sampling=sampling, comparison=of[0], pattern=pattern_flags(of[1], recipe.models))
        for of in sorted({(pair.comparison, pair.pattern) for pair in described})
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
                control="" if np.isnan(chance) else CHANCE,
                inclusion_probability=None if np.isnan(chance) else float(chance),
            )
            for pair, (a, b), chance in zip(described, candidates.record_keys(pairs), inclusion, strict=True)
        ),
        batch_size=WRITTEN_AT_ONCE,
    )
    return sampling
