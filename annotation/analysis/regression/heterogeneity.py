"""Whether annotators follow a model alike, which the mixed model and annotator effects take for granted.

A score test for effects that differ between annotators (Commenges and Jacqmin-Gadda, "Generalized score test of
homogeneity based on correlated random effects models", 1997), each annotator's score centred so that it does not
matter how far somebody leans towards links, and divided by what it varies where all follow alike.
"""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from .rowwise import RowwiseFit

LEAST_INFORMATION = 1.0  # of an annotator on an effect; with less their score is no sum of enough answers
LEVEL = 0.05  # over all terms


def followed_differently(fit: RowwiseFit, annotators: pd.Series, terms: tuple[str, ...]) -> dict[str, float]:
    """p of each of the `terms` (fitted ones count) that all annotators have the same effect; `annotators` (n,) are
    those of the rows of `fit`. Terms on which fewer than two annotators say enough are left out."""
    codes, people = pd.factorize(annotators)
    probability = np.asarray(fit.fitted.fittedvalues)
    weight = probability * (1 - probability)
    residual = np.asarray(fit.fitted.model.endog) - probability
    total = np.bincount(codes, weight, len(people))
    found = {}
    for column, term in enumerate(fit.fitted_terms):
        if term not in terms:
            continue
        mean = np.bincount(codes, weight * fit.exog[:, column], len(people)) / total
        centred = fit.exog[:, column] - mean[codes]
        score = np.bincount(codes, residual * centred, len(people))
        information = np.bincount(codes, weight * centred**2, len(people))
        told = information > LEAST_INFORMATION
        if told.sum() > 1:
            found[term] = float(chi2.sf((score[told] ** 2 / information[told]).sum(), told.sum() - 1))
    return found


def warn_of_differences(fit: RowwiseFit, annotators: pd.Series, terms: tuple[str, ...]) -> tuple[str, ...]:
    """A sentence where annotators follow the terms differently by more than chance, allowing for their number."""
    found = followed_differently(fit, annotators, terms)
    differing = [term for term, p in found.items() if p * len(found) < LEVEL]
    if not differing:
        return ()
    smallest = min(found[term] for term in differing)
    told = "p < 0.001" if smallest < 0.001 else f"p = {smallest:.3f}"
    return (
        f"Annotators follow {' and '.join(differing)} differently ({told}), and this model takes them to follow alike: "
        "its intervals are too narrow for other annotators. Read the clustered logit.",
    )
