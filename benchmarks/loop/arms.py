"""The ways to choose the pairs that experts are asked about, round by round, by the product's own functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from annotation.analysis.annotation_frame import AnnotationFrame, similarity_column
from annotation.analysis.link_model import LinkModel, fit_link_model, suggest_links
from annotation.demonstration.simulated_annotators import LABELS, SIMULATED_ANNOTATORS
from annotation.suggestions.judging import block_probabilities, choose_next, judge_pairs, learn_links, next_pairs
from annotation.suggestions.wishes import NextWish
from heritage.progress import NoProgress
from linking.pairs.pair_features import PairFeatures
from linking.sampling.comparisons import COMPARISONS, DEFAULT_COMPARISONS, METHOD_COMPARISONS, Fusion
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.sample import Sample, draw_sample
from linking.sampling.sections import ComparedPairs
from linking.sampling.tiles import Engine
from linking.sampling.variants.kinds import KINDS

from .worlds import MODELS, LoopWorld

ROUNDS = (105, 200, 400, 700, 1000, 1500, 2000)  # answers after each: a model is fitted between them
FIRST_ROUND = ROUNDS[0]
PRECISION = 0.9
BINS = 10
UNRELATED = len(LABELS) - 1


@dataclass
class Asked:
    """What was asked about so far, in order, and what the experts said."""

    world: LoopWorld
    pairs: list[tuple[int, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def ask(self, pairs: np.ndarray) -> None:
        """(n, 2) places; a pair that was asked about already is passed over."""
        known = set(self.pairs)
        for a, b in pairs.tolist():
            if (a, b) in known:
                continue
            known.add((a, b))
            answer = self.world.answer((a, b), len(self.pairs))
            self.pairs.append((a, b))
            self.said.append(answer.label)
            self.seconds.append(answer.seconds)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def places(self) -> np.ndarray:
        return np.array(self.pairs, np.int64).reshape(-1, 2)

    def found(self, count: int) -> dict[str, int]:
        """Of the first so many pairs, those that are links, by label, and that the experts called so."""
        labels = self.world.labels(self.places[:count])
        confirmed = np.array([said != LABELS[UNRELATED] for said in self.said[:count]], bool)
        return {name: int(np.count_nonzero((labels <= farthest) & confirmed)) for name, farthest in LABEL_SETS.items()}

    def frame(self) -> AnnotationFrame:
        """As a campaign's answers are read."""
        annotators = [SIMULATED_ANNOTATORS[number % len(SIMULATED_ANNOTATORS)].username for number in range(len(self))]
        frame = pd.DataFrame({"annotator": annotators, "pair": range(len(self)), "label": self.said})
        frame["a"], frame["b"] = (self.world.keys[self.places[:, side]] for side in (0, 1))
        frame["linked"] = (frame["label"] != LABELS[UNRELATED]).astype(int)
        return AnnotationFrame(MODELS, DEFAULT_COMPARISONS, LABELS, frame)


LABEL_SETS = {"linked": 2, "similar": 1, "same": 0}  # the farthest label of each
Arm = Callable[[LoopWorld, Asked, int], Iterator[dict[str, Any]]]
"""Asks about pairs until there are so many answers; yields what is worth keeping after each round."""


