"""Opening, closing and reopening a campaign."""

from collections import Counter

import pytest

from annotation.campaigns.actions import close_campaign, create_campaign, set_campaign_state
from annotation.models import Assignment, Campaign
from annotation.vocabulary import CampaignState
from heritage.errors import UserError
from tests.factories import SamplingFactory, UserFactory, sampling_with_pairs

pytestmark = pytest.mark.django_db


def open_campaign(**changes):
    arguments = {"name": "Pilot", "sampling": None, "annotators": [], "pairs_each": 4} | changes
    arguments["sampling"] = arguments["sampling"] or sampling_with_pairs()
    arguments["annotators"] = arguments["annotators"] or [UserFactory().username]
    return create_campaign(**arguments)


def order_of(campaign, username):
    assignments = Assignment.objects.filter(campaign=campaign, annotator__username=username)
    return list(assignments.order_by("position").values_list("pair_id", flat=True))


def test_each_annotator_gets_own_pairs_in_positions_from_one():
    people = [UserFactory().username for _ in range(3)]
    campaign = open_campaign(annotators=people)
    orders = [order_of(campaign, person) for person in people]
    assert all(len(order) == 4 for order in orders)
    assert len(set().union(*orders)) == 12
    for person in people:
        positions = campaign.assignments.filter(annotator__username=person).values_list("position", flat=True)
        assert sorted(positions) == [1, 2, 3, 4]


def test_the_overlap_is_shared_by_all_in_orders_of_their_own():
    people = [UserFactory().username for _ in range(2)]
    campaign = open_campaign(annotators=people, sampling=sampling_with_pairs(8), pairs_each=12, overlap=0.5)
    first, second = (order_of(campaign, person) for person in people)
    shared = set(first) & set(second)
    assert len(shared) == 6
    assert [pair for pair in first if pair in shared] != [pair for pair in second if pair in shared]


def test_sets_are_even_over_strata():
    person = UserFactory().username
    campaign = open_campaign(annotators=[person], pairs_each=9)
    strata = Counter(campaign.assignments.values_list("pair__stratum", flat=True))
    assert set(strata.values()) == {3}


def test_an_annotator_named_twice_counts_once():
    person = UserFactory().username
    campaign = open_campaign(annotators=[person, person])
    assert campaign.assignments.count() == 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"annotators": ["nobody-here"]}, "No account named nobody-here"),
        ({"pairs_each": 13}, "need 13 pairs and the sampling has 12"),
        ({"pairs_each": 0}, "at least one pair"),
        ({"overlap": 1.5}, "share from 0 to 1"),
        ({"name": "  "}, "Give the campaign a name"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "a\0b"}, "NUL"),
        ({"name": "Is model-one better?"}, "Annotators would read model-one in the campaign's name"),
        ({"instructions": "These come from MODEL-TWO."}, "Annotators would read model-two"),
        ({"seed": -1}, "seed is a whole number"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused_and_nothing_is_kept(changes, sentence):
    with pytest.raises(UserError, match=sentence):
        open_campaign(**changes)
    assert not Campaign.objects.exists()
    assert not Assignment.objects.exists()


def test_a_campaign_without_annotators_is_refused():
    with pytest.raises(UserError, match="at least one annotator"):
        create_campaign(name="Pilot", sampling=sampling_with_pairs(), annotators=[], pairs_each=1)


def test_a_sampling_without_pairs_is_refused():
    with pytest.raises(UserError, match="has no pairs"):
        open_campaign(sampling=SamplingFactory())


def test_a_name_is_taken_once():
    open_campaign()
    with pytest.raises(UserError, match="There is a campaign named Pilot already"):
        open_campaign(name=" Pilot ")


def test_closing_keeps_the_day_and_reopening_forgets_it():
    campaign = open_campaign()
    close_campaign(campaign=campaign)
    closed = campaign.closed
    assert closed is not None
    close_campaign(campaign=campaign)
    assert campaign.closed == closed
    set_campaign_state(campaign=campaign, state=CampaignState.OPEN)
    assert campaign.is_open
