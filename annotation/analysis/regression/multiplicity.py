"""p-values that allow for there being several. Pure.

By hand and scipy: statsmodels, which has both, collects all of the process's garbage each time, which was a third of
what a campaign's analysis took.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

Method = Literal["holm", "fdr_bh"]


def adjust(p_values: Sequence[float | None], *, method: Method) -> tuple[float | None, ...]:
    """p adjusted for there being several, by Holm ("holm") or Benjamini and Hochberg ("fdr_bh"); None stays None."""
    known = np.array([p for p in p_values if p is not None])
    if len(known) < 2:
        return tuple(p_values)
    adjusted = iter(holm(known) if method == "holm" else false_discovery_control(known))
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's adjusted p-values of families (..., tests), in the same shape (Holm, Scandinavian Journal of Statistics 6,
    1979). A test whose p is NaN counts as one of its family and stays NaN."""
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    steps = np.take_along_axis(p, order, axis=-1) * np.arange(p.shape[-1], 0, -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(1.0, np.maximum.accumulate(steps, axis=-1)), axis=-1)
    return adjusted
