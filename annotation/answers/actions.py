"""Everything that writes answers and reflections."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext

from annotation.labels.actions import finer_label_named
from annotation.models import Annotation, Assignment, Campaign, LabellingEnd, Reflection, Skip
from annotation.submissions import same_or_key
from annotation.visibility import stopped_words
from annotation.vocabulary import Faulty, Label, SkipReason
from heritage.bounds import bounded_seconds
from heritage.errors import UserError
from heritage.models import User
from heritage.texts import clean_text

from . import queries

LONGEST_COMMENT = 5_000
LONGEST_REFLECTION = 50_000


class CampaignClosedError(UserError):
    """An answer came for a campaign that takes none: it is closed, paused, not begun, past its deadline, or its
    annotator has stopped labelling there."""


class AssignmentWithdrawnError(UserError):
    """An answer came for a pair that was taken back meanwhile."""


@transaction.atomic
def record_annotation(
    *,
    assignment: Assignment,
    annotator: User,
    label: str,
    finer: str = "",
    comment: str = "",
    unsure: bool = False,
    faulty: str = "",
    seconds: float | None = None,
    active_seconds: float | None = None,
    submission: uuid.UUID | None = None,
    created: datetime | None = None,
) -> Annotation:
    """Store an answer and return it; a resend returns what is stored already.

    `finer` is the key of one of the campaign's finer labels under `label`; empty where it is left at the label.
    A resend says the same (label, finer, comment, unsure, faulty) as the newest answer, or as the one with the same
    `submission` (one per shown form), so that a delayed resend does not undo a correction made meanwhile. Anything
    else is a correction and is appended, also where a form is answered again after the browser's Back.
    `created` is now, by this server's clock, unless an earlier time is replayed.

    Raises UserError for an answer that cannot be stored, and CampaignClosedError.
    """
    if label not in Label.values:
        raise UserError(f"There is no label {label or '(empty)'}: use one of {', '.join(Label.values)}.")
    seconds, active_seconds = _measured(seconds), _measured(active_seconds)
    said = {"label": label, "comment": _clean_comment(comment), "unsure": unsure, "faulty": _known_faulty(faulty)}
    ended = _lock(assignment, annotator)
    found = finer_label_named(assignment.campaign, label, finer)
    said["finer_id"] = found and found.pk
    same, submission = same_or_key(list(assignment.annotations.order_by("pk")), submission, said)
    if same:
        return same
    _check_open(assignment.campaign, ended=ended)
    return Annotation.objects.create(
        assignment=assignment,
        seconds=seconds,
        active_seconds=active_seconds,
        submission=submission,
        created=created or timezone.now(),
        **said,
    )


@transaction.atomic
def record_skip(
    *,
    assignment: Assignment,
    annotator: User,
    reason: str,
    comment: str = "",
    faulty: str = "",
    submission: uuid.UUID | None = None,
) -> Skip:
    """Pass a pair over, for a reason; a resend returns what is stored already.

    Raises UserError for a reason that there is not and for a pair that has an answer, and CampaignClosedError.
    """
    if reason not in SkipReason.values:
        raise UserError(f"Say why you skip this pair: one of {', '.join(SkipReason.values)}.")
    said = {"reason": reason, "comment": _clean_comment(comment), "faulty": _known_faulty(faulty)}
    if reason == SkipReason.OTHER and not said["comment"]:
        raise UserError(gettext("Say in a comment why you skip this pair, or choose one of the other reasons."))
    ended = _lock(assignment, annotator)
    same, submission = same_or_key(list(assignment.skips.order_by("pk")), submission, said)
    if same:
        return same
    _check_open(assignment.campaign, ended=ended)
    if assignment.annotations.exists():
        raise UserError(gettext("This pair has your answer: change the answer instead of skipping the pair."))
    return Skip.objects.create(assignment=assignment, submission=submission, created=timezone.now(), **said)


def _lock(assignment: Assignment, annotator: User) -> bool:
    """Nobody else's until the transaction ends: a second click waits, then finds the first. Returns whether the
    annotator has stopped labelling in the campaign."""
    ends = LabellingEnd.objects.filter(campaign=OuterRef("campaign"), annotator=OuterRef("annotator"))
    # Its row alone: loading it once more would be a tenth of the time of an answer.
    owner = Assignment.objects.filter(pk=assignment.pk).order_by().values_list("annotator", Exists(ends))
    found = list(owner.select_for_update(skip_locked=True))
    if not found and (found := list(owner.select_for_update())):
        assignment.campaign.refresh_from_db()  # it may have been closed while this one waited
    if not found:
        raise AssignmentWithdrawnError(gettext("This pair is no longer yours: go on with the next one."))
    [(owner_id, has_ended)] = found
    if owner_id != annotator.pk:
        raise UserError(gettext("This pair was given to somebody else."))
    return has_ended


def _check_open(campaign: Campaign, *, ended: bool) -> None:
    if not campaign.is_open:
        campaign.refresh_from_db()  # it may have been opened since it was read
    if not campaign.is_open:
        raise CampaignClosedError(campaign.refusal)
    if ended:
        raise CampaignClosedError(stopped_words())


def _measured(seconds: float | None) -> float | None:
    try:
        return bounded_seconds(seconds)
    except ValueError as error:
        raise UserError(
            "The seconds spent on a pair are a number from 0 up: leave them out if they are not known."
        ) from error


def _known_faulty(faulty: str) -> str:
    if faulty not in Faulty.values:
        raise UserError("Broken records are a, b or ab: leave it empty where neither is.")
    return faulty


@transaction.atomic
def write_reflection(*, campaign: Campaign, annotator: User, text: str) -> Reflection:
    """Keep what an annotator wrote about the work; a later one counts instead, the earlier stays on record.

    Welcome after the campaign has closed as well. Raises UserError for an empty text or for somebody
    who has no pairs in the campaign.
    """
    text = clean_text(text, what="A reflection", longest=LONGEST_REFLECTION)
    if not text:
        raise UserError(gettext("Write a sentence or two before you send your reflections."))
    if not Assignment.objects.filter(campaign=campaign, annotator=annotator).exists():
        raise UserError(gettext("Only annotators of a campaign write reflections on it."))
    User.objects.select_for_update().get(pk=annotator.pk)  # a double click stores one
    newest = queries.newest_reflection(campaign=campaign, annotator=annotator)
    if newest is not None and newest.text == text:
        return newest
    return Reflection.objects.create(campaign=campaign, annotator=annotator, text=text)


def _clean_comment(comment: str) -> str:
    return clean_text(comment, what="A comment", longest=LONGEST_COMMENT)
