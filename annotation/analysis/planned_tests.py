"""The test that a campaign's answer will rest on, of many simulated campaigns at once.

It is that of `answer.primary`: a logit with an intercept on what all models find, a jackknife by annotator and by
record of one Newton step each, the widest of the intervals by either and by both, and Holm's method over all
differences between models. Where every annotator answers as many pairs of a pattern and a pair has no record of
another's, all of it has a closed form in counts.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from .regression.multiplicity import holm
from .regression.permutation import logit_coefficients

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """Campaigns alike in size. `patterns` (P, models) of 0 and 1 say which models find a stratum's pairs; every
    annotator answers `own[p]` pairs of a pattern alone and `shared[p]` with all others.

    `own_links` (campaigns, annotators, P) counts links to the former, `shared_answers` has an array (campaigns,
    annotators, shared[p]) of answers for each pattern.
    """

    patterns: NDArray[np.int64]
    own: NDArray[np.int64]
    shared: NDArray[np.int64]
    own_links: NDArray[np.int64]
    shared_answers: tuple[NDArray[np.bool_], ...]


def holm_tests(answered: Answered) -> tuple[Floats, Floats]:
    """p after Holm, and half the width of the 95 % interval in log odds, of the first model less the second,
    (campaigns,) each; of one model its effect. NaN where there is no variance or no finite estimate."""
    models = answered.patterns.shape[1]
    design = np.column_stack([np.ones(len(answered.patterns)), answered.patterns])
    slopes = np.eye(models + 1)[1:]
    directions = np.array([one - two for one, two in combinations(slopes, 2)] or slopes)
    variances, estimate, degrees_of_freedom = _contrasts(answered, design, directions)
    errors = np.sqrt(np.where(variances > 0, variances, np.nan))
    halves = stats.t.ppf(0.975, degrees_of_freedom) * errors
    widest = np.argmax(np.nan_to_num(halves, nan=-1.0), axis=0)[None]
    half, error = (np.take_along_axis(each, widest, axis=0)[0] for each in (halves, errors))
    p = 2 * stats.t.sf(np.abs(estimate) / error, degrees_of_freedom[widest[0], 0, 0])
    return holm(p)[:, 0], half[:, 0]


def _contrasts(answered: Answered, design: Floats, directions: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Variances (ways, campaigns, directions), estimates (campaigns, directions), and degrees of freedom (ways, 1, 1);
    the ways are by annotators and records, by annotators, by records, or of one annotator by records alone."""
    k = answered.own_links.shape[1]
    own, shared = answered.own, answered.shared
    of_shared = np.stack([each.sum(axis=2) for each in answered.shared_answers], axis=2)
    links = answered.own_links + of_shared
    total = k * (own + shared)
    coefficients = logit_coefficients(design, links.sum(axis=1), total)
    coefficients = np.where(np.isfinite(coefficients).all(axis=1, keepdims=True), coefficients, np.nan)
    probability = expit(coefficients @ design.T)
    weight = probability * (1 - probability)
    information = np.einsum("cp,pi,pj->cij", total * weight, design, design)
    known = np.isfinite(information).all(axis=(1, 2))
    inverse = np.full_like(information, np.nan)
    inverse[known] = np.linalg.inv(information[known])
    towards = np.einsum("di,cij,pj->cdp", directions, inverse, design)  # what a pattern's score moves a direction by
    leverage = weight * np.einsum("pi,cij,pj->cp", design, inverse, design)

    def single(count: Floats, of: Floats) -> Floats:
        """Squares of what leaving out one answer after another moves, (campaigns, directions)."""
        squares = count * (1 - probability) ** 2 + (of - count) * probability**2
        return np.einsum("cdp,cp->cd", towards**2, squares / (1 - leverage) ** 2)

    answers, pairs = int(total.sum()), int((shared + k * own).sum())
    by_answer = single(links.sum(axis=1), total)
    by_pair = single(answered.own_links.sum(axis=1), k * own)
    for place, given in enumerate(answered.shared_answers):
        if shared[place]:
            left = given.sum(axis=1) - k * probability[:, place, None]
            squares = (left**2).sum(axis=1) / (1 - k * leverage[:, place]) ** 2
            by_pair = by_pair + towards[:, :, place] ** 2 * squares[:, None]
    by_pair = (pairs - 1) / pairs * by_pair
    estimates = coefficients @ directions.T
    if k == 1:
        return by_pair[None], estimates, np.array([pairs - 1]).reshape(-1, 1, 1)
    residual = links - (own + shared) * probability[:, None, :]
    moved = np.einsum("cdp,cgp->cgd", towards, residual) * k / (k - 1)
    by_annotator = (k - 1) / k * (moved**2).sum(axis=1)
    by_both = by_pair + by_annotator - (answers - 1) / answers * by_answer
    degrees_of_freedom = np.array([k - 1, k - 1, pairs - 1]).reshape(-1, 1, 1)
    return np.stack([by_both, by_annotator, by_pair]), estimates, degrees_of_freedom
