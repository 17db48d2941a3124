"""What is read of preference studies: the answers that count, how far everyone is.

Which of it an expert may see is decided in `annotation.preference.visibility`.
"""

import contextlib
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from annotation.answers.progress import Progress
from annotation.models.preference import ChoiceSet, PreferenceAnswer, PreferenceChoice, PreferenceStudy
from heritage.errors import UserError
from heritage.models import User


@dataclass(frozen=True)
class ExpertProgress:
    """Where one expert of a study stands."""

    annotator: User
    progress: Progress
    last_active: datetime | None


def find_study(name: str) -> PreferenceStudy:
    """The study of that name or identifier. Raises UserError, naming those that there are."""
    found = PreferenceStudy.objects.filter(name=name).first()
    if found is None:
        with contextlib.suppress(ValueError):
            found = PreferenceStudy.objects.filter(pk=uuid.UUID(name)).first()
    if found is None:
        known = ", ".join(PreferenceStudy.objects.values_list("name", flat=True))
        raise UserError(
            f"There is no preference study named {name}. "
            f"There are: {known or 'none yet, make one with create_preference_study'}."
        )
    return found


def study_progress(choices: ChoiceSet) -> Progress:
    """How many of some choices are made."""
    is_answered = Exists(PreferenceAnswer.objects.filter(choice=OuterRef("pk")))
    counts = choices.annotate(is_answered=is_answered).aggregate(
        total=Count("pk"), answered=Count("pk", filter=Q(is_answered=True))
    )
    return Progress(answered=counts["answered"], total=counts["total"])


def studies_with_progress() -> list[tuple[PreferenceStudy, Progress]]:
    """All studies, newest first, in one query."""
    studies = PreferenceStudy.objects.annotate(
        total=Count("choices", distinct=True), answered=Count("choices__answers__choice", distinct=True)
    )
    return [(study, Progress(study.answered, study.total)) for study in studies]


def experts_progress(study: PreferenceStudy) -> list[ExpertProgress]:
    """Every expert of a study by username: choices given and made, when last active."""
    rows = (
        study.choices.order_by("annotator")
        .values("annotator")
        .annotate(
            total=Count("pk", distinct=True),
            answered=Count("answers__choice", distinct=True),
            last_active=Max("answers__created"),
        )
    )
    people = User.objects.in_bulk([row["annotator"] for row in rows])
    return sorted(
        (
            ExpertProgress(people[row["annotator"]], Progress(row["answered"], row["total"]), row["last_active"])
            for row in rows
        ),
        key=lambda row: row.annotator.username,
    )


def newest_answer(choice: PreferenceChoice) -> PreferenceAnswer | None:
    return choice.answers.order_by("-pk").first()


def current_answers(choices: QuerySet[PreferenceChoice]) -> QuerySet[PreferenceAnswer]:
    """The newest answer to each of some choices; its corrected forerunners are left out."""
    answers = PreferenceAnswer.objects.filter(choice__in=choices.order_by())
    return answers.order_by("choice_id", "-pk").distinct("choice_id")
