"""Everything that writes campaigns, answers and reflections. Import of annotations is in `annotation.exchange`."""

import math
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from heritage.errors import UserError
from heritage.models import User
from linking.models import CandidatePair, Sampling

from . import queries
from .dealing import deal_pairs
from .models import Annotation, Assignment, Campaign, Label, Reflection
from .visibility import models_given_away

LONGEST_COMMENT = 5_000
LONGEST_REFLECTION = 50_000
LONGEST_NAME = 200


class CampaignClosedError(UserError):
    """An answer came for a campaign that takes none any more."""


@dataclass(frozen=True)
class CampaignPlan:
    """Who will get which pairs: `hands` has, for each annotator, primary keys of pairs in order of showing."""

    annotators: tuple[User, ...]
    hands: tuple[tuple[int, ...], ...]
    strata: Mapping[int, int]

    def stratum_counts(self, hand: Sequence[int]) -> Counter[int]:
        """Pairs of one hand by primary key of their stratum."""
        return Counter(self.strata[pair] for pair in hand)


# --- Campaigns -------------------------------------------------------------------------------


def plan_campaign(
    *,
    name: str,
    sampling: Sampling,
    annotators: Sequence[str],
    pairs_each: int,
    overlap: float,
    instructions: str,
    seed: int,
) -> CampaignPlan:
    """Check all that `create_campaign` is asked for and deal the pairs, without writing anything.

    `annotators` are usernames; one named twice counts once. Raises UserError.
    """
    _check_campaign_texts(name=name, instructions=instructions, model_slugs=sampling.model_slugs)
    people = _people_named(annotators)
    strata = dict(CandidatePair.objects.filter(sampling=sampling).order_by("pk").values_list("pk", "stratum_id"))
    if not strata:
        raise UserError(f"The sampling {sampling.name} has no pairs: draw one that has.")
    pairs = list(strata)
    hands = deal_pairs(
        strata=list(strata.values()), annotators=len(people), pairs_each=pairs_each, overlap=overlap, seed=seed
    )
    return CampaignPlan(
        annotators=tuple(people), hands=tuple(tuple(pairs[i] for i in hand) for hand in hands), strata=strata
    )


@transaction.atomic
def create_campaign(
    *,
    name: str,
    sampling: Sampling,
    annotators: Sequence[str],
    pairs_each: int = 100,
    overlap: float = 0.0,
    instructions: str = "",
    seed: int = 0,
    simulated: bool = False,
    created_by: User | None = None,
) -> Campaign:
    """Open a campaign and deal a sampling's pairs to annotators (usernames), to each in an own random order.

    A share `overlap` of everyone's pairs is the same for all; the others are seen by one annotator alone.
    Raises UserError where a name is unknown or taken, or there are too few pairs.
    """
    plan = plan_campaign(
        name=name,
        sampling=sampling,
        annotators=annotators,
        pairs_each=pairs_each,
        overlap=overlap,
        instructions=instructions,
        seed=seed,
    )
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                name=name.strip(),
                sampling=sampling,
                instructions=instructions.strip(),
                pairs_each=pairs_each,
                overlap=overlap,
                seed=seed,
                simulated=simulated,
                created_by=created_by,
            )
    except IntegrityError as error:  # somebody was faster since the check
        raise _name_taken(name) from error
    Assignment.objects.bulk_create(
        (
            Assignment(campaign=campaign, annotator=person, pair_id=pair, position=position)
            for person, hand in zip(plan.annotators, plan.hands, strict=True)
            for position, pair in enumerate(hand, start=1)
        ),
        batch_size=2_000,
    )
    return campaign


def close_campaign(*, campaign: Campaign) -> None:
    """Take no more answers. Closing a closed campaign keeps the day on which it was closed."""
    Campaign.objects.filter(pk=campaign.pk, closed=None).update(closed=timezone.now())
    campaign.refresh_from_db(fields=["closed"])


def reopen_campaign(*, campaign: Campaign) -> None:
    """Take answers again."""
    Campaign.objects.filter(pk=campaign.pk).update(closed=None)
    campaign.refresh_from_db(fields=["closed"])