def strata(world: LoopWorld, asked: Asked, budget: int) -> Iterator[dict[str, Any]]:
    """The paper's sampling: equal quotas of all strata where a model finds similar, in random order."""
    quota = -(-budget // (len(DEFAULT_COMPARISONS) * (2 ** len(MODELS) - 1)))
    drawn = _drawn(world, per_stratum=quota)
    while len(drawn.pairs) < budget and quota < budget:  # small strata are used up
        quota *= 2
        drawn = _drawn(world, per_stratum=quota)
    yield from _in_order(asked, _shuffled(world, drawn), budget)


def similar(world: LoopWorld, asked: Asked, budget: int) -> Iterator[dict[str, Any]]:
    """Random pairs of all that a model finds similar by a comparison."""
    pairs = _similar_pairs(world)
    yield from _in_order(asked, np.random.default_rng([world.seed, 2]).permutation(pairs), budget)


def top(world: LoopWorld, asked: Asked, budget: int) -> Iterator[dict[str, Any]]:
    """The most similar first, by centred and fused similarity."""
    every = world.every_pair()
    fusion = Fusion(tuple(COMPARISONS[name] for name in METHOD_COMPARISONS))
    compared = ComparedPairs(world.universe, world.source, MODELS, Engine(), kind=KINDS["centred+fused"])
    values = compared.similarities(fusion, every)[0]
    yield from _in_order(asked, every[np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")], budget)


def unsure_of_similar(world: LoopWorld, asked: Asked, budget: int) -> Iterator[dict[str, Any]]:
    """Suggestions as they were: of the pairs that a model finds similar those of which a model of their plain
    similarities is least sure, unlike each other."""
    candidates = _similar_pairs(world)
    plain = ComparedPairs(world.universe, world.source, MODELS, Engine())
    names = [similarity_column(comparison, name) for comparison in DEFAULT_COMPARISONS for name in MODELS]

    def similarities(pairs: np.ndarray) -> pd.DataFrame:
        values = [plain.similarities(COMPARISONS[comparison], pairs) for comparison in DEFAULT_COMPARISONS]
        return pd.DataFrame(np.concatenate(values).T, columns=names)

    every = similarities(candidates)
    asked.ask(_first_round(world))
    for answers in _rounds(budget):
        model = fit_link_model(asked.frame(), seed=world.seed, features=similarities(asked.places))
        known = set(asked.pairs)
        fresh = np.array([pair not in known for pair in map(tuple, candidates.tolist())])
        if model.reason or not fresh.any():
            yield _refused(asked, model)
            return
        probabilities = model.predict(every[fresh])
        yield _learnt(asked, model) | _suggested(world, model, asked, candidates[fresh], probabilities)
        chosen = next_pairs(probabilities, every[fresh].to_numpy(float), count=answers - len(asked), seed=world.seed)
        asked.ask(candidates[fresh][chosen])


def suggestions(wish: NextWish) -> Arm:
    """Suggestions as they are, a tenth of each round at random."""

    def arm(world: LoopWorld, asked: Asked, budget: int) -> Iterator[dict[str, Any]]:
        features = PairFeatures(world.universe, world.source, MODELS)
        asked.ask(_first_round(world))
        for answers in _rounds(budget):
            model = learn_links(asked.frame(), asked.places, features, seed=world.seed)
            if model.reason:
                yield _refused(asked, model)
                return
            count = answers - len(asked)
            judged = judge_pairs(
                model,
                features,
                asked.places,
                most=world.truth.size,
                next_count=count,
                seed=world.seed,
                progress=NoProgress(),
            )
            told = _suggested(world, model, asked, judged.likeliest, judged.probabilities)
            yield (
                _learnt(asked, model)
                | told
                | _calibration(world, asked, model, features)
                | {"expected": judged.expected}
            )
            chosen = choose_next(judged, features, count=count, wish=wish, random_share=0.1, seed=world.seed)
            asked.ask(chosen.pairs)

    return arm


ARMS: dict[str, Arm] = {
    "strata": strata,
    "similar": similar,
    "top": top,
    "suggestions before": unsure_of_similar,
    "suggestions, likely": suggestions("likely"),
    "suggestions, unsure": suggestions("unsure"),
}


def _drawn(world: LoopWorld, **changes: Any) -> Sample:
    recipe = SamplingRecipe(("a", "b"), MODELS, seed=world.seed, **changes)
    return draw_sample(world.universe, world.source, recipe.design())


def _shuffled(world: LoopWorld, drawn: Sample) -> np.ndarray:
    pairs = np.array([(pair.a, pair.b) for pair in drawn.pairs], np.int64)
    return np.random.default_rng([world.seed, 1]).permutation(pairs)


def _first_round(world: LoopWorld) -> np.ndarray:
    quota = -(-FIRST_ROUND // (len(DEFAULT_COMPARISONS) * (2 ** len(MODELS) - 1)))
    return _shuffled(world, _drawn(world, per_stratum=quota))[:FIRST_ROUND]


def _similar_pairs(world: LoopWorld) -> np.ndarray:
    """(n, 2) all pairs above a threshold by the recipe's comparisons, each once."""
    above: set[tuple[int, int]] = set()
    plain = ComparedPairs(world.universe, world.source, MODELS, Engine())
    thresholds = _drawn(world, per_stratum=1).thresholds
    every = world.every_pair()
    for comparison in DEFAULT_COMPARISONS:
        limits = np.array([thresholds[comparison][name] for name in MODELS])[:, None]
        values = np.nan_to_num(plain.similarities(COMPARISONS[comparison], every), nan=-np.inf)
        above |= set(map(tuple, every[(values >= limits).any(axis=0)].tolist()))
    return np.array(sorted(above), np.int64)


def _in_order(asked: Asked, pairs: np.ndarray, budget: int) -> Iterator[dict[str, Any]]:
    asked.ask(pairs[:budget])
    yield {"answers": len(asked), "available": len(pairs)}


def _rounds(budget: int) -> list[int]:
    return [answers for answers in ROUNDS[1:] if answers <= budget]


def _refused(asked: Asked, model: LinkModel) -> dict[str, Any]:
    return {"answers": len(asked), "reason": model.reason or "No pair is left."}


def _learnt(asked: Asked, model: LinkModel) -> dict[str, Any]:
    return {
        "answers": len(asked),
        "auc": model.auc.value if model.auc else None,
        "slope": model.slope.value if model.slope else None,
        "weights": dict(model.coefficients),
    }


def _suggested(
    world: LoopWorld, model: LinkModel, asked: Asked, pairs: np.ndarray, probabilities: np.ndarray
) -> dict[str, Any]:
    """The list of likely links: how many, of which how many should be and how many are, by the truth."""
    linked = asked.frame().frame["linked"].to_numpy(int)
    found = suggest_links(model, probabilities, linked, precision=PRECISION)
    listed = np.argsort(-probabilities, kind="stable")[: found.count]
    labels = world.labels(pairs[listed])
    return {
        "suggested": found.count,
        "suggested_expected": found.precision,
        "suggested_links": {name: int((labels <= farthest).sum()) for name, farthest in LABEL_SETS.items()},
    }


def _calibration(world: LoopWorld, asked: Asked, model: LinkModel, features: PairFeatures) -> dict[str, Any]:
    """Over all pairs that nobody was asked about, by tenths of their probability: what was predicted, and the share
    that experts would call a link, one answer each."""
    known, predicted, said = set(asked.pairs), [], []
    for block in features.blocks(world.truth.size):
        for pair, probability in zip(
            map(tuple, block.pairs.tolist()), block_probabilities(model, features, block).tolist(), strict=True
        ):
            if pair not in known:
                predicted.append(probability)
                said.append(world.answer(pair, pair[0] + pair[1]).label != LABELS[UNRELATED])
    order = np.array_split(np.argsort(predicted, kind="stable"), BINS)
    values, links = np.array(predicted), np.array(said, float)
    return {
        "calibration": [[float(values[some].mean()), float(links[some].mean())] for some in order],
        "would_link": float(links.mean()),
        "predicted": float(values.mean()),
    }
