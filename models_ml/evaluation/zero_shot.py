"""Zero-shot classification: which of some names is nearest to a record's image. Pure, vectors in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from models_ml.metrics import EMPTY_NAMES, Vectors

SAMPLE = 200


@dataclass(frozen=True)
class ZeroShotFigures:
    """Accuracy, and precision and F1 averaged over the labels by how many records bear each."""

    n: int
    accuracy: float
    precision: float
    f1: float


def in_subset(labels: Sequence[str], subset: str, *, seed: int) -> NDArray[np.int64]:
    """Positions of the labels that take part.

    "all"; "filter" leaves out labels with a word of EMPTY_NAMES; "sample" draws SAMPLE of all, in ascending order.
    """
    everything = np.arange(len(labels), dtype=np.int64)
    if subset == "filter":
        empty = [bool(set(label.casefold().split()) & set(EMPTY_NAMES)) for label in labels]
        return everything[~np.array(empty, dtype=bool)]
    if subset == "sample" and len(labels) > SAMPLE:
        return np.sort(np.random.default_rng(seed).choice(everything, SAMPLE, replace=False))
    return everything


def predict(images: Vectors, label_vectors: Vectors, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nearest candidate of each image, as a position among the labels.

    `images` (n, d) and `label_vectors` (m, d), both L2-normalised; `candidates` (n, k) with the own label first, as
    `metrics.candidate_names` draws them. Where another candidate ties with the own one, the other is taken.
    """
    similarity = np.einsum("nd,nkd->nk", images, label_vectors[candidates])
    nearest = np.where(similarity[:, 0] > similarity[:, 1:].max(axis=1), 0, 1 + similarity[:, 1:].argmax(axis=1))
    return candidates[np.arange(len(images)), nearest]


def zero_shot_figures(own: NDArray[np.int64], predicted: NDArray[np.int64]) -> ZeroShotFigures:
    """Figures of predictions against the own labels, both (n,) positions among the labels."""
    precision, _, f1, _ = precision_recall_fscore_support(own, predicted, average="weighted", zero_division=0)
    return ZeroShotFigures(len(own), float((own == predicted).mean()), float(precision), float(f1))


def majority_share(own: NDArray[np.int64]) -> float:
    """Accuracy of always naming the most common label, where it is among the candidates."""
    return Counter(own.tolist()).most_common(1)[0][1] / len(own)


def common_nouns(nouns: Sequence[str], *, most: int = 15, fewest: int = 5) -> list[tuple[str, NDArray[np.int64]]]:
    """The most common nouns, each with the positions of its records; nouns of fewer than `fewest` are left out.

    The most common first, alphabetical where two are as common.
    """
    counts = Counter(noun for noun in nouns if noun)
    common = sorted((noun for noun, count in counts.items() if count >= fewest), key=lambda noun: (-counts[noun], noun))
    every = np.array(nouns, dtype=object)
    return [(noun, np.flatnonzero(every == noun)) for noun in common[:most]]
