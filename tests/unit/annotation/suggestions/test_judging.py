"""All pairs of a simulated world, of which it is known how likely experts link each."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.link_model import SIMILAR_PAIRS, LinkModel
from annotation.suggestions import judging
from annotation.suggestions.judging import (
    JudgedPairs,
    block_probabilities,
    choose_next,
    judge_pairs,
    learn_links,
    next_pairs,
)
from heritage.progress import NoProgress
from linking.pairs import pair_features
from linking.pairs.pair_features import PairFeatures
from linking.sampling.sections import Universe
from linking.sampling.similarity import group_vectors

COUNTS = (90, 60)
KINDS = 5
LINKED, OTHERS = 0.9, 0.05  # how likely experts link two records of one kind, and two others


class SimulatedWorld:
    """Kind k of either collection goes with kind k of the other, whose vectors have nothing in common."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        records = sum(COUNTS)
        collections = np.repeat([0, 1], COUNTS)
        kinds = random.integers(0, KINDS, records)
        centres = random.normal(size=(2, KINDS, 24))
        self.vectors = {}
        for modality in ("image", "text"):
            vectors = centres[collections, kinds] + 0.4 * random.normal(size=(records, 24))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            self.vectors["base", modality] = group_vectors(np.arange(records), vectors.astype(np.float32))
        universe = Universe(np.arange(records, dtype=np.uint64), collections)
        self.features = PairFeatures(universe, lambda model, modality: self.vectors[model, modality], ["base"])
        self.chance = np.where(kinds[:, None] == kinds, LINKED, OTHERS)
        every = np.argwhere(collections[:, None] < collections)
        self.asked = every[random.choice(len(every), 400, replace=False)]
        linked = random.random(400) < self.of(self.asked)
        frame = pd.DataFrame({"annotator": "ada", "pair": range(400), "linked": linked.astype(int)})
        frame["label"] = np.where(linked, "similar_object", "unrelated")
        frame["a"], frame["b"] = (self.asked[:, side].astype(str) for side in (0, 1))
        self.data = AnnotationFrame(("base",), (), (), frame)

    def of(self, pairs: np.ndarray) -> np.ndarray:
        return self.chance[pairs[:, 0], pairs[:, 1]]


@pytest.fixture(scope="module")
def world() -> SimulatedWorld:
    return SimulatedWorld()


@pytest.fixture(scope="module")
def model(world: SimulatedWorld) -> LinkModel:
    return learn_links(world.data, world.asked, world.features, seed=0)


def judge(
    world: SimulatedWorld, model: LinkModel, *, most: int = 10_000, next_count: int = 50, seed: int = 0
) -> JudgedPairs:
    return judge_pairs(
        model, world.features, world.asked, most=most, next_count=next_count, seed=seed, progress=NoProgress()
    )


def everything(world: SimulatedWorld, model: LinkModel) -> tuple[np.ndarray, np.ndarray]:
    """All pairs that nobody was asked about, and their probabilities."""
    [block] = world.features.blocks(10_000)
    asked = set(map(tuple, world.asked.tolist()))
    fresh = np.array([pair not in asked for pair in map(tuple, block.pairs.tolist())])
    return block.pairs[fresh], block_probabilities(model, world.features, block)[fresh]


def test_what_goes_together_is_learnt_from_the_answers_to_similar_pairs(
    world: SimulatedWorld, model: LinkModel
) -> None:
    assert model.reason == ""
    weights = dict(model.coefficients)
    assert max(weights, key=lambda name: abs(weights[name])) == SIMILAR_PAIRS
    assert model.auc is not None
    assert model.auc.low > 0.75
    judged = judge(world, model)
    assert world.of(judged.likeliest[:500]).mean() > 0.85


def test_probabilities_of_all_pairs_are_calibrated(world: SimulatedWorld, model: LinkModel) -> None:
    pairs, predicted = everything(world, model)
    chance = world.of(pairs)
    assert predicted.mean() == pytest.approx(chance.mean(), abs=0.05)
    for rows in np.array_split(np.argsort(predicted), 5):
        assert predicted[rows].mean() == pytest.approx(chance[rows].mean(), abs=0.15)
    assert model.slope is not None
    assert model.slope.low < 1.2
    assert model.slope.high > 0.8


