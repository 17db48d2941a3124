"""Models set against each other directly, and effects in percentage points.

One logit has the drawn patterns of all models at once, so that a difference between two models is a difference
between two of its coefficients, with one covariance. Average marginal effects are the differences in the
probability of a link that a model's finding makes, averaged over the answered pairs, or over all that they stand for
where the logit is weighted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotation.analysis.designs import INTERCEPT

from .clusters import Clusters
from .logit import Coefficient
from .multiplicity import Method, adjust
from .rowwise import RowwiseFit
from .wald import Errors, Spread, wald_row


@dataclass(frozen=True)
class MarginalEffect:
    """In percentage points; the 95 % interval and p as in the regression. None where it cannot be told. `p_adjusted` is
    over the family that the effect belongs to, where it belongs to one."""

    term: str
    points: float | None = None
    se: float | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class ModelContrast:
    """`model` less `other`: log odds (`odds_ratio` the ratio of the two odds ratios), and percentage points.

    `p_holm` is p adjusted for all contrasts of the campaign together, the planned family, where that was asked for.
    """

    model: str
    other: str
    coefficient: Coefficient
    effect: MarginalEffect
    p_holm: float | None = None


@dataclass(frozen=True)
class ModelComparison:
    """All of it under one covariance. Without figures where `warnings` say why."""

    covariance: str
    degrees_of_freedom: int | None
    n: int
    effects: tuple[MarginalEffect, ...]
    contrasts: tuple[ModelContrast, ...]
    warnings: tuple[str, ...]


def compare_models(fit: RowwiseFit, clusters: Clusters | None) -> ModelComparison:
    """Effects and contrasts of the terms of `fit`; plain errors where there are no clusters."""
    models = [term for term in fit.terms if term != INTERCEPT]
    name = clusters.name if clusters else "nonrobust"
    if fit.fitted is None:
        effects = tuple(MarginalEffect(model) for model in models)
        pairs = _pairs(models)
        empty = tuple(ModelContrast(one, two, Coefficient(one), MarginalEffect(one)) for one, two in pairs)
        return ModelComparison(name, None, fit.n, effects, empty, fit.warnings)
    df, warnings = None, fit.warnings
    if clusters and clusters.of(fit.rows).count > 1:
        errors, used = fit.clustered(clusters)
        df, warnings = used.degrees_of_freedom, (*warnings, *used.warnings)
    else:
        name, errors = "nonrobust", Errors.of("nonrobust", fit.fitted.cov_params())
    told = {fit.terms[column] for column in fit.judged.told} - {INTERCEPT}
    points, points_errors = _marginal_effects(fit, errors)
    places = {term: place for place, term in enumerate(fit.fitted_terms)}
    slopes = {term: place for place, term in enumerate(term for term in fit.fitted_terms if term != INTERCEPT)}

    def effect(term: str, weights: dict[str, float]) -> MarginalEffect:
        if not weights.keys() <= told:
            return MarginalEffect(term)
        direction = np.zeros(len(points))
        for model, weight in weights.items():
            direction[slopes[model]] = weight
        return marginal_effect(term, float(direction @ points), points_errors.along(direction))

    def coefficient(one: str, two: str) -> Coefficient:
        if not {one, two} <= told:
            return Coefficient(f"{one} - {two}")
        direction = np.zeros(len(places))
        direction[places[one]], direction[places[two]] = 1.0, -1.0
        estimate = float(direction @ np.asarray(fit.fitted.params))
        return wald_row(f"{one} - {two}", estimate, errors.along(direction))

    contrasts = [
        ModelContrast(one, two, coefficient(one, two), effect(f"{one} - {two}", {one: 1.0, two: -1.0}))
        for one, two in _pairs(models)
    ]
    return ModelComparison(
        covariance=name,
        degrees_of_freedom=df,
        n=fit.n,
        effects=tuple(effect(model, {model: 1.0}) for model in models),
        contrasts=tuple(contrasts),
        warnings=warnings,
    )


def adjusted_for_all(comparison: ModelComparison) -> ModelComparison:
    """With Holm's p over all contrasts between models, and apart from them over the models' own effects."""
    adjusted = adjust([contrast.coefficient.p for contrast in comparison.contrasts], method="holm")
    contrasts = zip(comparison.contrasts, adjusted, strict=True)
    return replace(
        comparison,
        effects=adjusted_effects(comparison.effects, method="holm"),
        contrasts=tuple(replace(contrast, p_holm=p) for contrast, p in contrasts),
    )


def adjusted_effects(effects: Sequence[MarginalEffect], *, method: Method) -> tuple[MarginalEffect, ...]:
    """The effects as one family."""
    adjusted = adjust([effect.p for effect in effects], method=method)
    return tuple(replace(effect, p_adjusted=p) for effect, p in zip(effects, adjusted, strict=True))


def marginal_effect(term: str, points: float, spread: Spread) -> MarginalEffect:
    """From an effect on the scale of probability."""
    if not (np.isfinite(points) and spread.is_known):
        return MarginalEffect(term)
    se, half, p = spread.se, spread.half_width, spread.p(points)
    return MarginalEffect(term, 100 * points, 100 * se, p, 100 * (points - half), 100 * (points + half))


def _marginal_effects(fit: RowwiseFit, errors: Errors) -> tuple[NDArray[np.float64], Errors]:
    """Average effects (k - 1,) of turning each predictor from 0 to 1, as probabilities, with their errors by the delta
    method. Rows count by the weights of the fit, which statsmodels' `get_margeff` does not let them."""
    coefficients = np.asarray(fit.fitted.params)
    effects, gradients = [], []
    for place, term in enumerate(fit.fitted_terms):
        if term == INTERCEPT:
            continue
        change, gradient = np.zeros(len(fit.exog)), np.zeros(fit.exog.shape)
        for found, sign in ((1.0, 1.0), (0.0, -1.0)):
            exog = fit.exog.copy()
            exog[:, place] = found
            probability = expit(exog @ coefficients)
            change += sign * probability
            gradient += sign * (probability * (1 - probability))[:, None] * exog
        effects.append(np.average(change, weights=fit.weights))
        gradients.append(np.average(gradient, axis=0, weights=fit.weights))
    slopes = np.array(gradients).reshape(-1, len(coefficients))
    return np.array(effects), replace(errors, covariances=slopes @ errors.covariances @ slopes.T)


def _pairs(models: Sequence[str]) -> list[tuple[str, str]]:
    """Later models less earlier ones: the base is what others are set against."""
    return [(later, earlier) for earlier, later in combinations(models, 2)]
