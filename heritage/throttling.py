"""Counting what may be done only so often.

Counts lie in the cache. Django's default cache is one of each process, so the limits hold for each web process;
a shared cache makes them hold for all together.
"""

import hashlib

from django.core.cache import cache


def too_often(what: str, *, at_most: int, seconds: int) -> bool:
    """Count `what` once more; whether that makes more than `at_most` since the first within `seconds`."""
    key = f"throttle:{hashlib.sha256(what.encode()).hexdigest()}"
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) > at_most
    except ValueError:  # it ended just now
        return False


def is_exhausted(what: str, *, at_most: int) -> bool:
    """Whether `what` was counted `at_most` times already; counts nothing."""
    key = f"throttle:{hashlib.sha256(what.encode()).hexdigest()}"
    return int(cache.get(key, 0)) >= at_most