def _check_campaign_texts(*, name: str, instructions: str, model_slugs: Sequence[str]) -> None:
    name = name.strip()
    if not name:
        raise UserError("Give the campaign a name.")
    if len(name) > LONGEST_NAME:
        raise UserError(f"A campaign's name may have at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if "\0" in name + instructions:
        raise UserError("Name and instructions may not contain NUL characters: remove them.")
    if Campaign.objects.filter(name=name).exists():
        raise _name_taken(name)
    for what, text in (("name", name), ("instructions", instructions)):
        if given_away := models_given_away(text, model_slugs):
            raise UserError(
                f"Annotators would read {', '.join(given_away)} in the campaign's {what}: "
                "leave models out, so that the labelling stays blind."
            )


def _name_taken(name: str) -> UserError:
    return UserError(f"There is a campaign named {name.strip()} already: choose another name.")


def _people_named(usernames: Sequence[str]) -> list[User]:
    """Accounts in the order given, each once."""
    wanted = list(dict.fromkeys(usernames))
    people = {person.username: person for person in User.objects.filter(username__in=wanted)}
    if unknown := [username for username in wanted if username not in people]:
        raise UserError(
            f"No account named {', '.join(unknown)}: "
            f"create it first (manage.py create_account {unknown[0]} --role annotator)."
        )
    return [people[username] for username in wanted]


# --- Answers ---------------------------------------------------------------------------------


@transaction.atomic
def record_annotation(
    *,
    assignment: Assignment,
    annotator: User,
    label: str,
    comment: str = "",
    seconds: float | None = None,
    submission: uuid.UUID | None = None,
    created: datetime | None = None,
) -> Annotation:
    """Store an answer and return it; a resend returns what is stored already.

    A resend says the same (label and comment) as the newest answer, or as the one with the same `submission`
    (one per shown form), so that a delayed resend does not undo a correction made meanwhile. Anything else is
    a correction and is appended, also where a form is answered again after the browser's Back.
    `created` is now unless an earlier time is replayed.

    Raises UserError for an answer that cannot be stored, and CampaignClosedError.
    """
    if label not in Label.values:
        raise UserError(f"There is no label {label or '(empty)'}: use one of {', '.join(Label.values)}.")
    comment = _clean_text(comment, what="A comment", longest=LONGEST_COMMENT)
    if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
        raise UserError("The seconds spent on a pair are a number from 0 up: leave them out if they are not known.")
    # Two clicks at once: the second waits here until the first is stored, then finds it.
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=assignment.pk)
    if assignment.annotator_id != annotator.pk:
        raise UserError("This pair was given to somebody else.")
    history = list(assignment.annotations.order_by("pk"))
    submission = _submission_key(history, submission or uuid.uuid4(), label=label, comment=comment)
    same_form = [stored for stored in history if stored.submission == submission]
    for stored in [*history[-1:], *same_form]:
        if (stored.label, stored.comment) == (label, comment):
            return stored
    if not assignment.campaign.is_open:
        raise CampaignClosedError("This campaign is closed and takes no more answers: ask its lead to reopen it.")
    return Annotation.objects.create(
        assignment=assignment,
        label=label,
        comment=comment,
        seconds=seconds,
        submission=submission,
        created=created or timezone.now(),
    )


def _submission_key(history: Sequence[Annotation], submission: uuid.UUID, *, label: str, comment: str) -> uuid.UUID:
    """The key to store this answer under: that of its form, unless the form was answered differently before.

    Then the key follows from the answer as well, so that resends of the second answer are known too.
    """
    first = next((stored for stored in history if stored.submission == submission), None)
    if first is None or (first.label, first.comment) == (label, comment):
        return submission
    return uuid.uuid5(submission, f"{label}\n{comment}")


@transaction.atomic
def write_reflection(*, campaign: Campaign, annotator: User, text: str) -> Reflection:
    """Keep what an annotator wrote about the work; a later one counts instead, the earlier stays on record.

    Welcome after the campaign has closed as well. Raises UserError for an empty text or for somebody
    who has no pairs in the campaign.
    """
    text = _clean_text(text, what="A reflection", longest=LONGEST_REFLECTION)
    if not text:
        raise UserError("Write a sentence or two before you send your reflections.")
    if not Assignment.objects.filter(campaign=campaign, annotator=annotator).exists():
        raise UserError("Only annotators of a campaign write reflections on it.")
    User.objects.select_for_update().get(pk=annotator.pk)  # a double click stores one
    newest = queries.newest_reflection(campaign=campaign, annotator=annotator)
    if newest is not None and newest.text == text:
        return newest
    return Reflection.objects.create(campaign=campaign, annotator=annotator, text=text)


def _clean_text(text: str, *, what: str, longest: int) -> str:
    """With one kind of line break, whatever browser it came from, and no white space around it."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise UserError(f"{what} may have at most {longest:,} characters; this one has {len(text):,}: shorten it.")
    if "\0" in text:
        raise UserError(f"{what} may not contain NUL characters: remove them.")
    return text
