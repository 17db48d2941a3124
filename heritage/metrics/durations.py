"""How long requests take, by view and by how they were answered, in all web processes together."""

import os
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from heritage.metrics import processes

BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_own = CollectorRegistry()
_seconds = Histogram(
    "heritage_request_seconds",
    "Seconds until an answer began, by the view's name and the class of its status.",
    ("view", "status"),
    buckets=BUCKETS,
    registry=_own,
)


class DurationsMiddleware:
    """Measures all that stands behind it. Not there without METRICS_TOKEN."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._process = 0
        self._counts = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        if self._may_count():
            match = request.resolver_match
            # Of addresses that there are, not those that somebody tries: there must be only so many.
            view = (match.view_name or match._func_path) if match is not None else ""
            _seconds.labels(view, f"{response.status_code // 100}xx").observe(time.perf_counter() - began)
        return response

    def _may_count(self) -> bool:
        if self._process != os.getpid():  # made before the fork
            self._process, self._counts = os.getpid(), processes.reserve_counts()
        return self._counts


def request_durations() -> CollectorRegistry:
    """Those of all web processes."""
    if processes.VARIABLE not in os.environ:
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together
