"""Joining a campaign late and leaving it early.

The plan stays what `create_campaign` made it: a shared pair goes to everybody, any other pair to one person alone.
Who leaves frees the pairs that they have not dealt with; who joins gets the shared pairs, and others that nobody has.
A campaign's row is locked meanwhile, so that two who join at once are dealt different pairs.
"""

from django.db import transaction

from heritage.models import User
from linking.models import CandidatePair

from . import queries
from .actions import CampaignClosedError
from .dealing import deal_latecomer, deal_pairs
from .models import Assignment, Campaign


@transaction.atomic
def join_campaign(*, campaign: Campaign, annotator: User) -> int:
    """Deal a hand to somebody, or fill up that of somebody who has fewer pairs than planned. Returns pairs dealt.

    There may be fewer than planned, or none, where others have them all. A draft and a paused campaign can be
    joined. Raises CampaignClosedError.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.is_over:
        raise CampaignClosedError("This campaign is closed: ask its lead to reopen it before you join.")
    hand = Assignment.objects.filter(campaign=campaign, annotator=annotator)
    held = set(hand.values_list("pair", flat=True))
    dealt = Assignment.objects.filter(campaign=campaign).order_by()
    shared = set(dealt.filter(shared=True).values_list("pair", flat=True))
    taken = set(dealt.values_list("pair", flat=True))
    strata = dict(CandidatePair.objects.filter(sampling=campaign.sampling_id).values_list("pk", "stratum_id"))
    pairs = sorted(strata)
    place = {pair: number for number, pair in enumerate(pairs)}
    if not dealt.exists():
        return _deal_first(campaign, annotator, strata)
    order = deal_latecomer(
        strata=[strata[pair] for pair in pairs],
        shared=[place[pair] for pair in sorted(shared - held)],
        free=[place[pair] for pair in pairs if pair not in taken],
        held=[place[pair] for pair in sorted(held)],
        pairs_each=campaign.pairs_each,
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


def _deal_first(campaign: Campaign, annotator: User, strata: dict[int, int]) -> int:
    """The first hand of a campaign settles which pairs everybody shares."""
    pairs = sorted(strata)
    deal = deal_pairs(
        strata=[strata[pair] for pair in pairs],
        annotators=1,
        pairs_each=campaign.pairs_each,
        overlap=campaign.overlap,
        seed=campaign.seed,
    )
    shared = set(deal.shared)
    Assignment.objects.bulk_create(
        Assignment(
            campaign=campaign, annotator=annotator, pair_id=pairs[number], position=position, shared=number in shared
        )
        for position, number in enumerate(deal.hands[0], start=1)
    )
    return len(deal.hands[0])


@transaction.atomic
def leave_campaign(*, campaign: Campaign, annotator: User) -> int:
    """Take back the pairs that somebody has neither answered nor skipped. Returns how many are free again.

    An answer on its way at this moment is either stored before, and its pair stays, or refused as withdrawn.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    hand = Assignment.objects.filter(campaign=campaign, annotator=annotator)
    # First locked, then looked at: an answer that was being stored is seen by the second statement only.
    locked = list(hand.select_for_update().order_by("pk").values_list("pk", flat=True))
    left = queries.unanswered(Assignment.objects.filter(pk__in=locked))
    freed, _ = left.delete()
    return freed
