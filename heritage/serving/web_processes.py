"""gunicorn's hooks: how web processes share connections, how often they look for garbage, what they load beforehand."""

import gc
import mmap
from importlib import import_module
from itertools import count
from threading import Thread
from typing import Any

from django.apps import apps

# Objects made until the next look. Python's own 700 has a request looked through some five times, a tenth of its time,
# for forms and templates that refer to themselves; so many more hold a few megabytes a little longer.
OBJECTS_BETWEEN_COLLECTIONS = 50_000

_connections = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("i")  # how many each process has, by its place


def when_ready(server: Any) -> None:
    """What was loaded stays: processes need not look through it, which would also copy the memory that they share."""
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """The first place that no living process has, so that one started anew takes the place of the one that ended."""
    taken = {sibling.place for sibling in server.WORKERS.values()}
    worker.place = next(place for place in count() if place not in taken)
    _connections[worker.place] = 0


def post_fork(server: Any, worker: Any) -> None:
    worker.most_kept = worker.max_keepalived
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def post_worker_init(worker: Any) -> None:
    """Load what apps name in `loaded_after_start`, beside the first requests: the server is up without it."""
    names = [name for app in apps.get_app_configs() for name in getattr(app, "loaded_after_start", ())]
    Thread(target=lambda: [import_module(name) for name in names], daemon=True).start()


def pre_request(worker: Any, request: Any) -> None:
    """A process with more connections than its share keeps none alive, until others have taken those that come back.

    The process that is quickest to accept takes nearly all of them else, and the others idle while people wait.
    """
    _connections[worker.place] = worker.nr_conns
    share = sum(_connections) / worker.cfg.workers
    worker.max_keepalived = 0 if worker.nr_conns > share + 1 else worker.most_kept
