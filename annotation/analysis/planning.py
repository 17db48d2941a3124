"""How large a campaign has to be: the power to tell two models apart, by simulation.

Answers are made as in `simulation`: annotators lean and pairs differ, both normal on the scale of log odds, so that
more pairs do not make up for few annotators, nor one pair answered by everybody for many pairs. One model's pairs are
linked at one rate, whoever else finds them, all others at the other rate. The test is that of the answer
(`planned_tests`): the difference of this model to the next in a logit of all models, after Holm's method for all
differences between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from annotation.analysis.wilson import wilson

from .planned_tests import Answered, holm_tests

SIGNIFICANT = 0.05
MOST_PAIRS_EACH = 2_000
_MOST_ANSWERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class CampaignPlan:
    """`rates` are the expected shares of links, between 0 and 1, in the two strata that are to be told apart.

    Every annotator's pairs are spread evenly over `strata` strata; a share `overlap` of them is answered by all. The
    strata are those in which one of `models` alone finds pairs, all do, and all but one do, again and again: with fewer
    strata than that as many models as they can tell apart. The spreads are standard deviations in log odds: of
    annotators' leanings, and of pairs within a stratum.
    """

    rates: tuple[float, float]
    annotators: int
    pairs_each: int
    overlap: float = 0.0
    strata: int = 5
    annotator_spread: float = 0.5
    pair_spread: float = 0.7
    models: int = 3

    @property
    def in_stratum(self) -> int:
        """Pairs of one annotator in one stratum."""
        return self.pairs_each // self.strata

    @property
    def shared_in_stratum(self) -> int:
        return int(self.overlap * self.in_stratum + 0.5)

    @property
    def patterns(self) -> NDArray[np.int64]:
        """(patterns, models): which models find a stratum's pairs, the model of the first rate first."""
        models = self.models
        while models > 1 and len(found := _patterns(models)) > self.strata:
            models -= 1
        return found if models > 1 else _patterns(1)

    @property
    def differences(self) -> int:
        """How many Holm's method allows for."""
        models = self.patterns.shape[1]
        return max(1, models * (models - 1) // 2)


@dataclass(frozen=True)
class Power:
    """The share of simulated campaigns that tell the models apart at 5 % after Holm, with its 95 % interval (simulation
    error).

    `half_width` is half the mean width of the 95 % interval of the difference, in percentage points; `answers` and
    `pairs` are all of the campaign. None where no campaign has an error to test by.
    """

    pairs_each: int
    answers: int
    pairs: int
    power: float | None
    low: float | None
    high: float | None
    half_width: float | None
    simulations: int


@dataclass(frozen=True)
class SampleSize:
    """The fewest `pairs_each` with the wanted power; None where `reason` says why. `tried` has every simulated size."""

    wanted: float
    pairs_each: int | None
    reason: str
    tried: tuple[Power, ...]


def power_of(plan: CampaignPlan, *, simulations: int, seed: int) -> Power:
    """Simulate the plan so many times. The same seed gives the same answers."""
    k, m = plan.annotators, plan.in_stratum
    answers = k * m * plan.strata
    pairs = plan.strata * (plan.shared_in_stratum + k * (m - plan.shared_in_stratum))
    found = list(_simulated_tests(plan, simulations=simulations, seed=seed)) if m else []
    p = np.concatenate([p for p, _ in found]) if found else np.array([])
    half = np.concatenate([width for _, width in found]) if found else np.array([])
    tested = np.isfinite(p)
    if not tested.any():
        return Power(plan.pairs_each, answers, pairs, None, None, None, None, simulations)
    significant = int((p[tested] < SIGNIFICANT).sum())
    low, high = wilson(significant, len(p))
    return Power(
        pairs_each=plan.pairs_each,
        answers=answers,
        pairs=pairs,
        power=significant / len(p),
        low=float(low),
        high=float(high),
        half_width=float(100 * half[tested].mean()),
        simulations=simulations,
    )


def sample_size(plan: CampaignPlan, *, wanted: float, simulations: int, seed: int) -> SampleSize:
    """Double the pairs until the power is reached, then halve the step; all sizes are multiples of the strata."""
    tried: dict[int, Power] = {}

    def enough(blocks: int) -> bool:
        size = replace(plan, pairs_each=blocks * plan.strata)
        tried[blocks] = power_of(size, simulations=simulations, seed=seed)
        reached = tried[blocks].power
        return reached is not None and reached >= wanted

    most = max(1, MOST_PAIRS_EACH // plan.strata)
    high = 1
    while not enough(high) and high < most:
        high = min(2 * high, most)
    found: int | None = None
    reason = ""
    if tried[high].power is None or tried[high].power < wanted:  # type: ignore[operator]
        reason = (
            f"Even {high * plan.strata:,} pairs each do not tell these rates apart with a power of "
            f"{100 * wanted:.0f} %: more annotators are needed, or less overlap."
        )
    else:
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        found = high * plan.strata
    return SampleSize(wanted, found, reason, tuple(tried[blocks] for blocks in sorted(tried)))


def log_odds_of(rate: float, spread: float) -> float:
    """The log odds whose probability is `rate` on average over normal noise of that spread."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)

    def excess(log_odds: float) -> float:
        return float((weights * expit(log_odds + spread * nodes)).sum() / weights.sum()) - rate

    return float(brentq(excess, -30.0, 30.0))


def _patterns(models: int) -> NDArray[np.int64]:
    if models == 1:
        return np.array([[1], [0]])
    alone, every = np.eye(models, dtype=np.int64), np.ones((1, models), dtype=np.int64)
    return np.concatenate([alone, every, *([every - alone[1:2]] if models > 2 else [])])


def _simulated_tests(
    plan: CampaignPlan, *, simulations: int, seed: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """p after Holm and half widths of intervals in probability, (campaigns,) at a time."""
    random = np.random.default_rng(seed)
    patterns = plan.patterns
    strata = np.bincount(np.arange(plan.strata) % len(patterns), minlength=len(patterns))
    shared = strata * plan.shared_in_stratum
    own = strata * plan.in_stratum - shared
    spread = float(np.hypot(plan.annotator_spread, plan.pair_spread))
    one, other = (log_odds_of(rate, spread) for rate in plan.rates)
    log_odds = np.where(patterns[:, 0] == 1, one, other)
    # How much a percentage point is in log odds, over all strata.
    rates = np.where(patterns[:, 0] == 1, *plan.rates)
    slope = float(np.average(rates * (1 - rates), weights=strata))
    at_once = max(1, _MOST_ANSWERS_AT_ONCE // (plan.annotators * int(shared.sum() + len(patterns))))
    for start in range(0, simulations, at_once):
        campaigns = min(at_once, simulations - start)
        leaning = random.normal(0, plan.annotator_spread, (campaigns, plan.annotators, 1))
        # Answers to pairs that nobody else sees are told by their number alone.
        own_links = random.binomial(own, _average_probability(log_odds + leaning, plan.pair_spread))
        answers = tuple(
            random.random((campaigns, plan.annotators, count))
            < expit(each + leaning + random.normal(0, plan.pair_spread, (campaigns, 1, count)))
            for each, count in zip(log_odds, shared, strict=True)
        )
        p, half = holm_tests(Answered(patterns, own, shared, own_links, answers))
        yield p, half * slope


def _average_probability(log_odds: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Of `log_odds` and normal noise of that spread, elementwise."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    found = np.zeros_like(log_odds)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        found += weight * expit(log_odds + spread * node)
    return found
