"""Joining and leaving while others label, on a real PostgreSQL with real threads: everybody gets what was planned."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from annotation.answers.actions import AssignmentWithdrawnError, CampaignClosedError, record_annotation
from annotation.answers.queries import next_unanswered
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.membership import join_campaign, leave_campaign
from annotation.models import Annotation, Assignment, Campaign
from heritage.models import User
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls return, each in a thread of its own, all begun together."""
    together = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            together.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def people_of_pairs(campaign: Campaign, *, shared: bool) -> Counter[int]:
    return Counter(campaign.assignments.filter(shared=shared).order_by().values_list("pair", flat=True))


def label_until_done(campaign: Campaign, person: User, *, stop_after: int = 1_000) -> int:
    """Answer pair after pair as the API does; how many were acknowledged."""
    acknowledged = 0
    while acknowledged < stop_after:
        assignment = next_unanswered(Assignment.objects.filter(campaign=campaign, annotator=person))
        if assignment is None:
            break
        try:
            record_annotation(assignment=assignment, annotator=person, label="unrelated")
        except AssignmentWithdrawnError:
            continue
        acknowledged += 1
    return acknowledged


def test_people_who_join_at_once_are_dealt_different_pairs() -> None:
    founder, *late = UserFactory.create_batch(9)
    sampling = sampling_with_pairs(per_stratum=40)  # 120 pairs; each hand: 4 shared and 6 own
    campaign = create_campaign(
        name="Late", sampling=sampling, annotators=[founder.username], pairs_each=10, overlap=0.4
    )
    dealt = at_once([lambda person=person: join_campaign(campaign=campaign, annotator=person) for person in late])
    assert sorted(dealt) == [10] * 8
    assert set(people_of_pairs(campaign, shared=True).values()) == {9}
    assert len(people_of_pairs(campaign, shared=True)) == 4
    assert set(people_of_pairs(campaign, shared=False).values()) == {1}
    for person in late:
        hand = campaign.assignments.filter(annotator=person).order_by("position")
        assert [each.position for each in hand] == list(range(1, 11))
        strata = Counter(hand.values_list("pair__stratum", flat=True))
        assert max(strata.values()) - min(strata.values()) <= 1
    orders = {
        tuple(campaign.assignments.filter(annotator=each, shared=True).values_list("pair", flat=True)) for each in late
    }
    assert len(orders) > 1


def test_joining_twice_at_once_deals_one_hand() -> None:
    founder, late = UserFactory.create_batch(2)
    campaign = create_campaign(
        name="Twice", sampling=sampling_with_pairs(), annotators=[founder.username], pairs_each=5
    )
    assert sorted(at_once([lambda: join_campaign(campaign=campaign, annotator=late)] * 4)) == [0, 0, 0, 5]


def test_who_finds_no_pair_free_gets_none() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=6)
    assert join_campaign(campaign=campaign, annotator=UserFactory()) == 0


def test_a_closed_campaign_is_not_joined() -> None:
    campaign = campaign_for(UserFactory())
    close_campaign(campaign=campaign)
    with pytest.raises(CampaignClosedError, match="before you join"):
        join_campaign(campaign=campaign, annotator=UserFactory())


def test_who_leaves_keeps_answers_and_frees_the_rest_for_whoever_joins() -> None:
    leaver, late = UserFactory.create_batch(2)
    campaign = campaign_for(leaver, pairs_each=6)
    assert label_until_done(campaign, leaver, stop_after=2) == 2
    assert leave_campaign(campaign=campaign, annotator=leaver) == 4
    assert join_campaign(campaign=campaign, annotator=late) == 4
    assert label_until_done(campaign, late) == 4
    answered = Counter(Annotation.objects.values_list("assignment__pair", flat=True))
    assert (len(answered), set(answered.values())) == (6, {1})
    assert join_campaign(campaign=campaign, annotator=leaver) == 0


def test_who_comes_back_is_not_shown_a_pair_twice() -> None:
    person = UserFactory()
    campaign = campaign_for(person, pairs_each=6)
    label_until_done(campaign, person, stop_after=3)
    leave_campaign(campaign=campaign, annotator=person)
    assert join_campaign(campaign=campaign, annotator=person) == 3
    assert list(campaign.assignments.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert label_until_done(campaign, person) == 3
    assert set(Counter(Annotation.objects.values_list("assignment__pair", flat=True)).values()) == {1}


def test_an_answer_and_a_departure_at_once_lose_nothing_that_was_acknowledged() -> None:
    """Many times: the answer is either stored and its pair kept, or refused and its pair free."""
    person = UserFactory()
    campaign = campaign_for(person, pairs_each=8)
    for _ in range(8):
        mine = Assignment.objects.filter(campaign=campaign, annotator=person)
        assignment, before = next_unanswered(mine), Annotation.objects.count()
        assert assignment is not None

        def answer(assignment: Assignment = assignment) -> bool:
            try:
                record_annotation(assignment=assignment, annotator=person, label="unrelated")
            except AssignmentWithdrawnError:
                return False
            return True

        acknowledged, _freed = at_once([answer, lambda: leave_campaign(campaign=campaign, annotator=person)])
        assert Annotation.objects.count() == before + acknowledged
        assert mine.filter(pk=assignment.pk).exists() == acknowledged
        join_campaign(campaign=campaign, annotator=person)
        if next_unanswered(mine) is None:
            break


def test_a_campaign_of_comers_and_goers_is_finished_as_planned() -> None:
    """Twelve label at once; four leave in the middle, four join; at the end somebody takes what is left."""
    first, late = UserFactory.create_batch(8), UserFactory.create_batch(4)
    sampling = sampling_with_pairs(per_stratum=40)  # 120 pairs: 3 shared, 12 own each
    campaign = create_campaign(
        name="Storm",
        sampling=sampling,
        annotators=[person.username for person in first],
        pairs_each=15,
        overlap=0.2,
    )

    def stay(person: User) -> int:
        return label_until_done(campaign, person)

    def go(person: User) -> int:
        done = label_until_done(campaign, person, stop_after=5)
        leave_campaign(campaign=campaign, annotator=person)
        return done

    def come(person: User) -> int:
        join_campaign(campaign=campaign, annotator=person)
        return label_until_done(campaign, person)

    roles = [
        *((stay, each) for each in first[:4]),
        *((go, each) for each in first[4:]),
        *((come, each) for each in late),
    ]
    acknowledged = sum(at_once([lambda act=act, person=person: act(person) for act, person in roles]))
    assert Annotation.objects.count() == acknowledged
    assert set(people_of_pairs(campaign, shared=False).values()) == {1}
    seen = Counter(Annotation.objects.values_list("assignment__pair", "assignment__annotator"))
    assert set(seen.values()) == {1}
    for pair, people in people_of_pairs(campaign, shared=True).items():
        answered = Annotation.objects.filter(assignment__pair=pair).count()
        assert len(first[:4]) + len(late) <= answered == people
    connections.close_all()
