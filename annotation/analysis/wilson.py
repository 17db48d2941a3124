"""Wilson's score interval of a share. Pure.

By hand, since charts and pages need it without the second that importing statsmodels takes; a test holds it to
statsmodels' `proportion_confint`.
"""

import math

_Z = 1.959963984540054  # of the normal distribution, for 95 %


def wilson(count: float, n: float) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927), 0 to 1 where nothing was counted.

    `count` of `n`; neither need be whole: an effective number of answers is none.
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = count / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
