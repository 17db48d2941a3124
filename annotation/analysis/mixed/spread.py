"""How far the mixed model's standard deviations of random intercepts are known.

The likelihood of the answers with the intercepts integrated out by Laplace's approximation, as lme4's `glmer` has it,
along one standard deviation while the others stay at their estimates. Its interval holds what the likelihood-ratio test
does not reject. The variational posterior of the estimate itself is much too narrow for records (docs/statistics.md).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import brentq, minimize_scalar
from scipy.sparse.linalg import splu
from scipy.special import expit
from scipy.stats import chi2

# Standard deviations in log odds beyond which nothing is looked for.
SMALLEST, LARGEST = 0.01, 10.0
REJECTED = chi2.ppf(0.95, 1) / 2  # of log likelihood below its maximum
_STEPS, _CLOSE = 50, 1e-8


@dataclass
class MarginalLikelihood:
    """Of answers `outcome` (n,) with `fixed` (n, k) and `random` (n, q) effects, as a function of the latter's standard
    deviations. `known` (q + k,) are the effects at which the last search ended, where the next one begins."""

    fixed: NDArray[np.float64]
    random: sparse.csr_array
    outcome: NDArray[np.float64]
    known: NDArray[np.float64] = field(repr=False)

    @cached_property
    def effects(self) -> sparse.csc_array:
        """(n, q + k), the random ones first."""
        return sparse.csc_array(sparse.hstack([self.random, sparse.csr_array(self.fixed)]))

    def at(self, spread: NDArray[np.float64]) -> float:
        """Logarithm of the likelihood at standard deviations (q,), the fixed effects at their best for these."""
        intercepts = self.random.shape[1]
        effects = self.effects
        held = np.concatenate([1 / spread**2, np.zeros(self.fixed.shape[1])])
        for _ in range(_STEPS):
            probability = expit(effects @ self.known)
            weight = probability * (1 - probability)
            score = effects.T @ (self.outcome - probability) - held * self.known
            information = sparse.csc_array(effects.T @ sparse.diags_array(weight) @ effects + sparse.diags_array(held))
            step = splu(information).solve(score)
            self.known = self.known + np.clip(step, -2, 2)
            if np.abs(step).max() < _CLOSE:
                break
        log_odds = effects @ self.known
        among_random = information[:intercepts, :intercepts]
        determinant = float(np.log(np.abs(splu(sparse.csc_array(among_random)).U.diagonal())).sum())
        drawn = self.known[:intercepts]
        likelihood = float((self.outcome * log_odds - np.logaddexp(0, log_odds)).sum())
        return likelihood - float((drawn**2 / spread**2).sum()) / 2 - float(np.log(spread).sum()) - determinant / 2


def spread_intervals(
    likelihood: MarginalLikelihood, kind_of: NDArray[np.int64], spread: NDArray[np.float64]
) -> tuple[tuple[float, float | None], ...]:
    """95 % interval of each standard deviation of `spread` (kinds,), from 0 where the answers do not speak against none
    and with None where they set no bound; `kind_of` (q,) says which one a random effect is drawn with."""
    found: list[tuple[float, float | None]] = []
    for kind in range(len(spread)):

        def at(logarithm: float, kind: int = kind) -> float:
            here = np.where(np.arange(len(spread)) == kind, np.exp(logarithm), spread)
            return likelihood.at(here[kind_of])

        limits = np.log(SMALLEST), np.log(LARGEST)
        best = minimize_scalar(
            lambda logarithm: -at(logarithm), bounds=limits, method="bounded", options={"xatol": 1e-3}
        )
        least = -best.fun - REJECTED

        def below(logarithm: float, least: float = least) -> float:
            return at(logarithm) - least

        low = float(np.exp(brentq(below, limits[0], best.x, xtol=1e-3))) if below(limits[0]) < 0 else 0.0
        high = float(np.exp(brentq(below, best.x, limits[1], xtol=1e-3))) if below(limits[1]) < 0 else None
        found.append((low, high))
    return tuple(found)