@pytest.mark.parametrize("side", [7, 512])
def test_what_is_held_is_what_sorting_all_pairs_gives(
    monkeypatch: pytest.MonkeyPatch, world: SimulatedWorld, model: LinkModel, side: int
) -> None:
    pairs, predicted = everything(world, model)
    monkeypatch.setattr(pair_features, "SIDE", side)
    monkeypatch.setattr(judging, "MOST_LIKELIEST", 300)
    judged = judge(world, model)
    assert (judged.count, judged.asked) == (90 * 60 - 400, 400)
    assert judged.expected == pytest.approx(predicted.sum(), rel=1e-5)
    np.testing.assert_allclose(judged.probabilities, -np.sort(-predicted)[:300], atol=1e-5)
    chances = dict(zip(map(tuple, pairs.tolist()), predicted.tolist(), strict=True))
    found = [chances[pair] for pair in map(tuple, judged.likeliest.tolist())]
    np.testing.assert_allclose(found, judged.probabilities, atol=1e-5)
    unsure = np.abs([chances[pair] - 0.5 for pair in map(tuple, judged.unsure.tolist())])
    np.testing.assert_allclose(unsure, np.sort(np.abs(predicted - 0.5))[: len(unsure)], atol=1e-5)
    assert len(unsure) == 500
    assert len({tuple(pair) for pair in judged.drawn.tolist()}) == 100


def test_the_next_pairs_are_the_likeliest_and_a_share_of_all_others(world: SimulatedWorld, model: LinkModel) -> None:
    judged = judge(world, model)
    chosen = choose_next(judged, world.features, count=50, wish="likely", random_share=0.1, seed=0)
    assert chosen.pairs[:45].tolist() == judged.likeliest[:45].tolist()
    assert np.isnan(chosen.inclusion[:45]).all()
    assert chosen.inclusion[45:] == pytest.approx(5 / (judged.count - 45))
    assert len(np.unique(chosen.pairs, axis=0)) == 50
    unsure = choose_next(judged, world.features, count=50, wish="unsure", random_share=0, seed=0)
    assert {tuple(pair) for pair in unsure.pairs.tolist()} <= {tuple(pair) for pair in judged.unsure.tolist()}
    assert np.isnan(unsure.inclusion).all()


def test_each_pair_that_was_not_chosen_is_drawn_as_often(world: SimulatedWorld, model: LinkModel) -> None:
    """Over 100 seeds, by where the pairs stand among the likeliest."""
    places = {tuple(pair): place for place, pair in enumerate(judge(world, model).likeliest.tolist())}
    drawn = []
    for seed in range(100):
        judged = judge(world, model, next_count=40, seed=seed)
        chosen = choose_next(judged, world.features, count=40, wish="likely", random_share=0.5, seed=seed)
        drawn += [places[tuple(pair)] for pair in chosen.pairs[20:].tolist()]
    assert min(drawn) >= 20
    counts, _ = np.histogram(drawn, bins=np.linspace(20, len(places), 11))
    assert chisquare(counts).pvalue > 0.001


def test_next_pairs_are_uncertain_and_unlike() -> None:
    random = np.random.default_rng(0)
    features = np.concatenate([random.normal(place, 0.01, (100, 2)) for place in (0.0, 5.0, 9.0)])
    probabilities = np.concatenate([np.full(100, 0.5), np.full(100, 0.45), np.full(100, 0.4)])
    sure = np.full(200, 0.99)
    chosen = next_pairs(
        np.concatenate([probabilities, sure]),
        np.concatenate([features, random.normal(0, 9, (200, 2))]),
        count=30,
        seed=1,
    )
    assert len(set(chosen.tolist())) == 30
    assert chosen.max() < 300
    assert all(((chosen >= low) & (chosen < low + 100)).any() for low in (0, 100, 200))
    assert next_pairs(np.array([0.9, 0.5]), np.zeros((2, 1)), count=5, seed=0).tolist() == [1, 0]
