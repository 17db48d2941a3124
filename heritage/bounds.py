"""How large a measured number may be that comes from outside: by a form, the API, a file or a command."""

import math

LONGEST_SECONDS = 30 * 24 * 3600.0  # a page that was left open for a month


def bounded_seconds(seconds: float | None) -> float | None:
    """Time that a browser measured, at most LONGEST_SECONDS. Raises ValueError where it is no time at all.

    A clock that jumped is no reason to lose somebody's answer, so what is longer counts as the longest.
    """
    if seconds is None:
        return None
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{seconds} is no time in seconds")
    return min(seconds, LONGEST_SECONDS)
