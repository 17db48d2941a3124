"""gunicorn's hooks: the place of each web process, how often it looks for garbage, what it loads beforehand."""

import gc
import mmap
from importlib import import_module
from itertools import count
from threading import Thread
from typing import Any

from django.apps import apps
from gunicorn.glogging import Logger

# Objects made until the next look. Python's own 700 has a request looked through some five times, a tenth of its time,
# for forms and templates that refer to themselves; so many more hold a few megabytes a little longer.
OBJECTS_BETWEEN_COLLECTIONS = 50_000

PLACES = 64

_memory = memoryview(mmap.mmap(-1, PLACES * 16))
_connections = _memory[: PLACES * 8].cast("q")  # how many each process has, by its place
_seen = _memory[PLACES * 8 :].cast("d")  # when it last said so, by the clock that all share
SECONDS_SILENT = 3.0
LEAD = 0.1  # so far above its share one still takes connections: of many that come at once, several at a time


class ProjectLogger(Logger):
    """gunicorn's lines go where all others go, written alike."""

    def setup(self, cfg: Any) -> None:
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.propagate = True


logger_class = ProjectLogger


def when_ready(server: Any) -> None:
    """What was loaded stays: processes need not look through it, which would also copy the memory that they share."""
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """The first place that no living process has, so that one started anew takes the place of the one that ended."""
    taken = {sibling.place for sibling in server.WORKERS.values()}
    worker.place = next(place for place in count() if place not in taken)
    _connections[worker.place], _seen[worker.place] = 0, 0.0


def post_fork(server: Any, worker: Any) -> None:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def post_worker_init(worker: Any) -> None:
    """Load what apps name in `loaded_after_start`, beside the first requests: the server is up without it."""
    names = [name for app in apps.get_app_configs() for name in getattr(app, "loaded_after_start", ())]
    Thread(target=lambda: [import_module(name) for name in names], daemon=True).start()


def takes_another(place: int, connections: int, *, now: float) -> bool:
    """Whether the process with so many connections takes the next one, or leaves it to one that has fewer.

    The process that is quickest to accept takes nearly all of them else, and the others idle while people wait.
    One that has not said for some seconds how many it has is not counted on.
    """
    _connections[place], _seen[place] = connections, now
    living = [each for each in range(PLACES) if now - _seen[each] < SECONDS_SILENT]
    share = sum(_connections[each] for each in living) / len(living)
    return connections < share + max(2, share * LEAD)
