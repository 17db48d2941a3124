"""How the work on a campaign goes, for its leads: who is how far, and how fast."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.answers import queries
from annotation.guidance.queries import gold_labels
from annotation.models import Annotation, Campaign
from heritage.models import User

DAYS_SHOWN = 14
GOLD_SHOWN_FROM = 3
COUNTS = ("answered", "unsure", "last_hour", "last_day", "gold", "gold_agreed")


@dataclass(frozen=True)
class AnnotatorWork:
    """One annotator's share. `skipped`: passed over and not answered since. Times are of the answers that count."""

    annotator: User
    total: int
    answered: int
    skipped: int
    unsure: int
    last_hour: int
    last_day: int
    active_minutes: float | None
    seconds_each: float | None
    last_active: datetime | None
    gold: int = 0  # answers to gold pairs
    gold_agreed: int = 0  # of these, with the gold label

    @property
    def gold_share(self) -> float | None:
        """0 to 1; None of fewer than GOLD_SHOWN_FROM answers, which tell nothing."""
        return self.gold_agreed / self.gold if self.gold >= GOLD_SHOWN_FROM else None

    @property
    def dealt_with(self) -> int:
        return self.answered + self.skipped

    @property
    def remaining(self) -> int:
        return self.total - self.dealt_with


@dataclass(frozen=True)
class Work:
    """A campaign's work: by annotator, by day (newest first), and all together."""

    annotators: tuple[AnnotatorWork, ...]
    days: tuple[tuple[date, int], ...]
    has_gold: bool = False

    def _sum(self, name: str) -> int:
        return sum(getattr(each, name) for each in self.annotators)

    @property
    def answered(self) -> int:
        return self._sum("answered")

    @property
    def last_hour(self) -> int:
        return self._sum("last_hour")

    @property
    def last_day(self) -> int:
        return self._sum("last_day")

    @property
    def remaining(self) -> int:
        return self._sum("remaining")

    @property
    def active_hours(self) -> float:
        return sum(each.active_minutes or 0 for each in self.annotators) / 60

    @property
    def days_left(self) -> float | None:
        """For what remains, at the pace of the last 24 hours; None where nobody has answered in them."""
        return self.remaining / self.last_day if self.last_day else None

    @property
    def busiest_day(self) -> int:
        return max((count for _, count in self.days), default=0)


def read_work(campaign: Campaign, *, with_gold: bool = True) -> Work:
    """In seven queries, whatever the number of annotators. `with_gold`: also how they agree with gold pairs."""
    now = timezone.now()
    by_annotator = ("assignment__annotator",)
    current = queries.current_annotations(campaign).order_by()
    assignments = campaign.assignments.order_by()
    totals = dict(assignments.values_list("annotator").annotate(Count("pk")))
    answers = {
        row.pop("assignment__annotator"): row
        for row in current.values(*by_annotator).annotate(
            answered=Count("pk"),
            unsure=Count("pk", filter=Q(unsure=True)),
            last_hour=Count("pk", filter=Q(created__gt=now - timedelta(hours=1))),
            last_day=Count("pk", filter=Q(created__gt=now - timedelta(days=1))),
            active=Sum("active_seconds"),
            each=Avg("active_seconds"),
            last_active=Max("created"),
        )
    }
    skipped = dict(
        queries.skips_that_stand(campaign)
        .order_by()
        .values_list(*by_annotator)
        .annotate(Count("assignment", distinct=True))
    )
    gold = gold_labels(campaign) if with_gold else {}
    agreed = _agreement_with_gold(current, gold)
    days = current.annotate(day=TruncDate("created")).values_list("day").annotate(Count("pk")).order_by("-day")
    return Work(
        annotators=tuple(
            _work(
                person,
                totals[person.pk],
                answers.get(person.pk, {}) | agreed.get(person.pk, {}),
                skipped.get(person.pk, 0),
            )
            for person in User.objects.filter(pk__in=totals).order_by("username")
        ),
        days=tuple(days[:DAYS_SHOWN]),
        has_gold=bool(gold),
    )


def _agreement_with_gold(current: QuerySet[Annotation], gold: dict[int, str]) -> dict[int, dict[str, object]]:
    """Of each annotator: answers to gold pairs, and how many of them have the gold label. Empty answers are none."""
    found: dict[int, dict[str, object]] = {}
    answers = current.filter(assignment__pair__in=gold).exclude(label="")
    for annotator, pair, label in answers.values_list("assignment__annotator", "assignment__pair", "label"):
        row = found.setdefault(annotator, {"gold": 0, "gold_agreed": 0})
        row["gold"] += 1  # type: ignore[operator]
        row["gold_agreed"] += label == gold[pair]  # type: ignore[operator]
    return found


def _work(person: User, total: int, answers: dict[str, object], skipped: int) -> AnnotatorWork:
    active = answers.get("active")
    return AnnotatorWork(
        annotator=person,
        total=total,
        skipped=skipped,
        active_minutes=active / 60 if isinstance(active, float) else None,
        seconds_each=answers.get("each"),  # type: ignore[arg-type]
        last_active=answers.get("last_active"),  # type: ignore[arg-type]
        **{name: answers.get(name, 0) for name in COUNTS},  # type: ignore[arg-type]
    )
