"""Everything that writes example, practice and gold pairs, and answers to practice pairs.

Two records are an example, a practice pair or gold, never two of these: what annotators were told the label of says
nothing of them. Marked anew with another label or note, a pair's earlier mark is withdrawn and stays on record.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.answers.actions import CampaignClosedError
from annotation.models import Campaign, GoldPair, GuidancePair, PracticeAnswer
from annotation.submissions import same_or_key
from annotation.visibility import models_given_away
from annotation.vocabulary import CampaignState, Guidance, Label
from heritage.errors import UserError
from heritage.models import Collection, Record, User
from heritage.texts import clean_text
from linking.models import CandidatePair

from .hands import deal_gold, take_back
from .queries import campaign_collections, current_gold, withheld_pairs

GOLD = "gold"
KINDS = (*Guidance.values, GOLD)
LONGEST_NOTE = 1_000
PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class Mark:
    """What somebody asks for. `a` and `b` are record ids, or COLLECTION:ID where several collections have the id."""

    kind: str
    a: str
    b: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Marked:
    """What became of it. `taken_back`: out of so many hands; `holders`: annotators who have the pair (gold)."""

    kind: str
    changed: bool
    taken_back: int = 0
    holders: int = 0


@transaction.atomic
def mark_pair(*, campaign: Campaign, mark: Mark, marked_by: User | None = None) -> Marked:
    """Make two records an example, a practice pair, or gold. What they are already they stay.

    An example or a practice pair is dealt to nobody from then on, and taken out of the hands of those who have not
    answered it. Gold is a pair of the sampling; marked in a draft it is dealt to everybody, marked later it changes
    no hand that there is, and comes to whoever joins. Raises UserError.
    """
    # One at a time in a campaign, as with joining and leaving.
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("sampling").get(pk=campaign.pk)
    if mark.kind not in KINDS:
        raise UserError(f"A pair cannot be made {mark.kind or '(empty)'}: use {', '.join(KINDS)}.")
    label = mark.label.strip().lower().replace(" ", "_")
    if label not in Label.values:
        raise UserError(f"There is no label {mark.label or '(empty)'}: use one of {', '.join(Label.values)}.")
    note = clean_text(mark.note, what="A note", longest=LONGEST_NOTE)
    a, b = _two_records(campaign_collections(campaign), mark.a, mark.b)
    if mark.kind == GOLD:
        return _mark_gold(campaign, a, b, label, note, marked_by)
    if mark.kind == Guidance.PRACTICE and not note:
        raise UserError("Write a sentence of feedback: annotators read it after their answer.")
    if given_away := models_given_away(note, campaign.sampling.model_slugs):
        raise UserError(f"Annotators would read {', '.join(given_away)} in the note: leave models out.")
    return _mark_guidance(campaign, mark.kind, a, b, label, note, marked_by)


def _mark_guidance(
    campaign: Campaign, kind: str, a: Record, b: Record, label: str, note: str, marked_by: User | None
) -> Marked:
    pairs = _pairs_of(campaign, a, b)
    if current_gold(campaign).filter(pair__in=pairs.order_by().values("pk")).exists():
        raise UserError(f"{a.record_id} and {b.record_id} are a gold pair: take the gold mark away first.")
    found = GuidancePair.objects.filter(campaign=campaign, a=a, b=b, withdrawn=None).first()
    if found is not None:
        if (found.kind, found.label, found.note) == (kind, label, note):
            return Marked(kind=kind, changed=False)
        withdraw_mark(mark=found)
    GuidancePair.objects.create(campaign=campaign, kind=kind, a=a, b=b, label=label, note=note, created_by=marked_by)
    return Marked(kind=kind, changed=True, taken_back=take_back(campaign, pairs))


def _mark_gold(campaign: Campaign, a: Record, b: Record, label: str, note: str, marked_by: User | None) -> Marked:
    names = f"{a.record_id} and {b.record_id}"
    pair = _pairs_of(campaign, a, b).first()
    if pair is None:
        raise UserError(f"{names} are no pair of this campaign's sampling: gold pairs are chosen among those.")
    if withheld_pairs(campaign).filter(pk=pair.pk).exists():
        raise UserError(
            f"{names} are or were an example or practice pair, whose label annotators know: choose another."
        )
    holders = pair.assignments.filter(campaign=campaign)
    found = current_gold(campaign).filter(pair=pair).first()
    if found is not None:
        if (found.label, found.note) == (label, note):
            return Marked(kind=GOLD, changed=False, holders=holders.count())
        withdraw_mark(mark=found)
    GoldPair.objects.create(campaign=campaign, pair=pair, label=label, note=note, created_by=marked_by)
    if campaign.state == CampaignState.DRAFT:
        deal_gold(campaign, pair.pk, stratum=pair.stratum_id)
    return Marked(kind=GOLD, changed=True, holders=holders.count())


def _pairs_of(campaign: Campaign, a: Record, b: Record) -> QuerySet[CandidatePair]:
    """Of the sampling, whichever way round."""
    return CandidatePair.objects.filter(Q(a=a, b=b) | Q(a=b, b=a), sampling=campaign.sampling_id)


def _two_records(collections: Sequence[Collection], a: str, b: str) -> tuple[Record, Record]:
    """The record of the first collection first, as pairs lie."""
    first, second = _find_record(collections, a), _find_record(collections, b)
    if first == second:
        raise UserError(f"{first.record_id} is named twice: a pair has two records.")
    place = {collection.pk: number for number, collection in enumerate(collections)}
    if place[first.collection_id] > place[second.collection_id]:
        first, second = second, first
    return first, second


def _find_record(collections: Sequence[Collection], text: str) -> Record:
    text = text.strip()
    if not text or "\0" in text:
        raise UserError("Name two records by their identifiers.")
    slug, _, rest = text.partition(":")
    records = Record.objects.filter(collection__in=collections).select_related("collection")
    found = list(records.filter(collection__slug=slug, record_id=rest) or records.filter(record_id=text))
    if len(found) == 1:
        return found[0]
    if found:
        wheres = " or ".join(f"{record.collection.slug}:{text}" for record in found)
        raise UserError(f"Several collections have a record {text}: write {wheres}.")
    slugs = ", ".join(collection.slug for collection in collections) or "this campaign"
    raise UserError(f"There is no record {text} in {slugs}: check the identifier.")


@transaction.atomic
def mark_pairs(
    *, campaign: Campaign, marks: Sequence[tuple[int, Mark]], marked_by: User | None = None, dry_run: bool = False
) -> list[Marked]:
    """`mark_pair` for many, each with the line that it comes from: all of them or, where one is wrong, none.

    Raises UserError that names the first few lines that are wrong.
    """
    problems, done = [], []
    for line, mark in marks:
        try:
            done.append(mark_pair(campaign=campaign, mark=mark, marked_by=marked_by))
        except UserError as error:
            problems.append(f"line {line}: {error}")
    if problems:
        more = f" And {len(problems) - PROBLEMS_SHOWN} more." if len(problems) > PROBLEMS_SHOWN else ""
        raise UserError(f"Nothing was stored. {' '.join(problems[:PROBLEMS_SHOWN])}{more}")
    if dry_run:
        transaction.set_rollback(True)
    return done


@transaction.atomic
def withdraw_mark(*, mark: GuidancePair | GoldPair) -> None:
    """A pair is no example, practice pair or gold any more. Withdrawing twice changes nothing.

    Annotators may have seen an example or a practice pair, so that it still comes to nobody; in a draft nobody has,
    and it is as if it had never been marked.
    """
    campaign = Campaign.objects.select_for_update().get(pk=mark.campaign_id)
    marks: QuerySet[GoldPair] | QuerySet[GuidancePair] = (
        campaign.gold_pairs.filter(pk=mark.pk)
        if isinstance(mark, GoldPair)
        else campaign.guidance_pairs.filter(pk=mark.pk)
    )
    if campaign.state == CampaignState.DRAFT:
        marks.delete()
    else:
        marks.filter(withdrawn=None).update(withdrawn=timezone.now())


@transaction.atomic
def answer_practice(
    *, practice: GuidancePair, annotator: User, label: str, submission: uuid.UUID | None = None
) -> PracticeAnswer:
    """Store an answer to a practice pair and return it; a resend returns what is stored already.

    Raises UserError for a label that there is not or a pair that is no practice any more, and CampaignClosedError.
    """
    if label not in Label.values:
        raise UserError("Choose one of the four labels.")
    practice = GuidancePair.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=practice.pk)
    if practice.kind != Guidance.PRACTICE or practice.withdrawn:
        raise UserError("This pair is no practice pair any more: go on with the next one.")
    if practice.campaign.refusal:
        raise CampaignClosedError(practice.campaign.refusal)
    mine = PracticeAnswer.objects.filter(practice=practice, annotator=annotator).order_by("pk")
    same, submission = same_or_key(list(mine), submission, {"label": label})
    if same:
        return same
    return PracticeAnswer.objects.create(practice=practice, annotator=annotator, label=label, submission=submission)
