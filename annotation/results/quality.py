"""Whether the answers of a campaign can be relied on, without a word on what they say: for leads who keep the
results sealed."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from django.db.models import Count

from annotation.answers.queries import current_annotations
from annotation.models import Campaign

FAST_SECONDS = 1.5  # as `analysis.order_and_time`, which is too heavy to import here; a test holds the two equal


@dataclass(frozen=True)
class AnnotatorQuality:
    """`seconds` is the median, None where no time was measured; `fast` the share of timed answers that came sooner
    than a pair can be looked at."""

    annotator: str
    answers: int
    seconds: float | None
    fast: float | None
    unsure: int
    faulty: int
    skipped: int


def answer_quality(campaign: Campaign) -> list[AnnotatorQuality]:
    """One for each annotator who has answered or skipped, by username, in two queries."""
    newest = (
        current_annotations(campaign)
        .order_by()
        .values_list("assignment__annotator__username", "seconds", "unsure", "faulty")
    )
    answers: dict[str, list[tuple[float | None, bool, str]]] = defaultdict(list)
    for name, seconds, unsure, faulty in newest:
        answers[name].append((seconds, unsure, faulty))
    skipped = dict(
        campaign.assignments.filter(skips__isnull=False, annotations__isnull=True)
        .order_by()
        .values_list("annotator__username")
        .annotate(count=Count("pk", distinct=True))
    )
    return [_of(name, answers[name], skipped.get(name, 0)) for name in sorted({*answers, *skipped})]


def _of(name: str, answers: list[tuple[float | None, bool, str]], skipped: int) -> AnnotatorQuality:
    seconds = [time for time, _, _ in answers if time and time > 0]
    return AnnotatorQuality(
        annotator=name,
        answers=len(answers),
        seconds=median(seconds) if seconds else None,
        fast=sum(time < FAST_SECONDS for time in seconds) / len(seconds) if seconds else None,
        unsure=sum(unsure for _, unsure, _ in answers),
        faulty=sum(bool(faulty) for _, _, faulty in answers),
        skipped=skipped,
    )
