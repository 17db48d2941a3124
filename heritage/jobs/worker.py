"""The worker: one process that takes jobs from the queue and runs them one after the other.

There is one per database. A second one waits, and takes over when the first ends.
"""

import logging

from django.db import connection
from procrastinate.contrib.django import DjangoApp, app

from .actions import settle_abandoned_jobs
from .queue import QUEUE, TASK
from .running import run_job
from .worker_lock import worker_lock

logger = logging.getLogger(__name__)

# A job in progress is told to stop at once, and marked as interrupted: it may run for hours.
SECONDS_TO_FINISH = 0.0


def run_worker(*, wait: bool = True) -> int:
    """Run jobs until SIGINT or SIGTERM; with `wait=False` until none is left.

    Returns how many jobs an earlier worker had left behind.
    """
    with worker_lock():
        settled = settle_abandoned_jobs()
        if settled:
            logger.warning("%d job(s) had been interrupted; they are marked as failed and can be retried.", settled)
        connection.close()
        # An app of its own: `start_job` inside a job goes on using Django's connection.
        worker = DjangoApp(connector=app.connector.get_worker_connector())  # type: ignore[attr-defined]
        worker.task(name=TASK, pass_context=True)(run_job)
        worker.run_worker(
            queues=[QUEUE],
            wait=wait,
            concurrency=1,
            fetch_job_polling_interval=5.0,
            abort_job_polling_interval=3600.0,  # `JobProgress` looks for itself, and sooner
            shutdown_graceful_timeout=SECONDS_TO_FINISH,
        )
    return settled
