"""A campaign edited, previewed and deleted; drafts dealt anew."""

import pytest
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign, set_campaign_state
from annotation.campaigns.dealing import most_pairs_each, pairs_needed
from annotation.models import Campaign
from heritage.models import Role
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(client):
    client.force_login(UserFactory(role=Role.LEAD))
    return client


@pytest.fixture
def draft():
    sampling = sampling_with_pairs(per_stratum=10)
    people = [UserFactory(username=name).username for name in ("ada", "grace")]
    return create_campaign(
        name="Mills", sampling=sampling, annotators=people, pairs_each=4, overlap=0.5, draft=True, seed=3
    )


def settings_of(campaign):
    return reverse("campaign-settings", args=[campaign.pk])


def test_name_and_instructions_change_at_any_time(web, draft):
    set_campaign_state(campaign=draft, state="open")
    said = {"change": "texts", "name": "Mills and looms", "instructions": "Look at the spindles."}
    assert web.post(settings_of(draft), said).status_code == 302
    draft.refresh_from_db()
    assert (draft.name, draft.instructions) == ("Mills and looms", "Look at the spindles.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "Looms"}, "There is a campaign named Looms already"),
        ({"instructions": "made with model-b1"}, "Annotators would read model-b1"),
        ({"name": "<script>alert(1)</script>" * 9}, "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(web, draft, changes, sentence):
    sampling = draft.sampling
    sampling.recipe = sampling.recipe | {"models": ["model-b1"]}
    sampling.save()
    campaign_for(UserFactory(), name="Looms")
    said = {"change": "texts", "name": "Mills", "instructions": "Typed with care."} | changes
    response = web.post(settings_of(draft), said)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert said["instructions"] in html
    assert "<script>alert" not in html
    draft.refresh_from_db()
    assert draft.name == "Mills"


def test_a_draft_is_dealt_anew_to_others(web, draft):
    linus = UserFactory(username="linus")
    said = {"change": "draft", "annotators": [linus.pk], "pairs_each": "6", "overlap": "50"}
    assert web.post(settings_of(draft), said).status_code == 302
    draft.refresh_from_db()
    assert (draft.pairs_each, draft.overlap) == (6, 0.5)
    hand = draft.assignments.order_by("position")
    assert [each.position for each in hand] == [1, 2, 3, 4, 5, 6]
    assert {each.annotator_id for each in hand} == {linus.pk}
    assert sum(each.shared for each in hand) == 3


def test_more_pairs_than_there_are_is_said_beside_the_field(web, draft):
    people = list(draft.assignments.values_list("annotator", flat=True).distinct())
    total = draft.sampling.pairs.count()
    said = {"change": "draft", "annotators": people, "pairs_each": "5000", "overlap": "0"}
    response = web.post(settings_of(draft), said)
    assert response.status_code == 422
    assert f"that is at most {total // 2} each" in response.content.decode()
    assert draft.assignments.count() == 8


def test_a_campaign_that_has_begun_keeps_its_size(web, draft):
    set_campaign_state(campaign=draft, state="open")
    before = set(draft.assignments.values_list("pk", flat=True))
    assert web.post(settings_of(draft), {"change": "draft", "pairs_each": "2", "overlap": "0"}).status_code == 200
    assert set(draft.assignments.values_list("pk", flat=True)) == before


def test_as_many_pairs_as_there_are_by_default(draft):
    sampling = draft.sampling
    people = list(draft.assignments.values_list("annotator__username", flat=True).distinct())
    campaign = create_campaign(name="All", sampling=sampling, annotators=people, pairs_each=None, overlap=0.1)
    assert campaign.pairs_each == most_pairs_each(pairs=sampling.pairs.count(), annotators=2, overlap=0.1)


@pytest.mark.parametrize("overlap", [0, 0.1, 0.5, 1])
@pytest.mark.parametrize("annotators", [1, 2, 7])
def test_the_most_that_each_can_get(annotators, overlap):
    for pairs in (1, 2, 13, 100):
        most = most_pairs_each(pairs=pairs, annotators=annotators, overlap=overlap)
        need = [
            pairs_needed(annotators=annotators, pairs_each=each, overlap=overlap).total
            for each in (most or 1, most + 1)
        ]
        assert not most or need[0] <= pairs
        assert need[1] > pairs


def test_a_preview_shows_pairs_blind_and_stores_nothing(web, draft):
    address = reverse("campaign-preview", args=[draft.pk])
    html = web.get(address, {"pair": "3"}).content.decode()
    pair = draft.sampling.pairs.order_by("pk")[2]
    assert pair.a.name in html
    assert "Collection A" in html
    assert "Same object" in html
    for odd in ("", "0", "-4", "99999999999999", "x"):
        assert web.get(address, {"pair": odd}).status_code == 200
    assert web.post(address).status_code == 405


def test_a_campaign_without_answers_is_deleted_by_its_name(web, draft):
    address = reverse("delete-campaign", args=[draft.pk])
    assert "Type the campaign" in web.post(address, {"name": "mills"}, follow=True).content.decode()
    assert Campaign.objects.filter(pk=draft.pk).exists()
    assert "Mills is deleted" in web.post(address, {"name": "Mills"}, follow=True).content.decode()
    assert not Campaign.objects.filter(pk=draft.pk).exists()


def test_a_campaign_with_an_answer_is_kept_and_says_so(web, draft):
    set_campaign_state(campaign=draft, state="open")
    assignment = draft.assignments.first()
    record_annotation(assignment=assignment, annotator=assignment.annotator, label="unrelated")
    response = web.post(reverse("delete-campaign", args=[draft.pk]), {"name": "Mills"}, follow=True)
    assert "Mills has 1 answer. What people gave is kept" in response.content.decode()
    assert Campaign.objects.filter(pk=draft.pk).exists()
