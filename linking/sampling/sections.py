"""Which pairs of records are compared, and by what similarity: the sections that the engine sweeps.

Each section is of two collections. Sections are made once for each comparison, since those of some kinds of
similarity (`linking.sampling.variants`) take work, and are what drawn pairs have their similarities from. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from heritage.errors import UserError
from heritage.progress import Progress
from linking.sampling.comparisons import Combination, Comparison, Fusion, Modality
from linking.sampling.similarity import PairSimilarity, VectorGroups
from linking.sampling.tiles import Engine, Section
from linking.sampling.variants.centring import CentredVectors
from linking.sampling.variants.fusing import fused
from linking.sampling.variants.hubness import without_hubs
from linking.sampling.variants.kinds import PLAIN, SimilarityKind
from linking.sampling.variants.pooling import compared_vectors


@dataclass(frozen=True)
class Universe:
    """The records of all collections, by place.

    keys: (n,) uint64, each record's own (`linking.sampling.draw.record_keys`).
    collections: (n,) int64, ascending: the place of each record's collection in the recipe.
    chosen: (n,) bool or None: only pairs with at least one of these records belong to a stratum.
    crossed: the places of two collections, the earlier first, for each two that are compared; all if empty.
    """

    keys: np.ndarray
    collections: np.ndarray
    chosen: np.ndarray | None = None
    crossed: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def crossings(self) -> list[tuple[int, int]]:
        """The places of all two collections that are compared, the earlier first."""
        count = int(self.collections.max(initial=-1)) + 1
        every = [(one, other) for one in range(count) for other in range(one + 1, count)]
        return [two for two in every if two in self.crossed or not self.crossed]


VectorSource = Callable[[str, Modality], VectorGroups]
"""Vectors of a model and modality, whose records are places in the universe."""


class ComparedPairs:
    """All pairs of a universe by each comparison, as sections of a kind of similarity."""

    def __init__(
        self,
        universe: Universe,
        vectors: VectorSource,
        models: Sequence[str],
        engine: Engine,
        *,
        kind: SimilarityKind = PLAIN,
        progress: Progress | None = None,
    ) -> None:
        self._universe, self._models, self._engine, self._progress = universe, models, engine, progress
        self._kind = kind
        self._vectors = CentredVectors(vectors, universe.collections) if kind.centred else vectors
        self._made: dict[str, list[list[Section]]] = {}

    def sections(self, comparison: Comparison | Combination | Fusion) -> list[Section]:
        """Of all pairs that can be compared so; their similarities are the first model's by each part of the
        comparison, then the second's, and so on.

        Raises UserError if there is no pair, ValueError if the models have vectors of different images or texts.
        """
        found = [section for sections in self._by_crossing(comparison) for section in sections if section.size]
        if not found:
            wanted = dict.fromkeys(modality for part in comparison.parts for modality in part.modalities)
            raise UserError(
                f"No pair of records can be compared by {comparison.name}, since a collection has no vectors of "
                f"{' or '.join(f'{modality}s' for modality in wanted)}; choose other comparisons (--comparisons)."
            )
        return found

    def similarities(self, comparison: Comparison | Fusion, pairs: np.ndarray) -> np.ndarray:
        """(models, n) float64: by each model the similarity of pairs (n, 2) of records by place; NaN for none."""
        found = np.full((len(self._models), len(pairs)), np.nan)
        for section in (section for sections in self._by_crossing(comparison) for section in sections if section.size):
            a, b = section.models[0].a, section.models[0].b
            rows, columns = a.places(len(self._universe))[pairs[:, 0]], b.places(len(self._universe))[pairs[:, 1]]
            here = np.flatnonzero((rows >= 0) & (columns >= 0))
            for model, own in enumerate(section.models):
                found[model, here] = own.exact(rows[here], columns[here])
        return found

    def table(self, comparison: Comparison, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(models, r, c) float32: by each model the similarities of some records with some of a later collection.

        rows, columns: places, each of one collection. NaN for none. Within rounding what `similarities` says.
        """
        found = np.full((len(self._models), len(rows), len(columns)), np.nan, np.float32)
        for section in (section for sections in self._by_crossing(comparison) for section in sections if section.size):
            a, b = (
                side.places(len(self._universe))[records]
                for side, records in zip((section.models[0].a, section.models[0].b), (rows, columns), strict=True)
            )
            has_a, has_b = np.flatnonzero(a >= 0), np.flatnonzero(b >= 0)
            if not len(has_a) or not len(has_b):
                continue
            for model, own in enumerate(section.models):
                if not isinstance(own, PairSimilarity):
                    raise ValueError("tables are of plain and centred similarities")
                found[model][np.ix_(has_a, has_b)] = own.take(a[has_a], b[has_b]).table(np.float32)
        return found

    def _by_crossing(self, comparison: Comparison | Combination | Fusion) -> list[list[Section]]:
        """For each two collections that are compared; a comparison and a combination have one section of each."""
        if comparison.name not in self._made:
            if isinstance(comparison, Fusion):
                parts = [[made for [made] in self._by_crossing(part)] for part in comparison.of]
                self._made[comparison.name] = fused(parts, self._universe.keys)
            elif isinstance(comparison, Combination):
                parts = [[made for [made] in self._by_crossing(part)] for part in comparison.parts]
                self._made[comparison.name] = [[_side_by_side(some)] for some in zip(*parts, strict=True)]
            else:
                self._made[comparison.name] = [[section] for section in self._compared(comparison)]
        return self._made[comparison.name]

    def _compared(self, comparison: Comparison) -> list[Section]:
        for modality in comparison.modalities:
            first, *others = (self._vectors(model, modality) for model in self._models)
            if not all(other.same_shape_as(first) for other in others):
                raise ValueError("the models have vectors of different images or texts")
        by_model = [partial(self._vectors, model) for model in self._models]
        sides = [tuple(compared_vectors(own, side) for side in (comparison.a, comparison.b)) for own in by_model]
        of_a, of_b = (self._universe.collections[side.records] for side in sides[0])
        found = []
        for one, other in self._universe.crossings:
            section = Section(
                tuple(
                    PairSimilarity(a.take(of_a == one), b.take(of_b == other), comparison.aggregate) for a, b in sides
                )
            )
            if self._kind.csls and section.size:
                section = without_hubs(
                    section, self._engine, progress=self._progress, what=f"Looking for hubs by {comparison.name}"
                )
            found.append(section)
        return found


def _side_by_side(parts: tuple[Section, ...]) -> Section:
    """Records that every part has, by each of the parts."""
    rows = reduce(np.intersect1d, [part.a for part in parts])
    columns = reduce(np.intersect1d, [part.b for part in parts])
    taken = [part.take(np.isin(part.a, rows), np.isin(part.b, columns)) for part in parts]
    return Section(tuple(model for models in zip(*(part.models for part in taken), strict=True) for model in models))
