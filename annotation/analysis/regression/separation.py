"""When a logistic regression has no finite maximum-likelihood estimate, and which coefficients are to blame.

Works on patterns: the distinct rows of the design, with the counts of links and of annotations on each.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

_TOLERANCE = 1e-9


def unidentified_terms(design: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Boolean (k,): the columns of `design` (patterns, k) whose coefficients no data on it can tell.

    A coefficient is identified exactly when no direction of the design's null space changes it.
    """
    k = design.shape[1]
    if len(design) == 0:
        return np.ones(k, dtype=bool)
    # The triangle of the QR decomposition has the same null space, and no more than k rows.
    _, singular, rows = np.linalg.svd(np.linalg.qr(design, mode="r"))
    rank = int((singular > _TOLERANCE * singular.max(initial=1.0)).sum())
    return (np.abs(rows[rank:]) > _TOLERANCE).any(axis=0)


def independent_columns(design: NDArray[np.float64]) -> list[int]:
    """Indices of a largest set of linearly independent columns, earlier columns preferred."""
    chosen: list[int] = []
    triangle = np.asarray(np.linalg.qr(design, mode="r"))
    for column in range(design.shape[1]):
        if np.linalg.matrix_rank(triangle[:, [*chosen, column]]) > len(chosen):
            chosen.append(column)
    return chosen


def diverging_terms(
    design: NDArray[np.float64], linked: NDArray[np.int64], total: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Boolean (k,): the coefficients that grow without bound because the data are separated.

    `design` (patterns, k) has full column rank; `linked` and `total` count links and annotations on each
    pattern. Linear programmes after Konis, "Linear programming algorithms for detecting separated data in
    binary logistic regression models" (Oxford, 2007): a direction that raises the likelihood for ever is
    one that points up on patterns that are always linked, down on those never linked, and is flat on the rest.
    """
    k = design.shape[1]
    always, never = linked == total, linked == 0
    upward = design * np.where(always, 1.0, -1.0)[:, None]
    pure, mixed = upward[always | never], design[~(always | never)]
    constraints = {
        "A_ub": -pure if len(pure) else None,
        "b_ub": np.zeros(len(pure)) if len(pure) else None,
        "A_eq": mixed if len(mixed) else None,
        "b_eq": np.zeros(len(mixed)) if len(mixed) else None,
        "bounds": (-1.0, 1.0),
    }
    if not len(pure) or linprog(-pure.sum(axis=0), **constraints).fun > -_TOLERANCE:
        return np.zeros(k, dtype=bool)
    diverging = np.zeros(k, dtype=bool)
    for term in range(k):
        objective = np.zeros(k)
        objective[term] = 1.0
        diverging[term] = any(linprog(sign * objective, **constraints).fun < -_TOLERANCE for sign in (1.0, -1.0))
    return diverging
