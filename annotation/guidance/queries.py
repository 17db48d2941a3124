"""What is read of example, practice and gold pairs. What annotators may see of it is decided in `visibility`."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from annotation.models import Campaign, GoldPair, GuidancePair, PracticeAnswer
from annotation.vocabulary import Guidance
from heritage.models import Collection, User
from linking.models import CandidatePair


def current_guidance(campaign: Campaign, kind: str) -> QuerySet[GuidancePair]:
    """Those of a kind that have not been withdrawn, in the order in which they are shown."""
    # Said here as well: the model's own order is lost where something is counted.
    return GuidancePair.objects.filter(campaign=campaign, kind=kind, withdrawn=None).order_by("created", "pk")


def current_gold(campaign: Campaign) -> QuerySet[GoldPair]:
    return GoldPair.objects.filter(campaign=campaign, withdrawn=None).order_by("pk")


def gold_labels(campaign: Campaign) -> dict[int, str]:
    """{primary key of a pair: its gold label}."""
    return dict(current_gold(campaign).values_list("pair", "label"))


def withheld_pairs(campaign: Campaign) -> QuerySet[CandidatePair]:
    """Pairs of the sampling that nobody is dealt: they are or were an example or a practice pair, which tells their
    label. Whichever way round."""
    this = Q(a=OuterRef("a"), b=OuterRef("b")) | Q(a=OuterRef("b"), b=OuterRef("a"))
    guided = GuidancePair.objects.filter(campaign=campaign).order_by()
    # First the few pairs of such records, so that a large sampling is not gone through pair by pair.
    records = guided.values("a").union(guided.values("b"))
    pairs = CandidatePair.objects.filter(sampling=campaign.sampling_id, a__in=records, b__in=records)
    return pairs.filter(Exists(guided.filter(this)))


def practice_done(user: User, campaign: Campaign) -> QuerySet[GuidancePair]:
    """The current practice pairs that `user` has answered. An answer holds for a pair that was marked anew with the
    same label, as after its sentence was reworded."""
    answer = PracticeAnswer.objects.filter(
        annotator=user,
        practice__campaign=campaign,
        practice__a=OuterRef("a"),
        practice__b=OuterRef("b"),
        practice__label=OuterRef("label"),
    )
    return current_guidance(campaign, Guidance.PRACTICE).filter(Exists(answer))


def next_practice(user: User, campaign: Campaign) -> GuidancePair | None:
    """The first practice pair that `user` has not answered."""
    done = practice_done(user, campaign).order_by().values("pk")
    return current_guidance(campaign, Guidance.PRACTICE).exclude(pk__in=done).first()


def newest_practice_answer(user: User, practice: GuidancePair) -> PracticeAnswer | None:
    answers = PracticeAnswer.objects.filter(
        annotator=user,
        practice__campaign=practice.campaign_id,
        practice__a=practice.a_id,
        practice__b=practice.b_id,
        practice__label=practice.label,
    )
    return answers.order_by("-pk").first()


def campaign_collections(campaign: Campaign) -> list[Collection]:
    """The collections whose records a campaign compares, in the recipe's order; of imported pairs, theirs."""
    slugs = campaign.sampling.recipe.get("collections") or []
    if slugs:
        known = {collection.slug: collection for collection in Collection.objects.filter(slug__in=slugs)}
        return [known[slug] for slug in slugs if slug in known]
    pairs = CandidatePair.objects.filter(sampling=campaign.sampling_id).order_by()
    sides = [pairs.values_list(f"{side}__collection", flat=True).distinct() for side in "ab"]
    found = list(dict.fromkeys(each for side in sides for each in side if each))
    known_by_id = Collection.objects.in_bulk(found)
    return [known_by_id[each] for each in found]


def choosable_pairs(campaign: Campaign, words: str = "") -> QuerySet[CandidatePair]:
    """The campaign's pairs of which a record's name has `words`, or whose identifier is that; the shared ones first.

    `holders` counts the annotators who have the pair.
    """
    pairs = CandidatePair.objects.filter(sampling=campaign.sampling_id, a__isnull=False, b__isnull=False)
    for word in words.split():
        side = [Q(**{f"{name}__{field}__icontains": word}) for name in "ab" for field in ("name", "record_id")]
        pairs = pairs.filter(side[0] | side[1] | side[2] | side[3])
    holders = Count("assignments", filter=Q(assignments__campaign=campaign))
    return pairs.annotate(holders=holders).order_by(F("holders").desc(), "pk")
