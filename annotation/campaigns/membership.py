"""Joining a campaign late, leaving it early, and handing one's remaining pairs to somebody else.

The plan stays what `create_campaign` made it: a shared pair goes to everybody, any other pair to one person alone.
Who leaves frees the pairs that they have not dealt with; who joins gets the shared pairs, and others that nobody has.
Gold pairs come to whoever joins as well; pairs that are or were shown with their label come to nobody.
A campaign's row is locked meanwhile, so that two who join at once are dealt different pairs.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import QuerySet

from annotation.answers import queries
from annotation.answers.actions import CampaignClosedError
from annotation.guidance.hands import deal_gold
from annotation.guidance.queries import gold_labels, withheld_pairs
from annotation.models import Assignment, Campaign, LabellingEnd, ResultOpening
from annotation.vocabulary import CampaignState
from heritage.errors import UserError
from heritage.models import User
from linking.models import CandidatePair

from .dealing import deal_latecomer, deal_pairs, most_pairs_each


@transaction.atomic
def join_campaign(*, campaign: Campaign, annotator: User) -> int:
    """Deal a hand to somebody, or fill up that of somebody who has fewer pairs than planned. Returns pairs dealt.

    There may be fewer than planned, or none, where others have them all. A draft and a paused campaign can be
    joined. Raises CampaignClosedError.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.is_over:
        raise CampaignClosedError("This campaign is closed: ask its lead to reopen it before you join.")
    _check_blind(campaign, annotator)
    dealt = Assignment.objects.filter(campaign=campaign).order_by()
    taken = set(dealt.values_list("pair", flat=True))
    strata = _strata(campaign)
    if not taken:
        return _deal_first(campaign, [annotator], strata)
    shared = set(dealt.filter(shared=True).values_list("pair", flat=True))
    gold = gold_labels(campaign).keys()
    # Added to a hand that somebody has seen, a pair would be known as gold.
    shared = shared - gold if dealt.filter(annotator=annotator).exists() else shared | gold
    return _deal_late(
        campaign,
        annotator,
        strata,
        shared=shared,
        free=strata.keys() - taken,
        pairs_each=campaign.pairs_each,
    )


def _strata(campaign: Campaign) -> dict[int, int]:
    """The stratum of each pair of the campaign's sampling."""
    return dict(CandidatePair.objects.filter(sampling=campaign.sampling_id).values_list("pk", "stratum_id"))


def _deal_late(
    campaign: Campaign,
    annotator: User,
    strata: dict[int, int],
    *,
    shared: set[int],
    free: Collection[int],
    pairs_each: int | None,
) -> int:
    """Behind what they have: the shared pairs that they lack, and of the free ones as many as make `pairs_each`.

    `pairs_each` None: all that are free. Pairs that are kept from everybody are neither.
    """
    withheld = set(withheld_pairs(campaign).values_list("pk", flat=True))
    shared = shared - withheld
    free = set(free) - withheld - shared
    hand = Assignment.objects.filter(campaign=campaign, annotator=annotator)
    held = set(hand.values_list("pair", flat=True))
    missing = shared - held
    pairs = sorted(strata)
    place = {pair: number for number, pair in enumerate(pairs)}
    order = deal_latecomer(
        strata=[strata[pair] for pair in pairs],
        shared=[place[pair] for pair in sorted(missing)],
        free=[place[pair] for pair in sorted(free)],
        held=[place[pair] for pair in sorted(held)],
        pairs_each=len(missing) + len(held) + len(free) if pairs_each is None else pairs_each,
        # Another for each person and each time, the same again for the same state.
        seed=(campaign.seed, annotator.pk, len(held)),
    )
    last = hand.order_by("-position").values_list("position", flat=True).first() or 0
    Assignment.objects.bulk_create(
        Assignment(
            campaign=campaign,
            annotator=annotator,
            pair_id=pairs[number],
            position=position,
            shared=pairs[number] in shared,
        )
        for position, number in enumerate(order, start=last + 1)
    )
    return len(order)


def _deal_first(campaign: Campaign, people: Sequence[User], strata: dict[int, int]) -> int:
    """The first hands of a campaign settle which pairs everybody shares; gold ones are among them. Returns how many
    pairs each got by the campaign's own numbers; without people the pairs are dealt as if to one, and nobody gets them.
    """
    pairs = _dealt_from(campaign, strata)
    deal = deal_pairs(
        strata=[strata[pair] for pair in pairs],
        annotators=len(people) or 1,
        pairs_each=campaign.pairs_each,
        overlap=campaign.overlap,
        seed=campaign.seed,
    )
    shared = set(deal.shared)
    Assignment.objects.bulk_create(
        Assignment(
            campaign=campaign, annotator=person, pair_id=pairs[number], position=position, shared=number in shared
        )
        for person, hand in zip(people, deal.hands, strict=False)
        for position, number in enumerate(hand, start=1)
    )
    for pair in sorted(gold_labels(campaign)):
        deal_gold(campaign, pair, stratum=strata[pair])
    return len(deal.hands[0])


