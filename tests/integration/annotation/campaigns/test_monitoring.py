"""What a lead sees of the work while it goes on, and handing pairs from one annotator to another."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import CampaignClosedError, record_annotation, record_skip
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.membership import reassign_remaining
from annotation.campaigns.monitoring import read_work
from annotation.models import Annotation
from heritage.bounds import LONGEST_SECONDS
from heritage.errors import UserError
from heritage.models import Role
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def campaign(ada):
    return campaign_for(ada, UserFactory(username="grace"), pairs_each=6)


def hand(campaign, person):
    return list(campaign.assignments.filter(annotator=person).order_by("position"))


def answer(assignment, label="unrelated", ago=None, **said):
    created = timezone.now() - (ago or timedelta())
    return record_annotation(
        assignment=assignment, annotator=assignment.annotator, label=label, created=created, **said
    )


def test_work_counts_what_counts(campaign, ada):
    first, second, third, fourth, *_ = hand(campaign, ada)
    answer(first, "same_object", ago=timedelta(days=3), active_seconds=500.0, unsure=True)
    answer(first, active_seconds=10.0)
    answer(second, ago=timedelta(hours=3), active_seconds=20.0, unsure=True)
    answer(third, ago=timedelta(days=2))
    for reason in ("cannot_tell", "no_picture"):
        record_skip(assignment=fourth, annotator=ada, reason=reason)
    work = read_work(campaign)
    mine, hers = work.annotators
    assert (mine.annotator.username, hers.annotator.username) == ("ada", "grace")
    assert (mine.total, mine.answered, mine.skipped, mine.remaining, mine.unsure) == (6, 3, 1, 2, 1)
    assert (mine.last_hour, mine.last_day) == (1, 2)
    assert (mine.active_minutes, mine.seconds_each) == (0.5, 15.0)
    assert (hers.answered, hers.remaining, hers.active_minutes, hers.last_active) == (0, 6, None, None)
    assert (work.answered, work.remaining, work.last_day, work.days_left) == (3, 8, 2, 4.0)
    assert sum(count for _, count in work.days) == 3


def test_a_pair_that_was_skipped_and_then_answered_is_answered(campaign, ada):
    assignment = hand(campaign, ada)[0]
    record_skip(assignment=assignment, annotator=ada, reason="other", comment="later")
    assert read_work(campaign).annotators[0].skipped == 1
    answer(assignment)
    assert (read_work(campaign).annotators[0].skipped, read_work(campaign).annotators[0].answered) == (0, 1)


def test_the_page_is_live_and_takes_as_many_queries_for_many_as_for_few(client, campaign, ada):
    client.force_login(UserFactory(role="lead"))
    url = reverse("campaign-progress", args=[campaign.pk])
    assignments = hand(campaign, ada)
    answer(assignments[0], comment="One.")

    def fragment():
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url, headers={"HX-Request": "true"}).content.decode()
        return page, len(queries)

    page, few = fragment()
    assert "<html" not in page
    assert 'Comments <span class="soft">1</span>' in page
    for assignment in (*assignments[1:], *campaign.assignments.filter(annotator__username="grace")):
        answer(assignment, comment="Two.")
    page, many = fragment()
    assert 'Comments <span class="soft">12</span>' in page
    assert many == few


def test_remaining_pairs_go_to_somebody_else_and_answers_stay(campaign, ada):
    mine = hand(campaign, ada)
    grace = campaign.assignments.get(annotator__username="grace", position=1).annotator
    answer(mine[0])
    record_skip(assignment=mine[1], annotator=ada, reason="cannot_tell")
    before = {each.pair_id for each in hand(campaign, grace)}
    assert reassign_remaining(campaign=campaign, giver=ada, receiver=grace) == 4
    assert [each.position for each in hand(campaign, ada)] == [1, 2]
    hers = hand(campaign, grace)
    assert [each.position for each in hers] == list(range(1, 11))
    assert {each.pair_id for each in hers} == before | {each.pair_id for each in mine[2:]}
    assert set(Counter(campaign.assignments.values_list("pair", flat=True)).values()) == {1}
    assert Annotation.objects.get().assignment == mine[0]
    with pytest.raises(UserError, match="no pairs left"):
        reassign_remaining(campaign=campaign, giver=ada, receiver=grace)


def test_shared_pairs_go_to_nobody_twice():
    people = [UserFactory(username=name) for name in ("ada", "grace")]
    campaign = create_campaign(
        name="Shared", sampling=sampling_with_pairs(8), annotators=["ada", "grace"], pairs_each=8, overlap=0.5
    )
    assert reassign_remaining(campaign=campaign, giver=people[0], receiver=people[1]) == 4
    newcomer = UserFactory()
    assert reassign_remaining(campaign=campaign, giver=people[1], receiver=newcomer) == 12
    pairs = Counter(campaign.assignments.values_list("pair", flat=True))
    assert (len(pairs), set(pairs.values())) == (12, {1})
    assert campaign.assignments.filter(shared=True).count() == 4


def test_pairs_are_not_handed_on_to_oneself_or_in_a_closed_campaign(campaign, ada):
    with pytest.raises(UserError, match="one and the same"):
        reassign_remaining(campaign=campaign, giver=ada, receiver=ada)
    close_campaign(campaign=campaign)
    with pytest.raises(CampaignClosedError, match="reopen it"):
        reassign_remaining(campaign=campaign, giver=ada, receiver=UserFactory())
    assert campaign.assignments.filter(annotator=ada).count() == 6


def test_a_lead_hands_pairs_on_in_the_browser(client, campaign, ada):
    client.force_login(UserFactory(role="lead"))
    grace = campaign.assignments.get(annotator__username="grace", position=1).annotator
    stranger = UserFactory()
    url = reverse("campaign-reassign", args=[campaign.pk])

    def post(**people):
        return client.post(url, people, follow=True).content.decode()

    assert "Choose whose pairs" in post(giver=ada.pk, receiver=stranger.pk)
    assert "grace has 6 pairs more" in post(giver=ada.pk, receiver=grace.pk)
    assert "12 pairs of grace are free" in post(giver=grace.pk)
    assert not campaign.assignments.exists()


def test_impossible_times_break_no_page(client, campaign, ada):
    client.force_login(ada)
    for assignment in hand(campaign, ada)[:2]:
        said = {"label": "unrelated", "submission": str(uuid.uuid4()), "seconds": "1e308", "active_seconds": "1e308"}
        assert client.post(assignment.get_absolute_url(), said).status_code == 302
    assert set(Annotation.objects.values_list("seconds", "active_seconds")) == {(LONGEST_SECONDS, LONGEST_SECONDS)}
    client.force_login(UserFactory(role=Role.LEAD))
    assert client.get(reverse("campaign-progress", args=[campaign.pk])).status_code == 200
