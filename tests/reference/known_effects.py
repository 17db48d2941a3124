"""What the simulated campaigns of the recovery table are made with, and so what the estimators have to find.

The truth of an estimator of average odds is the regression of the probabilities themselves, which follow from the
setting by Gauss-Hermite quadrature; that of an estimator for given annotators is the setting's own log odds.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.designs import joint_design
from annotation.analysis.regression.ordinal import ordinal_analysis
from annotation.analysis.regression.rowwise import fit_rowwise
from annotation.analysis.simulation import LABELS, STEPS, SimulatedCampaign, SimulatedStratum, simulate

MODELS = ("base", "tuned")
EFFECT = 0.6  # log odds that the second model adds; the first adds nothing


def strata(effect: float = EFFECT, start: float = -0.4, sizes: tuple[int, ...] = (5_000,) * 3) -> tuple:
    return tuple(
        SimulatedStratum(pattern, start + effect * pattern[1], size=size)
        for pattern, size in zip([(1, 1), (0, 1), (1, 0)], sizes, strict=True)
    )


def average_probability(log_odds: float, spread: float) -> float:
    """Mean of expit(log_odds + normal noise of that spread)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return float((weights * expit(log_odds + spread * nodes)).sum() / weights.sum())


def stratum_probabilities(campaign: SimulatedCampaign) -> list[float]:
    """Average share of links in each stratum, over annotators and records."""
    spread = math.hypot(campaign.annotator_spread, math.sqrt(2) * campaign.record_spread)
    found = []
    for stratum in campaign.strata:
        following = campaign.following_spread * math.sqrt(sum(stratum.pattern))
        found.append(average_probability(stratum.log_odds, math.hypot(spread, following)))
    return found


def average_effect(campaign: SimulatedCampaign) -> float:
    """Log odds ratio of the second model on average odds. Three strata and three coefficients: it is exact."""
    both, _, base = stratum_probabilities(campaign)
    return float(logit(both) - logit(base))


def points_effect(campaign: SimulatedCampaign) -> float:
    """Average marginal effect of the second model, in percentage points."""
    both, tuned, base = (float(logit(p)) for p in stratum_probabilities(campaign))
    intercept, effect = tuned - (both - base), both - base
    slope = both - tuned
    at = [intercept + slope * pattern[0] for pattern in ((1, 1), (0, 1), (1, 0))]
    return 100 * float(np.mean([expit(value + effect) - expit(value) for value in at]))


def leanings(campaign: SimulatedCampaign) -> NDArray[np.float64]:
    """Of the annotators who stay the same: even steps of a normal distribution."""
    places = (np.arange(campaign.annotators) + 0.5) / campaign.annotators
    return campaign.annotator_spread * norm.ppf(places)


def given_effect(campaign: SimulatedCampaign) -> float:
    """Log odds ratio of the second model for a given annotator on given records."""
    both, _, base = campaign.strata
    return both.log_odds - base.log_odds


def share_of_these(campaign: SimulatedCampaign) -> float:
    """Of all pairs that the second model finds, the share that the annotators who stay the same link."""
    spread = math.sqrt(2) * campaign.record_spread
    chosen = [stratum for stratum in campaign.strata if stratum.pattern[1]]
    shares = [np.mean([average_probability(each.log_odds + u, spread) for u in leanings(campaign)]) for each in chosen]
    sizes = [each.size for each in chosen]
    return float(np.average(shares, weights=sizes))


def effect_of_these(campaign: SimulatedCampaign) -> float:
    """Log odds ratio of the second model within the annotators who stay the same, on average records."""
    people = leanings(campaign)
    spread = math.sqrt(2) * campaign.record_spread
    design, expected = [], []
    for place, leaning in enumerate(people):
        for stratum in campaign.strata:
            design.append([*stratum.pattern, *np.eye(len(people))[place]])
            expected.append(average_probability(stratum.log_odds + leaning, spread))
    fitted = GLM(np.array(expected), np.array(design), family=Binomial()).fit(tol=1e-12)
    return float(fitted.params[1])


def ordinal_effect(campaign: SimulatedCampaign) -> float:
    """Of the second model in a proportional-odds fit of a very large campaign with the expected labels."""
    spread = math.hypot(campaign.annotator_spread, math.sqrt(2) * campaign.record_spread)
    rows: list[tuple[tuple[int, ...], str]] = []
    for stratum in campaign.strata:
        beyond = [1.0, *(average_probability(stratum.log_odds - step, spread) for step in STEPS), 0.0]
        for place, label in enumerate(LABELS[::-1]):
            rows += [(stratum.pattern, label)] * round(20_000 * (beyond[place] - beyond[place + 1]))
    one = simulate(replace(campaign, annotators=1, pairs_each=len(rows), overlap=0.0), seed=0)
    frame = one.frame.copy()
    frame["label"] = [label for _, label in rows]
    frame["linked"] = (frame["label"] != LABELS[-1]).astype(int)
    for place, model in enumerate(MODELS):
        frame[f"drawn|{model}"] = [pattern[place] for pattern, _ in rows]
    data = AnnotationFrame(one.models, one.comparisons, one.labels, frame)
    row = ordinal_analysis(fit_rowwise(joint_design(data), frame["linked"]), data, None).regression.row("tuned")
    assert row.coef is not None
    return row.coef
