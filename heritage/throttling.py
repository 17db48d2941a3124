"""Counting what may be done only so often.

Counts lie in the cache. Django's default cache is one of each process, so the limits hold for each web process;
a shared cache makes them hold for all together.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import BaseThrottle

View = Callable[..., HttpResponse]


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


def visitors_at_most(count: int, *, seconds: int, what: str) -> Callable[[View], View]:
    """Those without an account open the view `count` times within `seconds` from one address; then they get 429.

    `what` is what is counted: views that share it are counted together.
    """

    def limited(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                sender = BaseThrottle().get_ident(request)  # which knows of proxies
                if too_often(f"{what} of {sender}", at_most=count, seconds=seconds):
                    return render(request, "429.html", status=429)
            return view(request, *args, **kwargs)

        return guarded

    return limited
