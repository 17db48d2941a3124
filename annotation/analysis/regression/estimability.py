"""Which coefficients of a logistic regression the data can tell, and a sentence for each that they cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from annotation.analysis.designs import INTERCEPT, PatternCounts

from .separation import diverging_terms, independent_columns, unidentified_terms


@dataclass(frozen=True)
class Estimability:
    """`columns` of the design are to be fitted, none where nothing can be; `told` are those among them whose
    coefficients mean what they say. `warnings` say why anything is missing; `separated` names the terms whose
    estimates would be infinite (then `columns` is empty and `fittable` has those that a penalised fit can take).
    """

    columns: tuple[int, ...]
    told: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    separated: tuple[str, ...] = ()
    fittable: tuple[int, ...] = ()


def estimability(counts: PatternCounts) -> Estimability:
    """Judge a binary logit on these counts."""
    n, links = int(counts.total.sum()), int(counts.linked.sum())
    if n == 0:
        return Estimability((), (), ("There are no annotations to fit it on.",))
    if links in (0, n):
        only = "links" if links else "not links"
        return Estimability((), (), (f"All {n} annotations are {only}: nothing can be compared until both occur.",))
    unidentified = unidentified_terms(counts.design)
    chosen = independent_columns(counts.design)
    entangled = identification_warnings(counts.terms, counts.design, unidentified)
    if not chosen:
        return Estimability((), (), entangled)
    diverging = diverging_terms(counts.design[:, chosen], counts.linked, counts.total)
    told = tuple(column for column in chosen if not unidentified[column])
    if diverging.any():
        names = tuple(counts.terms[chosen[i]] for i in np.flatnonzero(diverging))
        separation = (
            f"Links and other pairs are perfectly separated by {listed(names)}: the estimates would be infinite. "
            "More annotations are needed."
        )
        return Estimability((), told, (separation,), names, tuple(chosen))
    return Estimability(tuple(chosen), told, entangled, (), tuple(chosen))


def identification_warnings(
    terms: Sequence[str], design: NDArray[np.float64], unidentified: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Constant predictors one by one, then those that go together; `design` is (rows or patterns, terms)."""
    slopes = [i for i in np.flatnonzero(unidentified).tolist() if terms[i] != INTERCEPT]
    values = {i: set(design[:, i]) for i in slopes}
    warnings = [
        f"{terms[i]} is {'1' if values[i] == {1.0} else '0'} for every pair: its effect cannot be told."
        for i in slopes
        if len(values[i]) == 1
    ]
    entangled = [terms[i] for i in slopes if len(values[i]) > 1]
    if entangled:
        warnings.append(
            f"The effects of {listed(entangled)} cannot be told apart: in these pairs they go together. "
            "Strata in which they disagree are needed."
        )
    return tuple(warnings)


def missing_warnings(predictors: pd.DataFrame, n: int) -> tuple[str, ...]:
    """What to say where `n` of the rows, and not all, have all predictors."""
    if n == len(predictors):
        return ()
    if n == 0:
        absent = [str(column) for column in predictors.columns[predictors.isna().all()]]
        if absent:
            return (f"It is not known which pairs are similar by {listed(absent)}, so this cannot be fitted.",)
        return ("Of no pair is it known whether every model finds it similar, so this cannot be fitted.",)
    return (
        f"{len(predictors) - n} of {len(predictors)} annotations are left out: it is not known whether every "
        "model finds these pairs similar.",
    )


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
