"""What a link model says of every pair of two collections, and which pairs experts should see next. Pure.

Of the judged pairs a bounded number is held: the likeliest, those of which the model is least sure, and some drawn at
random. A pair that experts were asked about already is judged by nobody.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.link_model import SIMILAR_PAIRS, LinkModel, fit_link_model
from annotation.analysis.pairwise_ridge import PairRecords
from annotation.analysis.population import union_weights
from annotation.suggestions.wishes import LIKELY, NextWish
from heritage.progress import Progress
from linking.pairs.pair_features import PairBlock, PairFeatures
from models_ml.training.data.links import TARGETS

MOST_LIKELIEST = 200_000
UNSURE_FOR_EACH = 10  # candidates from which one unlike the others is taken


def learn_links(data: AnnotationFrame, pairs: np.ndarray, features: PairFeatures, *, seed: int) -> LinkModel:
    """What links, by the answers of `data` (n); pairs: (n, 2) places of their records, the earlier collection first."""
    distinct, of = np.unique(pairs, axis=0, return_inverse=True)
    values = pd.DataFrame(features.of_pairs(distinct)[of.ravel()], columns=list(features.names))
    (a, of_a), (b, of_b) = (np.unique(pairs[:, side], return_inverse=True) for side in (0, 1))
    records = PairRecords(features.record_vectors(a), features.record_vectors(b), of_a, of_b)
    closeness = data.frame["label"].map(TARGETS).fillna(TARGETS["unrelated"]).to_numpy(dtype=float)
    weights, _ = union_weights(data)
    return fit_link_model(data, seed=seed, features=values, records=records, closeness=closeness, weights=weights)


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """count: how many were judged; asked: how many others had been asked about; expected: the sum of their
    probabilities, which is too little where most answers are on pairs that were likely (docs/linking.md).

    likeliest: (m, 2) places, the likeliest first, with their probabilities (m,); unsure: (u, 2), those of which the
    model is least sure first; drawn: (r, 2), at random from all judged, in the order of drawing.
    """

    count: int
    asked: int
    expected: float
    likeliest: np.ndarray
    probabilities: np.ndarray
    unsure: np.ndarray
    unsure_probabilities: np.ndarray
    drawn: np.ndarray


@dataclass(frozen=True, eq=False)
class NextPairs:
    """pairs: (n, 2) places; inclusion: (n,) with which probability a pair was drawn, NaN where it was chosen."""

    pairs: np.ndarray
    inclusion: np.ndarray


def judge_pairs(
    model: LinkModel,
    features: PairFeatures,
    asked: np.ndarray,
    *,
    most: int,
    next_count: int,
    seed: int,
    progress: Progress,
) -> JudgedPairs:
    """Judge all pairs but those `asked` about (n, 2), or the nearest where there are more than `most`.

    next_count: as many pairs as `choose_next` may be asked for. Raises UserError as `PairFeatures.blocks` does.
    """
    count, met, expected = 0, 0, 0.0
    records = len(features.universe)
    taken = np.unique(asked[:, 0] * records + asked[:, 1])
    likeliest, unsure = _Least(MOST_LIKELIEST), _Least(UNSURE_FOR_EACH * next_count)
    drawn = _Least(2 * next_count)  # some of them may be among the likeliest
    progress.start("Judging pairs", total=features.count_blocks(most))
    for number, block in enumerate(features.blocks(most)):
        codes = block.pairs[:, 0] * records + block.pairs[:, 1]
        fresh = ~np.isin(codes, taken, assume_unique=True)
        codes, probabilities = codes[fresh], block_probabilities(model, features, block)[fresh]
        count, met = count + len(codes), met + int(np.count_nonzero(~fresh))
        expected += float(probabilities.sum())
        likeliest.add(-probabilities, codes)
        unsure.add(np.abs(probabilities - 0.5), codes, probabilities)
        drawn.add(np.random.default_rng([seed, number]).random(len(codes)), codes)
        progress.advance()
    return JudgedPairs(
        count=count,
        asked=met,
        expected=expected,
        likeliest=likeliest.pairs(records),
        probabilities=-likeliest.keys,
        unsure=unsure.pairs(records),
        unsure_probabilities=unsure.others,
        drawn=drawn.pairs(records),
    )


def block_probabilities(model: LinkModel, features: PairFeatures, block: PairBlock) -> np.ndarray:
    """(n,) that experts link the pairs of a block."""
    columns = pd.DataFrame(block.values, columns=list(features.names))
    if model.pairwise is not None:
        records = PairRecords(block.a_vectors, block.b_vectors, block.of_a, block.of_b)
        columns[SIMILAR_PAIRS] = model.pairwise.of(records)
    return model.predict(columns)


def choose_next(
    judged: JudgedPairs, features: PairFeatures, *, count: int, wish: NextWish, random_share: float, seed: int
) -> NextPairs:
    """The pairs to ask about next: the likeliest links, or unsure ones that are unlike each other, and a share of all
    others at random, so that shares of all pairs can still be estimated.

    Given the answers so far, each judged pair that was not chosen is drawn with the same, known probability.
    """
    by_chance = round(random_share * count)
    wanted = count - by_chance
    if wish == LIKELY:
        chosen = judged.likeliest[:wanted]
    else:
        values = features.of_pairs(judged.unsure)
        chosen = judged.unsure[next_pairs(judged.unsure_probabilities, values, count=wanted, seed=seed)]
    already = {tuple(pair) for pair in chosen.tolist()}
    others = [pair for pair in judged.drawn.tolist() if tuple(pair) not in already][:by_chance]
    left = judged.count - len(chosen)
    inclusion = [np.nan] * len(chosen) + [len(others) / left] * len(others)
    pairs = np.concatenate([chosen, np.array(others, np.int64).reshape(-1, 2)])
    return NextPairs(pairs, np.array(inclusion, np.float64))


def next_pairs(
    probabilities: NDArray[np.float64], features: NDArray[np.float64], *, count: int, seed: int
) -> NDArray[np.int64]:
    """Places of the `count` pairs most worth an expert's time: uncertain, and unlike each other.

    Of ten times as many of the most uncertain pairs, those similar in all similarities are gathered in `count`
    clusters, and the most uncertain of each is taken. `features` (pairs, k) may have NaN.
    """
    uncertainty = probabilities * (1 - probabilities)
    candidates = np.argsort(-uncertainty, kind="stable")[: 10 * count]
    if len(candidates) <= count:
        return np.asarray(candidates, dtype=np.int64)
    prepared = make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(features[candidates])
    cluster = KMeans(count, n_init=1, random_state=seed).fit_predict(prepared)
    # Candidates come in order of uncertainty: the first of each cluster is its most uncertain.
    _, first = np.unique(cluster, return_index=True)
    return np.asarray(candidates[np.sort(first)], dtype=np.int64)


class _Least:
    """Of all pairs the `most` with the least keys, in order; the first met of equal ones. others: kept beside."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.keys, self.codes, self.others = np.empty(0), np.empty(0, np.int64), np.empty(0)

    def add(self, keys: np.ndarray, codes: np.ndarray, others: np.ndarray | None = None) -> None:
        if not self._most:
            return
        beside = keys if others is None else others
        if len(self.keys) == self._most:
            near = keys < self.keys[-1]
            keys, codes, beside = keys[near], codes[near], beside[near]
        keys, codes = np.concatenate([self.keys, keys]), np.concatenate([self.codes, codes])
        beside = np.concatenate([self.others, beside])
        order = np.argsort(keys, kind="stable")[: self._most]
        self.keys, self.codes, self.others = keys[order], codes[order], beside[order]

    def pairs(self, records: int) -> np.ndarray:
        """(n, 2) places."""
        return np.column_stack(np.divmod(self.codes, records))
