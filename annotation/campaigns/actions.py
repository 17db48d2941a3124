"""Everything that writes campaigns. Answers and reflections are in `annotation.answers.actions`.

Import of annotations is in `annotation.exchange`; who joins and leaves in `annotation.campaigns.membership`; the
labels of a campaign in `annotation.labels.actions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from annotation.labels.actions import change_scheme
from annotation.labels.finer import FinerLabelDraft, check_finer_labels
from annotation.labels.four import DEFAULT_LABELS, LabelDraft, check_labels
from annotation.labels.queries import has_answers
from annotation.models import Annotation, Assignment, Campaign, CampaignChange, PracticeAnswer, Skip
from annotation.visibility import models_given_away
from annotation.vocabulary import CampaignState
from heritage.accounts.actions import people_named
from heritage.errors import UserError
from heritage.models import User
from linking.models import CandidatePair, Sampling

from .analysis_plan import record_plan
from .dealing import deal_pairs, most_pairs_each
from .membership import redeal_draft

LONGEST_NAME = 200
LATEST_YEAR = 9998  # a day later, in UTC, the next one has five digits somewhere in the world


@dataclass(frozen=True)
class CampaignDeal:
    """Who will get which pairs: `hands` has, for each annotator, primary keys of pairs in order of showing.

    `shared` are those that everybody gets; `pairs_each` is what was asked for, or else all that there are.
    """

    pairs_each: int
    annotators: tuple[User, ...]
    hands: tuple[tuple[int, ...], ...]
    shared: frozenset[int]
    strata: Mapping[int, int]


def deal_campaign(
    *,
    name: str,
    sampling: Sampling,
    annotators: Sequence[str],
    pairs_each: int | None,
    overlap: float,
    instructions: str,
    seed: int,
    draft: bool = False,
    deadline: datetime | None = None,
    labels: Sequence[LabelDraft] = (),
    finer_labels: Sequence[FinerLabelDraft] = (),
) -> CampaignDeal:
    """Check all that `create_campaign` is asked for and deal the pairs, without writing anything.

    `annotators` are usernames; one named twice counts once. `pairs_each` None: as many as there are for each.
    Raises UserError.
    """
    if deadline is not None:
        _check_deadline(deadline)
    _check_campaign_texts(name=name, instructions=instructions, model_slugs=sampling.model_slugs)
    own_labels = check_labels(labels or DEFAULT_LABELS, model_slugs=sampling.model_slugs)
    check_finer_labels(finer_labels, labels=own_labels, model_slugs=sampling.model_slugs)
    people = people_named(annotators)
    strata = dict(CandidatePair.objects.filter(sampling=sampling).order_by("pk").values_list("pk", "stratum_id"))
    if not strata:
        raise UserError(f"The sampling {sampling.name} has no pairs: draw one that has.")
    pairs = list(strata)
    # A draft may wait for those who are invited to it: the first of them is dealt what is dealt to one here.
    hands = len(people) or int(draft)
    if pairs_each is None and hands:
        pairs_each = most_pairs_each(pairs=len(strata), annotators=hands, overlap=overlap)
    deal = deal_pairs(
        strata=list(strata.values()),
        annotators=hands,
        pairs_each=pairs_each or 0,
        overlap=overlap,
        seed=seed,
    )
    return CampaignDeal(
        pairs_each=pairs_each or 0,
        annotators=tuple(people),
        hands=tuple(tuple(pairs[i] for i in hand) for hand in deal.hands[: len(people)]),
        shared=frozenset(pairs[i] for i in deal.shared),
        strata=strata,
    )


@transaction.atomic
def create_campaign(
    *,
    name: str,
    sampling: Sampling,
    annotators: Sequence[str],
    pairs_each: int | None = 100,
    overlap: float = 0.0,
    instructions: str = "",
    intentions: str = "",
    seed: int = 0,
    simulated: bool = False,
    created_by: User | None = None,
    draft: bool = False,
    deadline: datetime | None = None,
    labels: Sequence[LabelDraft] = (),
    finer_labels: Sequence[FinerLabelDraft] = (),
) -> Campaign:
    """Open a campaign and deal a sampling's pairs to annotators (usernames), to each in an own random order.

    `pairs_each` None: as many as there are for each. A share `overlap` of everyone's pairs is the same for all; the
    others are seen by one annotator alone.
    Annotators do not see a `draft` until it is opened, and it may have none yet. After its `deadline` a campaign
    takes no answers. `intentions` are for the plan that is kept when it opens. `labels` are the four as the campaign
    calls and shows them, none where they stay as they are, and `finer_labels` are added under them. Raises UserError
    where a name is unknown or taken, a label cannot be, or there are too few pairs.
    """
    plan = deal_campaign(
        name=name,
        sampling=sampling,
        annotators=annotators,
        pairs_each=pairs_each,
        overlap=overlap,
        instructions=instructions,
        seed=seed,
        draft=draft,
        deadline=deadline,
        labels=labels,
        finer_labels=finer_labels,
    )
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                name=name.strip(),
                sampling=sampling,
                instructions=instructions.strip(),
                intentions=_intentions(intentions),
                pairs_each=plan.pairs_each,
                overlap=overlap,
                seed=seed,
                simulated=simulated,
                created_by=created_by,
                opened=None if draft else timezone.now(),
                deadline=deadline,
            )
    except IntegrityError as error:  # somebody was faster since the check
        raise _name_taken(name) from error
    _note_change(campaign, created_by)
    if labels or finer_labels:
        change_scheme(campaign=campaign, labels=labels, added=finer_labels, changed_by=created_by)
    Assignment.objects.bulk_create(
        (
            Assignment(campaign=campaign, annotator=person, pair_id=pair, position=position, shared=pair in plan.shared)
            for person, hand in zip(plan.annotators, plan.hands, strict=True)
            for position, pair in enumerate(hand, start=1)
        ),
        batch_size=2_000,
    )
    if not draft:
        record_plan(campaign)
    return campaign


@transaction.atomic
def set_campaign_state(*, campaign: Campaign, state: str, changed_by: User | None = None) -> None:
    """Open, pause or close a campaign; `campaign` is brought up to date. The state that it has already stays as it is.

    Raises UserError for a state that there is not, and for a draft that is to be paused.
    """
    current = Campaign.objects.select_for_update().get(pk=campaign.pk)
    now = timezone.now()
    if state == CampaignState.DRAFT or state not in CampaignState.values:
        raise UserError(f"A campaign cannot be made {state or '(empty)'}: use open, paused or closed.")
    if current.state != state:
        if state == CampaignState.PAUSED and current.state != CampaignState.OPEN:
            raise UserError("Only an open campaign can be paused: open it first.")
        if state == CampaignState.CLOSED:
            current.closed = now
        else:
            current.opened = current.opened or now
            current.paused = now if state == CampaignState.PAUSED else None
            current.closed = None
        current.save(update_fields=["opened", "paused", "closed"])
        _note_change(current, changed_by)
        if state == CampaignState.OPEN and not has_answers(current):
            record_plan(current)
    campaign.refresh_from_db(fields=["opened", "paused", "closed"])


def close_campaign(*, campaign: Campaign, changed_by: User | None = None) -> None:
    """Take no more answers. Closing a closed campaign keeps the day on which it was closed."""
    set_campaign_state(campaign=campaign, state=CampaignState.CLOSED, changed_by=changed_by)


@transaction.atomic
def set_deadline(*, campaign: Campaign, deadline: datetime | None, changed_by: User | None = None) -> None:
    """Take answers until then; None: for as long as it is open. Raises UserError for a time that is past."""
    current = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if current.deadline != deadline:
        if deadline is not None:
            _check_deadline(deadline)
        current.deadline = deadline
        current.save(update_fields=["deadline"])
        _note_change(current, changed_by)
    campaign.refresh_from_db(fields=["deadline"])


def _check_deadline(deadline: datetime) -> None:
    if deadline <= timezone.now():
        raise UserError("The deadline is past already: choose a later one.")
    if deadline.year > LATEST_YEAR:
        raise UserError(f"The deadline is after the year {LATEST_YEAR}: choose an earlier one, or none.")


def _note_change(campaign: Campaign, changed_by: User | None) -> None:
    CampaignChange.objects.create(
        campaign=campaign, state=campaign.state, deadline=campaign.deadline, changed_by=changed_by
    )


@transaction.atomic
def edit_campaign(*, campaign: Campaign, name: str, instructions: str) -> None:
    """Give a campaign another name and other instructions, also while people label. Raises UserError."""
    current = Campaign.objects.select_for_update(of=("self",)).select_related("sampling").get(pk=campaign.pk)
    _check_campaign_texts(
        name=name, instructions=instructions, model_slugs=current.sampling.model_slugs, but_for=current
    )
    try:
        with transaction.atomic():
            Campaign.objects.filter(pk=current.pk).update(name=name.strip(), instructions=instructions.strip())
    except IntegrityError as error:  # somebody was faster since the check
        raise _name_taken(name) from error
    campaign.refresh_from_db(fields=["name", "instructions"])


@transaction.atomic
def edit_draft(
    *, campaign: Campaign, annotators: Sequence[str], pairs_each: int | None, overlap: float, intentions: str = ""
) -> None:
    """Deal a draft anew: to other people, with more or fewer pairs. Raises UserError for a campaign that has begun,
    and where the pairs do not suffice; the hands then stay."""
    current = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if current.state != CampaignState.DRAFT or has_answers(current):
        raise UserError("This campaign has begun: its people come and go under People, its size stays.")
    redeal_draft(campaign=current, people=people_named(annotators), pairs_each=pairs_each, overlap=overlap)
    Campaign.objects.filter(pk=current.pk).update(intentions=_intentions(intentions))
    campaign.refresh_from_db(fields=["pairs_each", "overlap", "intentions"])


def dependents(campaign: Campaign) -> str:
    """What people have given to a campaign, which keeps it from being deleted; empty where there is nothing."""
    answers = Annotation.objects.filter(assignment__campaign=campaign).count()
    skips = Skip.objects.filter(assignment__campaign=campaign).count()
    practice = PracticeAnswer.objects.filter(practice__campaign=campaign).count()
    said = [
        *([f"{answers:,} answer{'s' * (answers != 1)}"] if answers else []),
        *([f"{skips:,} skipped pair{'s' * (skips != 1)}"] if skips else []),
        *([f"{practice:,} practice answer{'s' * (practice != 1)}"] if practice else []),
        *(["reflections"] if campaign.reflections.exists() else []),
    ]
    return " and ".join(said)


@transaction.atomic
def delete_campaign(*, campaign: Campaign) -> None:
    """Take away a campaign to which nobody has given anything. Raises UserError that says what there is."""
    current = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if given := dependents(current):
        raise UserError(f"{current.name} has {given}. What people gave is kept: close it instead of deleting it.")
    try:
        current.delete()
    except ProtectedError as error:
        raise UserError(f"Something else builds on {current.name}: close it instead of deleting it.") from error


def _check_campaign_texts(
    *, name: str, instructions: str, model_slugs: Sequence[str], but_for: Campaign | None = None
) -> None:
    name = name.strip()
    if not name:
        raise UserError("Give the campaign a name.")
    if len(name) > LONGEST_NAME:
        raise UserError(f"A campaign's name may have at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if "\0" in name + instructions:
        raise UserError("Name and instructions may not contain NUL characters: remove them.")
    if Campaign.objects.filter(name=name).exclude(pk__in=[but_for.pk] if but_for else []).exists():
        raise _name_taken(name)
    for what, text in (("name", name), ("instructions", instructions)):
        if given_away := models_given_away(text, model_slugs):
            raise UserError(
                f"Annotators would read {', '.join(given_away)} in the campaign's {what}: "
                "leave models out, so that the labelling stays blind."
            )


def _intentions(words: str) -> str:
    if "\0" in words:
        raise UserError("The intentions may not contain NUL characters: remove them.")
    return words.strip()


def _name_taken(name: str) -> UserError:
    return UserError(f"There is a campaign named {name.strip()} already: choose another name.")
