"""gunicorn's hooks for the encoder: torch is loaded once, in a process that only keeps the one that answers.

Whichever of the two is killed, searches find an encoder: the keeper forks another that has torch already; and one whose
keeper is gone goes on until the next keeper listens, which takes as long as loading torch does.
"""

import gc
import logging
import os
import time
from threading import Thread
from typing import Any

import psutil
from gunicorn.workers.gthread import ThreadWorker

# Loading torch takes half a minute on a machine that is busy. After that nobody comes to take its place.
SECONDS_WITHOUT_KEEPER = 120.0

logger = logging.getLogger(__name__)


class StayingWorker(ThreadWorker):
    """gunicorn's worker with threads, which outlives its keeper until another encoder listens in its place."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # Still in the keeper: of both, what started it and would start another.
        self.started_by = os.getppid()
        self.address = str(self.sockets[0].getsockname())
        self.place = inode(self.address)
        self.alone_since: float | None = None

    def is_parent_alive(self) -> bool:
        if self.ppid == os.getppid():
            return True
        if self.alone_since is None:
            self.alone_since = time.monotonic()
            logger.warning("The encoder's keeper is gone; its encoder goes on until there is another.")
        is_expected = time.monotonic() < self.alone_since + SECONDS_WITHOUT_KEEPER and psutil.pid_exists(
            self.started_by
        )
        return is_expected and inode(self.address) == self.place


def inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return None


def when_ready(server: Any) -> None:
    """Memory that is shared stays so: nobody looks through it for garbage."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Beside the first questions, and after the fork: no connection and no thread of torch's is there before it."""
    from models_ml.encoding.wsgi import load_newest, read_indexes

    Thread(target=load_newest, daemon=True).start()
    Thread(target=read_indexes, daemon=True).start()
