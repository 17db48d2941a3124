"""Counting what may be done only so often.

Counts lie in the database, so limits hold for all web processes together and no two requests read the same count.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from heritage.models import RecentCount

View = Callable[..., HttpResponse]

_COUNT = """
INSERT INTO heritage_recentcount AS kept (key, count, ends) VALUES (%(key)s, 1, %(ends)s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN kept.ends < %(now)s THEN 1 ELSE kept.count + 1 END,
  ends = CASE WHEN kept.ends < %(now)s THEN %(ends)s ELSE kept.ends END
RETURNING count
"""


def too_often(what: str, *, at_most: int, seconds: float) -> bool:
    """Count `what` once more; whether that makes more than `at_most` since the first within `seconds`."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": _key(what), "now": now, "ends": now + timedelta(seconds=seconds)})
        [count] = cursor.fetchone()
    if count == 1:
        RecentCount.objects.filter(ends__lt=now).delete()
    return bool(count > at_most)


def is_exhausted(what: str, *, at_most: int) -> bool:
    """Whether `what` was counted `at_most` times already; counts nothing."""
    return RecentCount.objects.filter(key=_key(what), ends__gte=timezone.now(), count__gte=at_most).exists()


def forget_count(what: str) -> None:
    RecentCount.objects.filter(key=_key(what)).delete()


def _key(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()


def network_address(request: HttpRequest) -> str:
    """Whoever connects, or behind a proxy whom it names."""
    address: str = BaseThrottle().get_ident(request) or ""  # a request of a test has none
    return address


def visitors_at_most(count: int, *, seconds: int, what: str) -> Callable[[View], View]:
    """Those without an account open the view `count` times within `seconds` from one address; then they get 429.

    `what` is what is counted: views that share it are counted together.
    """

    def limited(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated and too_often(
                f"{what} of {network_address(request)}", at_most=count, seconds=seconds
            ):
                return render(request, "429.html", status=429)
            return view(request, *args, **kwargs)

        return guarded

    return limited
