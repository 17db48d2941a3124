"""What is read of answers: those that count, what stands and what comes next.

Which of it an annotator may see is decided in `annotation.visibility`.
"""

from collections.abc import Mapping

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    Reflection,
    Skip,
)
from annotation.vocabulary import Label
from heritage.models import User


def answered(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those of the assignments that have an answer or were skipped."""
    return assignments.exclude(pk__in=unanswered(assignments).order_by().values("pk"))


def unanswered(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those of the assignments that have no answer yet and were not skipped."""
    this = {"assignment": OuterRef("pk")}
    # Two conditions, each an index look-up per row. Joined by OR they would be one that reads all answers there are.
    return assignments.filter(~Exists(Annotation.objects.filter(**this)), ~Exists(Skip.objects.filter(**this)))


def with_newest(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those that have an answer or were skipped, with what the newest answer says, or else the newest skip.

    `newest_label` is empty where there is a skip alone; `newest_unsure`, `newest_comment` and `newest_faulty` are of
    whichever stands; `newest_at` is when it was said.
    """
    answers = Annotation.objects.filter(assignment=OuterRef("pk")).order_by("-pk")
    skips = Skip.objects.filter(assignment=OuterRef("pk")).order_by("-pk")

    def newest(field: str) -> Coalesce:
        return Coalesce(Subquery(answers.values(field)[:1]), Subquery(skips.values(field)[:1]))

    return answered(assignments).annotate(
        newest_answer=Subquery(answers.values("pk")[:1]),
        newest_label=Subquery(answers.values("label")[:1]),
        newest_unsure=Subquery(answers.values("unsure")[:1]),
        newest_comment=newest("comment"),
        newest_faulty=newest("faulty"),
        newest_at=newest("created"),
    )


# What an annotator may want to see of own answers, besides the labels. The names stand in addresses.
SAID = {
    "unsure": Q(newest_unsure=True),
    "skipped": Q(newest_answer=None),
    "commented": ~Q(newest_comment=""),
    "faulty": ~Q(newest_faulty=""),
}


def that_said(assignments: QuerySet[Assignment], kind: str) -> QuerySet[Assignment]:
    """Of these, `with_newest`, those of a kind: one of SAID, or a label."""
    return assignments.filter(SAID[kind] if kind in SAID else Q(newest_label=kind))


def counts_of_said(assignments: QuerySet[Assignment]) -> Mapping[str, int]:
    """How many of these, `with_newest`, are of each kind that there is among them: of SAID, and labels. One query."""
    kinds = SAID | {label: Q(newest_label=label) for label in Label.values}
    counts = assignments.order_by().aggregate(
        **{f"n_{kind}": Count("pk", filter=condition) for kind, condition in kinds.items()}
    )
    return {kind: counts[f"n_{kind}"] for kind in kinds if counts[f"n_{kind}"]}


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
