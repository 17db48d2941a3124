"""How often something was done of late, for what may be done only so often."""

from django.db import models


class RecentCount(models.Model):
    """`key` is a digest of what is counted. Kept until it ends; then it counts from 0 again."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends = models.DateTimeField(db_index=True)
