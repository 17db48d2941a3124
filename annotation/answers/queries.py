"""What is read of campaigns: the newest answers, what comes next, how far everyone is.

Which of it an annotator may see is decided in `annotation.visibility`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    Reflection,
    Skip,
)
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


def answered(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those of the assignments that have an answer or were skipped."""
    return assignments.exclude(pk__in=unanswered(assignments).order_by().values("pk"))


def unanswered(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those of the assignments that have no answer yet and were not skipped."""
    this = {"assignment": OuterRef("pk")}
    # Two conditions, each an index look-up per row. Joined by OR they would be one that reads all answers there are.
    return assignments.filter(~Exists(Annotation.objects.filter(**this)), ~Exists(Skip.objects.filter(**this)))


def current_annotations(campaign: Campaign) -> QuerySet[Annotation]:
    """The newest answer to each assignment of a campaign."""
    return Annotation.objects.filter(assignment__campaign=campaign).that_count()


def skips_that_stand(campaign: Campaign) -> QuerySet[Skip]:
    """Skips of pairs that were not answered since."""
    return Skip.objects.filter(assignment__campaign=campaign, assignment__annotations__isnull=True)


def newest_annotation(assignment: Assignment) -> Annotation | None:
    """With its finer label."""
    return assignment.annotations.select_related("finer").order_by("-pk").first()


def newest_skip(assignment: Assignment) -> Skip | None:
    return assignment.skips.order_by("-pk").first()


def upcoming(assignments: QuerySet[Assignment], *, after: int = 0) -> QuerySet[Assignment]:
    """Those of these assignments that are still to be answered, by position; `after` skips positions up to that one."""
    return unanswered(assignments).filter(position__gt=after).order_by("position")


def next_unanswered(assignments: QuerySet[Assignment]) -> Assignment | None:
    return upcoming(assignments).first()


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


def newest_reflections(campaign: Campaign) -> list[Reflection]:
    """The newest of each annotator, by username."""
    newest = {each.annotator_id: each for each in campaign.reflections.select_related("annotator").order_by("pk")}
    return sorted(newest.values(), key=lambda each: each.annotator.username)


def newest_reflection(*, campaign: Campaign, annotator: User) -> Reflection | None:
    return campaign.reflections.filter(annotator=annotator).order_by("-pk").first()
