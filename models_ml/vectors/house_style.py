"""What all vectors of a collection share, and vectors without it: similarity of things, not of houses' styles.

From each vector its collection's mean, of one model and modality, is subtracted, and the rest is brought to length 1
again. Of a small collection the mean is mostly what its few records show, and subtracting it would take away what is
to be compared. So it shrinks towards the common mean:

    m_c = w_c * mean_c + (1 - w_c) * common,   w_c = n_c / (n_c + SHRINKAGE),   common = sum(w_c mean_c) / sum(w_c)

with n_c the number of records, not of vectors: pictures of one record are not independent of each other. This is the
best linear unbiased predictor of a collection's mean where collections scatter around a common one (Robinson, That
BLUP is a good thing, Statistical Science 6, 1991; James and Stein's estimator for collections of any size), where
SHRINKAGE is the variance among a collection's records over that among the collections. It is a constant, since two
collections do not tell that ratio; a collection of 10 records goes half of the way. Pure.
"""

import numpy as np

SHRINKAGE = 10
LEAST_LENGTH = 1e-6  # what remains of a vector is below this nothing but rounding


def shrunk_means(means: np.ndarray, records: np.ndarray) -> np.ndarray:
    """(c, d) float64: what is subtracted from each collection's vectors.

    means: (c, d) float64; records: (c,), how many each collection has. A collection without any has no weight, and
    gets the common mean; zero if none has any.
    """
    weights = (records / (records + SHRINKAGE))[:, None]
    common = (weights * means).sum(axis=0) / max(float(weights.sum()), 1e-300)
    return weights * means + (1 - weights) * common


def without_style(vector: np.ndarray, style: np.ndarray) -> np.ndarray:
    """(d,) float64: what remains of a vector, of length 1; zero where nothing does."""
    rest = vector.astype(np.float64) - style
    length = float(np.sqrt(np.square(rest).sum()))
    return rest / length if length > LEAST_LENGTH else np.zeros_like(rest)