def _dealt_from(campaign: Campaign, strata: dict[int, int]) -> list[int]:
    """All pairs but those that are shown with their label."""
    return sorted(strata.keys() - set(withheld_pairs(campaign).values_list("pk", flat=True)))


def redeal_draft(*, campaign: Campaign, people: Sequence[User], pairs_each: int | None, overlap: float) -> None:
    """Deal a draft, locked by whoever calls, anew to `people`; `pairs_each` None: as many as there are. Pairs shown
    with their label come to nobody, gold pairs to everybody. Raises UserError; the caller's transaction undoes all."""
    strata = _strata(campaign)
    if pairs_each is None:
        pairs = len(_dealt_from(campaign, strata))
        pairs_each = most_pairs_each(pairs=pairs, annotators=len(people) or 1, overlap=overlap)
    campaign.pairs_each, campaign.overlap = pairs_each, overlap
    campaign.save(update_fields=["pairs_each", "overlap"])
    Assignment.objects.filter(campaign=campaign).delete()
    _deal_first(campaign, people, strata)


@transaction.atomic
def leave_campaign(*, campaign: Campaign, annotator: User) -> int:
    """Take back the pairs that somebody has neither answered nor skipped. Returns how many are free again.

    An answer on its way at this moment is either stored before, and its pair stays, or refused as withdrawn.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    freed, _ = _remaining(campaign, annotator).delete()
    return freed


@transaction.atomic
def stop_labelling(*, campaign: Campaign, annotator: User) -> int:
    """End somebody's labelling in a campaign that they lead, for good: the pairs that they have neither answered nor
    skipped are free again, and their answers stay as they are. Returns how many pairs are free. Doing it twice is
    doing it once.

    Raises UserError in a draft, where there is nothing to see yet, and for somebody without pairs.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state == CampaignState.DRAFT:
        raise UserError("Nobody has labelled in this draft: take yourself out of its annotators in its settings.")
    if not Assignment.objects.filter(campaign=campaign, annotator=annotator).exists():
        raise UserError("You have no pairs in this campaign.")
    LabellingEnd.objects.get_or_create(campaign=campaign, annotator=annotator)
    freed, _ = _remaining(campaign, annotator).delete()
    return freed


def _check_blind(campaign: Campaign, annotator: User) -> None:
    """Pairs are dealt to nobody who has seen what others answered."""
    looked = ResultOpening.objects.filter(campaign=campaign, person=annotator, answers__gt=0)
    if looked.exists() or LabellingEnd.objects.filter(campaign=campaign, annotator=annotator).exists():
        raise UserError(
            f"{annotator.username} has seen this campaign’s results and would not be blind: let somebody else label."
        )


def _remaining(campaign: Campaign, annotator: User) -> QuerySet[Assignment]:
    """What somebody has neither answered nor skipped, locked until the transaction ends."""
    hand = Assignment.objects.filter(campaign=campaign, annotator=annotator)
    # First locked, then looked at: an answer that was being stored is seen by the second statement only.
    locked = list(hand.select_for_update().order_by("pk").values_list("pk", flat=True))
    return queries.unanswered(Assignment.objects.filter(pk__in=locked))


@transaction.atomic
def reassign_remaining(*, campaign: Campaign, giver: User, receiver: User) -> int:
    """Hand the pairs that `giver` has neither answered nor skipped to `receiver`. Returns how many the receiver got.

    Pairs that everybody shares go to nobody twice: the receiver gets those that they lack. Answers stay with
    who gave them. Raises UserError where nothing is left to hand on, and CampaignClosedError.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.is_over:
        raise CampaignClosedError("This campaign takes no more answers: reopen it before you hand pairs on.")
    if giver.pk == receiver.pk:
        raise UserError("These are one and the same person: choose two.")
    _check_blind(campaign, receiver)
    dealt = Assignment.objects.filter(campaign=campaign).order_by()
    shared = set(dealt.filter(shared=True).values_list("pair", flat=True))
    remaining = _remaining(campaign, giver)
    given = set(remaining.values_list("pair", flat=True))
    if not given:
        raise UserError(f"{giver.username} has no pairs left to hand on.")
    remaining.delete()
    still_taken = set(dealt.filter(pair__in=given).values_list("pair", flat=True))
    free = given - shared - still_taken
    return _deal_late(campaign, receiver, _strata(campaign), shared=shared, free=free, pairs_each=None)
