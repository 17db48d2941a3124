"""How large a campaign has to be: the power to tell two strata's shares of links apart, by simulation.

Answers are made as in `simulation`: annotators lean and pairs differ, both normal on the scale of log odds, so that
more pairs do not make up for few annotators, nor one pair answered by everybody for many pairs. The test is that of
the analysis for a difference in percentage points: standard errors clustered by annotator and by pair, Student's
distribution with one degree of freedom less than annotators.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from annotation.analysis.wilson import wilson

SIGNIFICANT = 0.05
MOST_PAIRS_EACH = 2_000
_MOST_ANSWERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class CampaignPlan:
    """`rates` are the expected shares of links, between 0 and 1, in the two strata that are to be told apart.

    Every annotator's pairs are spread evenly over `strata` strata, of which these are two; a share `overlap` of
    them is answered by all. The spreads are standard deviations in log odds: of annotators' leanings, and of pairs
    within a stratum.
    """

    rates: tuple[float, float]
    annotators: int
    pairs_each: int
    overlap: float = 0.0
    strata: int = 5
    annotator_spread: float = 0.5
    pair_spread: float = 0.7

    @property
    def in_stratum(self) -> int:
        """Pairs of one annotator in one stratum."""
        return self.pairs_each // self.strata

    @property
    def shared_in_stratum(self) -> int:
        return int(self.overlap * self.in_stratum + 0.5)


@dataclass(frozen=True)
class Power:
    """The share of simulated campaigns that tell the strata apart at 5 %, with its 95 % interval (simulation error).

    `half_width` is half the mean width of the 95 % interval of the difference, in percentage points; `answers` and
    `pairs` count both strata together. None where no campaign has an error to test by.
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
    pairs = 2 * (plan.shared_in_stratum + k * (m - plan.shared_in_stratum))
    found = list(_simulated_tests(plan, simulations=simulations, seed=seed)) if m else []
    p = np.concatenate([p for p, _ in found]) if found else np.array([])
    half = np.concatenate([width for _, width in found]) if found else np.array([])
    tested = np.isfinite(p)
    if not tested.any():
        return Power(plan.pairs_each, 2 * k * m, pairs, None, None, None, None, simulations)
    significant = int((p[tested] < SIGNIFICANT).sum())
    low, high = wilson(significant, len(p))
    return Power(
        pairs_each=plan.pairs_each,
        answers=2 * k * m,
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


def _simulated_tests(
    plan: CampaignPlan, *, simulations: int, seed: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """p and half widths of intervals, (campaigns,) at a time."""
    random = np.random.default_rng(seed)
    spread = float(np.hypot(plan.annotator_spread, plan.pair_spread))
    log_odds = [log_odds_of(rate, spread) for rate in plan.rates]
    at_once = max(1, _MOST_ANSWERS_AT_ONCE // (2 * plan.annotators * plan.in_stratum))
    for start in range(0, simulations, at_once):
        campaigns = min(at_once, simulations - start)
        leaning = random.normal(0, plan.annotator_spread, (campaigns, plan.annotators, 1))
        one, other = (_answers(plan, each, leaning, random) for each in log_odds)
        yield difference_tests(one, other, plan.shared_in_stratum)


def _answers(
    plan: CampaignPlan, log_odds: float, leaning: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.bool_]:
    """(campaigns, annotators, pairs of one annotator in one stratum); the shared pairs come first."""
    campaigns, k, _ = leaning.shape
    shared = random.normal(0, plan.pair_spread, (campaigns, 1, plan.shared_in_stratum))
    own = random.normal(0, plan.pair_spread, (campaigns, k, plan.in_stratum - plan.shared_in_stratum))
    pair = np.concatenate([np.broadcast_to(shared, (campaigns, k, plan.shared_in_stratum)), own], axis=2)
    answers: NDArray[np.bool_] = random.random(pair.shape) < expit(log_odds + leaning + pair)
    return answers


def difference_tests(
    one: NDArray[np.bool_], other: NDArray[np.bool_], shared: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two-sided p, and half the width of the 95 % interval, of the difference in shares, each (campaigns,).

    `one` and `other` are (campaigns, annotators, pairs); the first `shared` pairs of either are the same for all
    annotators. NaN where there is no variance. The covariance is that of `clusters`, whose jackknife has a closed form
    here: an answer counts for its part of the share of all answers but those of its cluster.
    """
    _, k, m = one.shape
    first, second = one.mean(axis=(1, 2)), other.mean(axis=(1, 2))
    parts = [one - first[:, None, None], second[:, None, None] - other]
    alone = k * m - 1
    by_answer = sum((part**2).sum(axis=(1, 2)) for part in parts) / alone**2
    by_pair = sum(
        (part[:, :, :shared].sum(axis=1) ** 2).sum(axis=1) / max(1, k * m - k) ** 2
        + (part[:, :, shared:] ** 2).sum(axis=(1, 2)) / alone**2
        for part in parts
    )
    pairs = 2 * (shared + k * (m - shared))
    variance = _factor(pairs) * by_pair
    degrees_of_freedom = pairs - 1
    if k > 1:
        by_annotator = ((parts[0] + parts[1]).sum(axis=2) ** 2).sum(axis=1) / (k * m - m) ** 2
        variance = variance + _factor(k) * by_annotator - _factor(2 * k * m) * by_answer
        degrees_of_freedom = k - 1
    variance = np.where(variance > 0, variance, np.nan)
    error = np.sqrt(variance)
    p = 2 * stats.t.sf(np.abs(first - second) / error, degrees_of_freedom)
    return p, stats.t.ppf(0.975, degrees_of_freedom) * error


def _factor(clusters: int) -> float:
    return (clusters - 1) / clusters
