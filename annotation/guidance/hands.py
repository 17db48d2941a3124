"""What marking a pair does to the hands that were dealt already.

Nobody may see from their hand which pair is gold: no hand that its annotator may have seen gets one more, or another
one in place of what was there. An example or a practice pair leaves the hands openly: its label is about to be told.
"""

import numpy as np
from django.db.models import QuerySet

from annotation.answers import queries
from annotation.models import Assignment, Campaign
from linking.models import CandidatePair


def deal_gold(campaign: Campaign, pair: int, *, stratum: int) -> None:
    """Give everybody who has a hand the pair, in place of another one at random, of the same stratum where they have
    one. Only for hands that nobody has seen yet.

    It takes the place of a pair of their own; where all are shared, of the same shared one in every hand.
    """
    dealt = Assignment.objects.filter(campaign=campaign).order_by()
    gold = campaign.gold_pairs.filter(withdrawn=None).values("pair")
    have = set(dealt.filter(pair=pair).values_list("annotator", flat=True))
    for annotator in sorted(set(dealt.values_list("annotator", flat=True)) - have):
        hand = dealt.filter(annotator=annotator).exclude(pair__in=gold).select_related("pair").order_by("pair")
        hand = queries.unanswered(hand)  # a draft may have answers that were imported
        kept = [each for each in hand if not each.shared] or list(hand)
        choices = [each for each in kept if each.pair.stratum_id == stratum] or kept
        if not choices:
            continue  # all that they have is gold
        random = np.random.default_rng(np.random.SeedSequence([campaign.seed, pair]))
        given_up = choices[random.integers(len(choices))]
        place = {"campaign": campaign, "annotator_id": annotator, "position": given_up.position}
        given_up.delete()
        Assignment.objects.create(pair_id=pair, **place)
    dealt.filter(pair=pair).update(shared=True)


def take_back(campaign: Campaign, pairs: QuerySet[CandidatePair]) -> int:
    """Take pairs out of the hands of those who have neither answered nor skipped them. Returns out of how many.

    The last pair that somebody still has to answer moves into the gap, so that the places stay 1, 2, 3 ...
    """
    dealt = Assignment.objects.filter(campaign=campaign, pair__in=pairs.order_by().values("pk"))
    locked = list(dealt.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    gone = list(queries.unanswered(Assignment.objects.filter(pk__in=locked)))
    for assignment in gone:
        Assignment.objects.filter(pk=assignment.pk).delete()
        hand = Assignment.objects.filter(campaign=campaign, annotator=assignment.annotator_id)
        last = hand.order_by("-position").first()
        if last and last.position > assignment.position and queries.unanswered(hand.filter(pk=last.pk)).exists():
            hand.filter(pk=last.pk).update(position=assignment.position)
    return len(gone)
