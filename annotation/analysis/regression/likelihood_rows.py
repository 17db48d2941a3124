"""What every row says to a fit by maximum likelihood: its score and its information, at the estimates.

statsmodels gives these of all rows together; what leaves out one cluster after another needs them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


@dataclass(frozen=True)
class LikelihoodRows:
    """Of n rows and k parameters.

    `scores` (n, k) are the gradients of the rows' log likelihoods; `information` gives the entries (n,) of minus
    their second derivatives that belong to two of the parameters, by place.
    """

    scores: NDArray[np.float64]
    information: Callable[[int, int], NDArray[np.float64]]


def logit_rows(fitted: Any) -> LikelihoodRows:
    """Of statsmodels' binomial GLM with the logit link."""
    exog = np.asarray(fitted.model.exog, dtype=float)
    probability = np.asarray(fitted.fittedvalues)
    weight = np.asarray(fitted.model.var_weights) * probability * (1 - probability)
    scores = np.asarray(fitted.model.score_obs(fitted.params), dtype=float)
    return LikelihoodRows(scores, lambda one, other: weight * exog[:, one] * exog[:, other])


def proportional_odds_rows(fitted: Any) -> LikelihoodRows:
    """Of statsmodels' OrderedModel with logistic errors: first the slopes, then the cuts between labels themselves.

    A label's probability is F(upper) - F(lower), where F is the logistic distribution and the bounds are the cuts
    around the label less what the slopes add up to (McCullagh, "Regression models for ordinal data", 1980).
    """
    exog, outcome = np.asarray(fitted.model.exog, dtype=float), np.asarray(fitted.model.endog)
    slopes, params = exog.shape[1], np.asarray(fitted.params)
    cuts = np.asarray(fitted.model.transform_threshold_params(params))  # from minus to plus infinity
    inner = np.eye(len(cuts))[:, 1:-1]
    bounds = [cuts[outcome + side] - exog @ params[:slopes] for side in (1, 0)]
    by_parameter = [np.column_stack([-exog, inner[outcome + side]]) for side in (1, 0)]
    cumulative = [expit(bound) for bound in bounds]
    density = [each * (1 - each) for each in cumulative]
    probability = cumulative[0] - cumulative[1]
    first = [density[0] / probability, -density[1] / probability]
    slope = [each * (1 - 2 * below) for each, below in zip(density, cumulative, strict=True)]
    second = [slope[0] / probability - first[0] ** 2, -slope[1] / probability - first[1] ** 2]
    mixed = -first[0] * first[1]
    upper, lower = by_parameter

    def information(one: int, other: int) -> NDArray[np.float64]:
        crossed = upper[:, one] * lower[:, other] + lower[:, one] * upper[:, other]
        alike = second[0] * upper[:, one] * upper[:, other] + second[1] * lower[:, one] * lower[:, other]
        found: NDArray[np.float64] = -(alike + mixed * crossed)
        return found

    return LikelihoodRows(first[0][:, None] * upper + first[1][:, None] * lower, information)


def multinomial_rows(fitted: Any) -> LikelihoodRows:
    """Of statsmodels' MNLogit: the parameters of one label after those of another."""
    exog = np.asarray(fitted.model.exog, dtype=float)
    probability = np.asarray(fitted.predict())[:, 1:]
    terms = exog.shape[1]

    def information(one: int, other: int) -> NDArray[np.float64]:
        (label, column), (with_label, with_column) = divmod(one, terms), divmod(other, terms)
        weight = probability[:, label] * ((label == with_label) - probability[:, with_label])
        found: NDArray[np.float64] = weight * exog[:, column] * exog[:, with_column]
        return found

    return LikelihoodRows(np.asarray(fitted.model.score_obs(np.asarray(fitted.params)), dtype=float), information)
