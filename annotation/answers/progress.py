"""How far everyone is in a campaign."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from annotation.answers.queries import unanswered
from annotation.models import Assignment, Campaign, Reflection
from heritage.models import User


@dataclass(frozen=True)
class Progress:
    """How many of an annotator's pairs have an answer, or were skipped for a reason."""

    answered: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.answered >= self.total

    @property
    def percent(self) -> int:
        """Whole per cent, 100 only when every pair has an answer."""
        return 100 * self.answered // self.total if self.total else 0


@dataclass(frozen=True)
class AnnotatorProgress:
    """Where one annotator of a campaign stands."""

    annotator: User
    progress: Progress
    last_active: datetime | None
    reflection: Reflection | None


def progress_of(*, campaign: Campaign, annotator: User) -> Progress:
    return _progress(Assignment.objects.filter(campaign=campaign, annotator=annotator))


def campaign_progress(campaign: Campaign) -> Progress:
    """All annotators together."""
    return _progress(Assignment.objects.filter(campaign=campaign))


def _progress(assignments: QuerySet[Assignment]) -> Progress:
    total = assignments.count()
    return Progress(answered=total - unanswered(assignments).count(), total=total)


def annotators_progress(campaign: Campaign) -> list[AnnotatorProgress]:
    """Every annotator of a campaign by username: pairs dealt and answered, when last active."""
    rows = (
        campaign.assignments.order_by("annotator")
        .values("annotator")
        .annotate(
            total=Count("pk", distinct=True),
            answered=Count("annotations__assignment", distinct=True),
            last_active=Max("annotations__created"),
        )
    )
    people = User.objects.in_bulk([row["annotator"] for row in rows])
    reflections = {each.annotator_id: each for each in campaign.reflections.order_by("pk")}  # the newest stays
    return sorted(
        (
            AnnotatorProgress(
                annotator=people[row["annotator"]],
                progress=Progress(answered=row["answered"], total=row["total"]),
                last_active=row["last_active"],
                reflection=reflections.get(row["annotator"]),
            )
            for row in rows
        ),
        key=lambda row: row.annotator.username,
    )
