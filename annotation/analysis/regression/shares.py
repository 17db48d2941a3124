"""Intervals of shares of answers, which allow for answers of one annotator and on one record being alike.

A share is the logit with an intercept alone, so that its error is clustered as that of any other coefficient.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from annotation.analysis.wilson import wilson

from .clusters import Clusters, clustered_covariance, each_way
from .likelihood_rows import LikelihoodRows


def clustered_share_interval(
    given: NDArray[np.bool_], pairs: pd.Series, clusters: Clusters | None
) -> tuple[float, float]:
    """95 % interval of the share of True among `given` (n,), answers to `pairs` (n,); `clusters` are of the same rows.

    The largest of the errors by annotator, by record, by both, and of answers that are independent, on the scale of log
    odds; Student's with one degree of freedom less than the fewest clusters. Where all answers are the same they tell
    nothing of how alike they are: there it is Wilson's on the pairs. 0 to 1 where there are none.
    """
    n, count = len(given), int(given.sum())
    if count in (0, n) or clusters is None or clusters.count < 2:
        few = int(pairs.nunique()) if count in (0, n) else n
        return wilson(count / n * few if n else 0.0, few)
    share = count / n
    weight = np.full(n, share * (1 - share))
    rows = LikelihoodRows(np.asarray(given - share, dtype=np.float64)[:, None], lambda one, other: weight)
    found = [float(clustered_covariance(rows, way)[0, 0]) for way in each_way(clusters) if way.count > 1]
    error = np.sqrt(max(1 / weight.sum(), *(variance for variance in found if np.isfinite(variance))))
    half = float(stats.t.ppf(0.975, clusters.degrees_of_freedom) * error)
    middle = float(logit(share))
    return float(expit(middle - half)), float(expit(middle + half))
