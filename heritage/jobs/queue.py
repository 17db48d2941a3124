"""The little that Heritage Weaver asks of procrastinate: its tables' states, and one task that runs any job."""

from django.db import models

QUEUE = "heritage"
TASK = "heritage.run_job"
# Jobs that carry the same lock never run at the same time: models and samplings each want the whole machine.
HEAVY = "heavy"


class State(models.TextChoices):
    """What a person is told of a job. Read from the queue's own table by `heritage.jobs.queries`."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    STOPPING = "stopping", "Stopping"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ACTIVE = (State.WAITING, State.RUNNING, State.STOPPING)
