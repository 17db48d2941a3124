"""What can be said of any pair of records without asking anybody: its similarities, plain and centred, by each model.

All pairs are gone through in squares of SIDE x SIDE records, or, where they are more than shall be judged, only each
record's nearest of the other collection. Nothing of the size of all pairs is held. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heritage.errors import UserError
from linking.sampling.comparisons import COMPARISONS, METHOD_COMPARISONS, MODALITIES_OF, Modality
from linking.sampling.sections import ComparedPairs, Universe, VectorSource
from linking.sampling.similarity import ranges
from linking.sampling.tiles import Engine
from linking.sampling.variants.centring import CentredVectors
from models_ml.vectors.house_style import LEAST_LENGTH

SIDE = 512
AT_ONCE = 4_096  # listed pairs
LISTED_COST = 20  # a listed pair takes about as long as so many of a square
FEATURE_KINDS = ("plain", "centred")
MODALITIES: tuple[Modality, ...] = ("image", "text")


@dataclass(frozen=True, eq=False)
class PairBlock:
    """Some pairs: pair i is of the records a[of_a[i]] and b[of_b[i]], by place.

    values: (n, k) float32 in the order of `PairFeatures.names`, NaN where a record has nothing to compare; a_vectors:
    (p, d), b_vectors: (q, d) as `PairFeatures.record_vectors`.
    """

    a: np.ndarray
    b: np.ndarray
    of_a: np.ndarray
    of_b: np.ndarray
    values: np.ndarray
    a_vectors: np.ndarray
    b_vectors: np.ndarray

    @cached_property
    def pairs(self) -> np.ndarray:
        """(n, 2) places."""
        return np.column_stack([self.a[self.of_a], self.b[self.of_b]])


class PairFeatures:
    """The pairs of a universe, with a similarity for each kind of FEATURE_KINDS, comparison of the method and model.

    Of comparisons those for which all models have vectors of the same images and texts. Raises UserError where there
    is none.
    """

    def __init__(
        self, universe: Universe, vectors: VectorSource, models: Sequence[str], *, engine: Engine | None = None
    ) -> None:
        self.universe, self._models = universe, models
        self._centred = CentredVectors(vectors, universe.collections)
        self._comparisons = [COMPARISONS[name] for name in METHOD_COMPARISONS if self._is_possible(name, vectors)]
        if not self._comparisons:
            raise UserError("No pair of records can be compared, since a collection has no vectors: embed it first.")
        sources: dict[str, VectorSource] = {"plain": vectors, "centred": self._centred}
        self._compared = [ComparedPairs(universe, sources[kind], models, engine or Engine()) for kind in FEATURE_KINDS]

    @property
    def names(self) -> tuple[str, ...]:
        """Such as "centred image-text by heritage-mini"."""
        return tuple(
            f"{kind} {comparison.name} by {model}"
            for kind in FEATURE_KINDS
            for comparison in self._comparisons
            for model in self._models
        )

    @cached_property
    def size(self) -> int:
        """How many pairs there are."""
        collections, chosen = self.universe.collections, self.universe.chosen
        records = np.bincount(collections)
        others = 0 * records if chosen is None else np.bincount(collections[~chosen], minlength=len(records))
        return sum(int(records[a] * records[b] - others[a] * others[b]) for a, b in self.universe.crossings)

    def of_pairs(self, pairs: np.ndarray) -> np.ndarray:
        """(n, k) float64 features of pairs (n, 2), the record of the earlier collection first."""
        return np.concatenate(
            [compared.similarities(each, pairs) for compared in self._compared for each in self._comparisons]
        ).T

    def record_vectors(self, places: np.ndarray) -> np.ndarray:
        """(n, d) float32 of length 1: by each model the mean of a record's image and text vectors, all side by side.

        Centred, so that pictures and texts are no longer regions apart: a record without pictures is its texts, and is
        near to what they are near to. Zero by a model where there is nothing.
        """
        found = []
        for model in self._models:
            total = np.zeros((len(places), 0), np.float32)
            for modality in MODALITIES:
                groups = self._centred(model, modality)
                total = total if total.shape[1] else np.zeros((len(places), groups.dimension), np.float32)
                at = groups.places(len(self.universe))[places]
                has = np.flatnonzero(at >= 0)
                total[has] += groups.means(at[has])
            lengths = np.linalg.norm(total, axis=1, keepdims=True)
            found.append(np.where(lengths > LEAST_LENGTH, total / np.maximum(lengths, LEAST_LENGTH), 0))
        return np.concatenate(found, axis=1) / np.float32(np.sqrt(len(self._models)))

    def blocks(self, most: int) -> Iterator[PairBlock]:
        """All pairs; where they are more than `most`, those of records that lie nearest to each other, as many as
        take as long.

        Raises UserError where `most` is not enough for one neighbour of each record by each model.
        """
        if self.size <= most:
            yield from (self._square(rows, columns) for rows, columns in self._squares())
        else:
            pairs = self._neighbours(most)
            for start in range(0, len(pairs), AT_ONCE):
                yield self._listed(pairs[start : start + AT_ONCE])

    def count_blocks(self, most: int) -> int:
        """At most how many blocks there will be."""
        return sum(1 for _ in self._squares()) if self.size <= most else -(-(most // LISTED_COST) // AT_ONCE)

    def _square(self, rows: np.ndarray, columns: np.ndarray) -> PairBlock:
        tables = [compared.table(each, rows, columns) for compared in self._compared for each in self._comparisons]
        values = np.concatenate(tables).reshape(-1, len(rows) * len(columns)).T
        cells = np.flatnonzero(self._wanted(rows, columns).ravel() & ~np.isnan(values).all(axis=1))
        of_a, of_b = np.divmod(cells, len(columns))
        return PairBlock(
            rows, columns, of_a, of_b, values[cells], self.record_vectors(rows), self.record_vectors(columns)
        )

    def _listed(self, pairs: np.ndarray) -> PairBlock:
        values = self.of_pairs(pairs).astype(np.float32)
        known = ~np.isnan(values).all(axis=1)
        pairs, values = pairs[known], values[known]
        (a, of_a), (b, of_b) = (np.unique(pairs[:, side], return_inverse=True) for side in (0, 1))
        return PairBlock(a, b, of_a, of_b, values, self.record_vectors(a), self.record_vectors(b))

    def _squares(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for one, other in self.universe.crossings:
            a, b = (np.flatnonzero(self.universe.collections == each) for each in (one, other))
            for rows in _cut(a):
                for columns in _cut(b):
                    yield rows, columns

    def _wanted(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(r, c) bool: which pairs belong to the universe."""
        chosen = self.universe.chosen
        if chosen is None:
            return np.ones((len(rows), len(columns)), bool)
        return chosen[rows][:, None] | chosen[columns]

    def _neighbours(self, most: int) -> np.ndarray:
        """(n, 2) ascending: each record with as many of its nearest of the other collection, by each model's vector
        of records, as `most` allows."""
        collections = self.universe.collections
        sides = [[np.flatnonzero(collections == each) for each in two] for two in self.universe.crossings]
        records = sum(len(side) for two in sides for side in two)
        one_each = LISTED_COST * records * len(self._models)
        each = most // one_each
        if each < 1:
            raise UserError(
                f"There are {self.size:,} pairs: let {one_each:,} be judged at least, which is enough for one "
                "neighbour of each record by each model."
            )
        found = [np.empty(0, np.int64)]
        for a, b in sides:
            found.append(self._nearest(a, b, each, swap=False))
            found.append(self._nearest(b, a, each, swap=True))
        one, other = np.divmod(np.unique(np.concatenate(found)), len(self.universe))
        return np.column_stack([one, other])

    def _nearest(self, records: np.ndarray, others: np.ndarray, each: int, *, swap: bool) -> np.ndarray:
        """Pairs as place of the earlier collection * count + place of the later, of all models."""
        found, count = [], len(self.universe)
        for rows in _cut(records):
            own = np.split(self.record_vectors(rows), len(self._models), axis=1)
            best: list[tuple[np.ndarray, np.ndarray]] = [
                (np.empty((len(rows), 0), np.float32), np.empty((len(rows), 0), np.int64)) for _ in self._models
            ]
            for columns in _cut(others):
                theirs = np.split(self.record_vectors(columns), len(self._models), axis=1)
                wanted = self._wanted(rows, columns)
                for model, (values, places) in enumerate(best):
                    near = np.where(wanted, own[model] @ theirs[model].T, -np.inf)
                    values = np.concatenate([values, near], axis=1)
                    places = np.concatenate([places, np.broadcast_to(columns, near.shape)], axis=1)
                    if values.shape[1] > each:
                        kept = np.argpartition(-values, each - 1, axis=1)[:, :each]
                        values = np.take_along_axis(values, kept, axis=1)
                        places = np.take_along_axis(places, kept, axis=1)
                    best[model] = values, places
            for values, places in best:
                row, place = np.nonzero(np.isfinite(values))
                mine, theirs_ = rows[row], places[row, place]
                found.append(theirs_ * count + mine if swap else mine * count + theirs_)
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def _is_possible(self, name: str, vectors: VectorSource) -> bool:
        """Whether two crossed collections have what a comparison compares, the same for all models."""
        collections, there = self.universe.collections, []
        comparison = COMPARISONS[name]
        for modality in MODALITIES_OF[comparison.a] + MODALITIES_OF[comparison.b]:
            first, *others = (vectors(model, modality) for model in self._models)
            if not all(other.same_shape_as(first) for other in others):
                return False
            there.append(set(np.unique(collections[first.records]).tolist()))
        return any(one in there[0] and other in there[-1] for one, other in self.universe.crossings)


def _cut(places: np.ndarray) -> list[np.ndarray]:
    return [places[start:end] for start, end in ranges(np.ones(len(places), np.int64), SIDE)]
