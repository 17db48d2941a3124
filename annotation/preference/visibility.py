"""What an expert may see of a preference study, and who may see its result: the only place that decides it.

An expert sees own choices and, of each, the query and rows of records with name and first picture. Which model a row
is of, its ranks, and what others chose are not among it. A row is named by its place on the page and nothing else;
places were drawn for each expert and choice. All models' rows show a record by the same picture, whichever picture
the model found it by.

Pages and fragments build their answers from the classes here and never hand a choice, result or study to a template.
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.urls import reverse

from annotation.models.preference import ChoiceSet, PreferenceChoice, PreferenceResult, PreferenceStudy
from annotation.visibility import PICTURE_FIELDS, BlindPicture, blind_picture
from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Record, User

from .queries import study_progress
from .recipe import Slice, parse_slices


@dataclass(frozen=True)
class BlindResult:
    """What may be shown of a record that a model found."""

    name: str
    language: str  # of the name, a tag such as de; empty where it is not known
    picture: BlindPicture | None  # None where the record has lost its pictures since, or may not be shown


@dataclass(frozen=True)
class BlindRow:
    """A row by its place on the page, from 1."""

    place: int
    results: tuple[BlindResult, ...]


@dataclass(frozen=True)
class BlindChoice:
    """What may be shown of a choice."""

    choice_id: uuid.UUID
    study_id: uuid.UUID
    position: int
    query: str
    rows: tuple[BlindRow, ...]
    before_id: uuid.UUID | None
    after_id: uuid.UUID | None

    @property
    def url(self) -> str:
        return self._url(self.choice_id)

    @property
    def before_url(self) -> str:
        """Of the choice before it in this expert's order; empty for the first."""
        return self._url(self.before_id)

    @property
    def after_url(self) -> str:
        """Of the choice after it; empty for the last."""
        return self._url(self.after_id)

    def _url(self, choice_id: uuid.UUID | None) -> str:
        return reverse("preference-choice", args=[self.study_id, choice_id]) if choice_id else ""


def visible_studies(user: User) -> QuerySet[PreferenceStudy]:
    """The studies that ask `user` to choose, newest first. Leads too choose only where they were named."""
    mine = PreferenceChoice.objects.filter(annotator=user)
    return PreferenceStudy.objects.filter(pk__in=mine.values("study")).order_by("-created")


def own_studies(user: User) -> list[dict[str, Any]]:
    """What may be told of the studies that ask `user` to choose: the open and unfinished first."""
    own = [
        {
            "id": study.pk,
            "name": study.name,
            "instructions": study.instructions,
            "is_open": study.is_open,
            "progress": study_progress(visible_choices(user, study)),
        }
        for study in visible_studies(user)
    ]
    return sorted(own, key=lambda each: not each["is_open"] or each["progress"].is_complete)


def visible_choices(user: User, study: PreferenceStudy) -> ChoiceSet:
    """The choices of `user` in a study. Anyone else's do not exist for them."""
    return PreferenceChoice.objects.filter(annotator=user, study=study)


def may_see_result(user: User, study: PreferenceStudy) -> bool:
    """Leads, but none of them while he or she may still choose in the study."""
    return user.is_lead and not (study.is_open and visible_choices(user, study).exists())


def blind_choices(choices: QuerySet[PreferenceChoice]) -> list[BlindChoice]:
    """What may be shown of these choices, in four queries whatever their number and kind."""
    same_hand = PreferenceChoice.objects.filter(study=OuterRef("study"), annotator=OuterRef("annotator"))
    before = same_hand.filter(position=OuterRef("position") - 1)
    after = same_hand.filter(position=OuterRef("position") + 1)
    found = list(
        choices.annotate(before_id=Subquery(before.values("pk")), after_id=Subquery(after.values("pk"))).select_related(
            "query"
        )
    )
    records = Record.objects.select_related("collection").prefetch_related(Prefetch("images", IMAGES_HERE))
    results = PreferenceResult.objects.filter(query__in={choice.query_id for choice in found}).prefetch_related(
        Prefetch("record", records)
    )
    ranked: dict[tuple[int, str], dict[int, Record]] = defaultdict(dict)
    for result in results:
        ranked[result.query_id, result.model_slug][result.rank] = result.record
    return [
        BlindChoice(
            choice_id=choice.pk,
            study_id=choice.study_id,
            position=choice.position,
            query=choice.query.text,
            rows=tuple(
                # Models that share a row have the same records; the order is the first one's.
                BlindRow(place, _results(ranked[choice.query_id, models[0]], *parse_slices([choice.slice])))
                for place, models in enumerate(choice.rows, start=1)
            ),
            before_id=choice.before_id,
            after_id=choice.after_id,
        )
        for choice in found
    ]


def _results(ranked: dict[int, Record], part: Slice) -> tuple[BlindResult, ...]:
    return tuple(_blind_result(ranked[rank]) for rank in range(part.first, part.last + 1))


def _blind_result(record: Record) -> BlindResult:
    if record.withheld:
        return BlindResult("", "", None)
    first = next(iter(record.images.all()), None)
    picture = blind_picture(*(getattr(first, field) for field in PICTURE_FIELDS)) if first else None
    return BlindResult(record.name, record.name_language, picture)
