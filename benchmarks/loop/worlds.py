"""One seed's museums, models and experts, as the loop sees them: vectors, truth, answers. All is simulated."""

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from annotation.demonstration.simulated_annotators import (
    LABELS,
    SIMULATED_ANNOTATORS,
    SimulatedAnswer,
    simulated_answer,
)
from benchmarks.learning_from_links import World, compare, make_learner, model
from heritage.files.whole_file import whole_file
from linking.sampling.comparisons import Modality
from linking.sampling.draw import record_keys
from linking.sampling.sections import Universe
from linking.sampling.similarity import VectorGroups, group_vectors

MODELS = ("heritage-mini",)  # as it comes: it has learnt nothing of these museums
MODALITIES: tuple[Modality, ...] = ("image", "text")
DRAWN = argparse.Namespace(records_a=600, records_b=150, held_out=0.1, device="cpu")  # as the demonstration draws


@dataclass(frozen=True, eq=False)
class LoopWorld:
    """keys: (n,) "museum:record" of all records, the first museum's first; truth: (a, b) places among LABELS."""

    seed: int
    keys: np.ndarray
    truth: np.ndarray
    vectors: dict[tuple[str, Modality], VectorGroups]

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.truth.shape[0]), int(self.truth.shape[1])

    @cached_property
    def universe(self) -> Universe:
        collections = np.repeat([0, 1], self.shape)
        return Universe(record_keys(tuple(key.split(":", 1)) for key in self.keys), collections)  # type: ignore[misc]

    def source(self, model: str, modality: Modality) -> VectorGroups:
        return self.vectors[model, modality]

    def every_pair(self) -> np.ndarray:
        """(a * b, 2) places, row by row of `truth`."""
        a, b = np.divmod(np.arange(self.truth.size), self.shape[1])
        return np.column_stack([a, b + self.shape[0]])

    def labels(self, pairs: np.ndarray) -> np.ndarray:
        """(n,) places among LABELS of pairs (n, 2)."""
        found: np.ndarray = self.truth[pairs[:, 0], pairs[:, 1] - self.shape[0]]
        return found

    def answer(self, pair: tuple[int, int], number: int) -> SimulatedAnswer:
        """What the next expert, one after another, says of a pair."""
        label = LABELS[self.truth[pair[0], pair[1] - self.shape[0]]]
        annotator = SIMULATED_ANNOTATORS[number % len(SIMULATED_ANNOTATORS)]
        return simulated_answer(label, annotator, pair=f"{self.keys[pair[0]]} {self.keys[pair[1]]}", seed=self.seed)


def loop_world(folder: Path, seed: int) -> LoopWorld:
    """Drawn and embedded where the folder does not hold it yet."""
    path = folder / f"world-{seed}.npz"
    if not path.is_file():
        held = _make(folder / f"seed-{seed}", seed)
        with whole_file(path) as beside, beside.open("wb") as file:
            np.savez(file, **held)
    with np.load(path) as held:
        vectors = {
            (name, modality): group_vectors(held[f"{name} {modality} records"], held[f"{name} {modality} vectors"])
            for name in MODELS
            for modality in MODALITIES
        }
        return LoopWorld(seed, held["keys"], held["truth"], vectors)


def _make(folder: Path, seed: int) -> dict[str, Any]:
    world = World(folder, DRAWN, seed)
    learner = make_learner(world)
    order = np.argsort(~world.of_a, kind="stable")
    place = np.argsort(order)
    a, b = (order[world.of_a[order] == side] for side in (True, False))
    truth = np.array([[LABELS.index(world.label(one, other)) for other in b] for one in a], np.int8)
    held: dict[str, Any] = {"keys": np.array([":".join(world.keys[each]) for each in order]), "truth": truth}
    for name in MODELS:
        for modality, groups in compare(learner, model(learner, name)).vectors.items():
            records = place[np.repeat(groups.records, groups.sizes)]
            rows = np.argsort(records, kind="stable")
            held[f"{name} {modality} records"] = records[rows]
            held[f"{name} {modality} vectors"] = groups.rows.gather(np.arange(groups.rows.shape[0]))[rows]
    return held
