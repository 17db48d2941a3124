"""What may be shown of example, practice and gold pairs, and to whom: the only place that decides it.

Annotators see the current examples of a campaign with label and note, and its practice pairs as they see any pair;
label and note of a practice pair once they have answered it. Of gold they see nothing: neither which pair it is nor
that there is any. A lead who has pairs in a campaign that may still take answers is an annotator there.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from annotation.labels.shown import LabelChoice, shown_labels
from annotation.models import Campaign, GuidancePair, PracticeAnswer
from annotation.visibility import BlindRecord, blind_records, has_open_hand
from annotation.vocabulary import Guidance
from heritage.models import User

from .queries import current_guidance, newest_practice_answer, practice_done


@dataclass(frozen=True)
class Example:
    """An example as annotators see it."""

    label: str
    note: str
    records: tuple[BlindRecord, BlindRecord]


@dataclass(frozen=True)
class LabelExamples:
    """One of the four labels with its examples, which may be none."""

    label: LabelChoice
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Feedback:
    """What an annotator said of a practice pair, and what the lead says of it."""

    answer: str
    label: str
    note: str
    agrees: bool


@dataclass(frozen=True)
class BlindPractice:
    """A practice pair: `number` of `total`. `feedback` is None until its annotator has answered."""

    practice_id: uuid.UUID
    campaign_id: uuid.UUID
    number: int
    total: int
    done: int
    records: tuple[BlindRecord, BlindRecord]
    feedback: Feedback | None

    @property
    def url(self) -> str:
        return reverse("practice-pair", args=[self.campaign_id, self.practice_id])


def examples_by_label(campaign: Campaign) -> tuple[LabelExamples, ...]:
    """All four labels in the campaign's order. Three queries whatever the number of examples."""
    pairs = list(current_guidance(campaign, Guidance.EXAMPLE).select_related("a", "b"))
    examples = [
        Example(label=pair.label, note=pair.note, records=records)
        for pair, records in zip(pairs, _blind(pairs), strict=True)
    ]
    return tuple(
        LabelExamples(
            label=label,
            examples=tuple(example for example in examples if example.label == label.value),
        )
        for label in shown_labels(campaign)
    )


def blind_practice(user: User, practice: GuidancePair, labels: Sequence[LabelChoice]) -> BlindPractice:
    """What `user` may see of a practice pair of their campaign, whose `labels` these are."""
    campaign = practice.campaign
    keys = list(current_guidance(campaign, Guidance.PRACTICE).values_list("pk", flat=True))
    answer = newest_practice_answer(user, practice)
    return BlindPractice(
        practice_id=practice.pk,
        campaign_id=campaign.pk,
        number=keys.index(practice.pk) + 1,
        total=len(keys),
        done=practice_done(user, campaign).count(),
        records=_blind([practice])[0],
        feedback=_feedback(practice, answer, labels) if answer else None,
    )


def _feedback(practice: GuidancePair, answer: PracticeAnswer, labels: Sequence[LabelChoice]) -> Feedback:
    names = {label.value: label.name for label in labels}
    return Feedback(
        answer=names[answer.label],
        label=names[practice.label],
        note=practice.note,
        agrees=answer.label == practice.label,
    )


def may_see_gold(user: User, campaign: Campaign) -> bool:
    """Of those who lead the campaign: all but who may still answer its pairs."""
    return not has_open_hand(user, campaign)


def _blind(pairs: Sequence[GuidancePair]) -> list[tuple[BlindRecord, BlindRecord]]:
    return blind_records([(pair.a, pair.b) for pair in pairs])
