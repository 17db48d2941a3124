"""Campaigns whose true effects are known: for planning, and to find out whether the estimators recover them.

An answer is a link with log odds that are the sum of its stratum's, the annotator's leaning and a part for each of
the two records, the last three normal around 0. Annotators may also differ in how far they follow each model. The
four labels are steps of the same scale, so that proportional odds hold given annotator and records. Nothing made
here is an expert's answer.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from .annotation_frame import COLUMNS, STRATUM, STRATUM_SIZE, AnnotationFrame, drawn_column

LABELS = ("same_object", "similar_object", "same_category", "unrelated")
# Log odds that an answer goes beyond *unrelated*, beyond *same category*, beyond *similar object*, less the first.
STEPS = (0.0, 1.2, 4.5)


@dataclass(frozen=True)
class SimulatedStratum:
    """`pattern` has a 0 or 1 for each model; `log_odds` of a link by an average annotator on average records."""

    pattern: tuple[int, ...]
    log_odds: float
    size: int = 10_000
    comparison: str = "image-image"


@dataclass(frozen=True)
class SimulatedCampaign:
    """Each of `annotators` answers `pairs_each` pairs, a share `overlap` of which all of them answer.

    The spreads are standard deviations in log odds: of annotators' leanings, of what a model's finding does to
    each annotator, of records. `records` is their number on either side, among which pairs are drawn evenly: the
    fewer, the more pairs share one.
    """

    models: tuple[str, ...]
    strata: tuple[SimulatedStratum, ...]
    annotators: int
    pairs_each: int
    overlap: float = 0.0
    annotator_spread: float = 0.5
    following_spread: float = 0.0
    record_spread: float = 0.5
    records: int = 5_000

    @property
    def shared_pairs(self) -> int:
        return int(self.overlap * self.pairs_each + 0.5)

    @property
    def pairs(self) -> int:
        return self.shared_pairs + self.annotators * (self.pairs_each - self.shared_pairs)


def simulate(
    campaign: SimulatedCampaign,
    *,
    seed: int | np.random.SeedSequence,
    leanings: NDArray[np.float64] | None = None,
) -> AnnotationFrame:
    """Draw all answers of one campaign. Strata are as even as can be for every annotator.

    `leanings` (annotators,) are given where the same people are to answer in every simulation.
    """
    random = np.random.default_rng(seed)
    annotator, pair, stratum = deal(campaign, random)
    patterns = np.array([each.pattern for each in campaign.strata])
    if leanings is None:
        leanings = random.normal(0, campaign.annotator_spread, campaign.annotators)
    following = random.normal(0, campaign.following_spread, (campaign.annotators, len(campaign.models)))
    a, b = (random.integers(0, campaign.records, campaign.pairs) for _ in "ab")
    log_odds = (
        np.array([each.log_odds for each in campaign.strata])[stratum][pair]
        + leanings[annotator]
        + (following[annotator] * patterns[stratum][pair]).sum(axis=1)
        + random.normal(0, campaign.record_spread, campaign.records)[a][pair]
        + random.normal(0, campaign.record_spread, campaign.records)[b][pair]
    )
    # A uniform number decides how far along the scale the answer lies.
    drawn = random.random(len(pair))
    steps = sum((drawn < expit(log_odds - step)).astype(int) for step in STEPS)
    columns = {
        "annotator": np.char.add("annotator-", np.char.zfill(annotator.astype(str), 3)),
        "pair": pair,
        "a": np.char.add("a:", a.astype(str))[pair],
        "b": np.char.add("b:", b.astype(str))[pair],
        "comparison": np.array([each.comparison for each in campaign.strata])[stratum][pair],
        "label": np.array(LABELS[::-1])[steps],
        "linked": (np.asarray(steps) > 0).astype(int),
        "position": np.tile(np.arange(1, campaign.pairs_each + 1), campaign.annotators),
        "seconds": np.nan,
        "created": None,
        STRATUM: stratum[pair],
        STRATUM_SIZE: np.array([each.size for each in campaign.strata], dtype=float)[stratum][pair],
        **{drawn_column(model): patterns[stratum][pair][:, place] for place, model in enumerate(campaign.models)},
    }
    frame = pd.DataFrame(columns)
    return AnnotationFrame(
        models=campaign.models,
        comparisons=tuple(dict.fromkeys(each.comparison for each in campaign.strata)),
        labels=LABELS,
        frame=frame[[*COLUMNS, *(name for name in frame.columns if name not in COLUMNS)]],
    )


def deal(
    campaign: SimulatedCampaign, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Annotator (n,) and pair (n,) of every answer, and the stratum of every pair (pairs,)."""
    k, shared = campaign.annotators, campaign.shared_pairs
    own = campaign.pairs_each - shared
    each = [np.concatenate([np.arange(shared), shared + g * own + np.arange(own)]) for g in range(k)]
    pair = np.concatenate([random.permutation(pairs) for pairs in each])
    strata = len(campaign.strata)
    stratum = np.concatenate([np.arange(shared) % strata, np.tile(np.arange(own) % strata, k)])
    return np.repeat(np.arange(k), campaign.pairs_each), pair.astype(np.int64), stratum.astype(np.int64)
