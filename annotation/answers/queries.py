"""What is read of answers: those that count, what stands and what comes next.

Which of it an annotator may see is decided in `annotation.visibility`.
"""

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    Reflection,
    Skip,
)
from heritage.models import User


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


def newest_reflections(campaign: Campaign) -> list[Reflection]:
    """The newest of each annotator, by username."""
    newest = {each.annotator_id: each for each in campaign.reflections.select_related("annotator").order_by("pk")}
    return sorted(newest.values(), key=lambda each: each.annotator.username)


def newest_reflection(*, campaign: Campaign, annotator: User) -> Reflection | None:
    return campaign.reflections.filter(annotator=annotator).order_by("-pk").first()
