"""Intervals of shares of answers, which allow for answers of one annotator and on one record being alike.

A share is the logit with an intercept alone, so that its error is clustered as that of any other coefficient.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from annotation.analysis.wilson import wilson

from .clusters import Clusters, clustered_errors
from .likelihood_rows import LikelihoodRows
from .wald import Spread


def clustered_share_interval(
    given: NDArray[np.bool_], pairs: pd.Series, clusters: Clusters | None
) -> tuple[float, float]:
    """95 % interval of the share of True among `given` (n,), answers to `pairs` (n,); `clusters` are of the same rows.

    The widest by annotator, by record, by both, and of answers that are independent, on the scale of log odds; by
    clusters it is Student's with one degree of freedom less than there are clusters. Where all answers are the same
    they tell nothing of how alike they are: there it is Wilson's on the pairs. 0 to 1 where there are none.
    """
    n, count = len(given), int(given.sum())
    if count in (0, n) or clusters is None or clusters.count < 2:
        few = int(pairs.nunique()) if count in (0, n) else n
        return wilson(count / n * few if n else 0.0, few)
    share = count / n
    weight = np.full(n, share * (1 - share))
    rows = LikelihoodRows(np.asarray(given - share, dtype=np.float64)[:, None], lambda one, other: weight)
    independent = Spread("nonrobust", float(1 / weight.sum()), None)
    half = float(np.fmax(independent.half_width, clustered_errors(rows, clusters).along(np.ones(1)).half_width))
    middle = float(logit(share))
    return float(expit(middle - half)), float(expit(middle + half))
