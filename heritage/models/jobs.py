"""What people see of long work: who started it, how far it is, why it failed."""

from django.conf import settings
from django.db import models
from django.urls import reverse


class JobRun(models.Model):
    """One piece of long work. The queue itself is procrastinate's; this row holds what its tables do not:
    a title, progress and the reason of a failure. State is read from the queue, not copied here."""

    queue_job_id = models.BigIntegerField(null=True, unique=True, help_text="Row in procrastinate's own table.")
    kind = models.CharField(max_length=100, help_text="Registered name of the work.")
    title = models.CharField(max_length=300)
    arguments = models.JSONField(default=dict)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    request_id = models.CharField(max_length=64, blank=True, help_text="In the log: of the request that started it.")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    stage = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    reason = models.TextField(blank=True, help_text="Why it failed, in one sentence.")
    outcome = models.TextField(blank=True, help_text="What came of it, in a sentence or two.")
    result_url = models.CharField(max_length=300, blank=True, help_text="Where its result can be seen.")

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])
