"""A map keeps who is near whom, and repeats."""

import numpy as np
import pytest

from heritage.progress import NoProgress
from models_ml.maps.arrays import SIDE, quantised
from models_ml.maps.projection import project


def kinds(count: int, dimension: int = 64) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    of = np.arange(count) % 4
    vectors = random.normal(size=(4, dimension))[of] + 0.3 * random.normal(size=(count, dimension))
    return of, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Stages(NoProgress):
    def __init__(self) -> None:
        self.steps, self.total = 0, 0

    def start(self, what: str, total: int | None = None) -> None:
        self.steps, self.total = 0, total or 0

    def advance(self, steps: int = 1) -> None:
        self.steps += steps


def test_records_of_a_kind_lie_together_and_the_seed_repeats_it() -> None:
    of, vectors = kinds(160)
    stages = Stages()
    found = project(vectors, seed=1, progress=stages, processes=1)
    assert stages.steps == stages.total > 0
    distances = np.linalg.norm(found.coordinates[:, None] - found.coordinates[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (of[distances.argmin(axis=1)] == of).mean() > 0.97
    assert found.neighbours.shape == (160, 15)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :15]
    kept = np.mean([len(set(row) & set(own)) / 15 for row, own in zip(nearest, found.neighbours, strict=True)])
    assert kept > 0.6
    again = project(vectors, seed=1, progress=NoProgress(), processes=1)
    assert np.array_equal(found.coordinates, again.coordinates)


def test_ten_records_are_enough_and_nine_are_not() -> None:
    _, vectors = kinds(10, 4)
    assert np.isfinite(project(vectors, seed=0, progress=NoProgress(), processes=1).coordinates).all()
    with pytest.raises(ValueError, match="10"):
        project(vectors[:9], seed=0, progress=NoProgress())


def test_records_that_are_all_the_same_have_places_too() -> None:
    vectors = np.tile(np.array([[1, 0, 0]], np.float32), (30, 1))
    found = project(vectors, seed=0, progress=NoProgress(), processes=1)
    assert np.isfinite(found.coordinates).all()
    assert quantised(found.coordinates).shape == (30, 2)


def test_places_fill_the_square_and_keep_its_proportions() -> None:
    places = quantised(np.array([[0.0, 0.0], [10.0, 5.0], [5.0, 2.5]]))
    assert places.tolist() == [[0, 16384], [SIDE, 49151], [32768, 32768]]
