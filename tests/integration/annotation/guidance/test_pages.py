"""The pages of examples, practice and gold without a browser: the annotator's way in, and the lead's page."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.guidance.actions import Mark, mark_pair, withdraw_mark
from annotation.models import Annotation, GoldPair, GuidancePair, PracticeAnswer
from tests.factories import ImageFactory, UserFactory, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def campaign(ada):
    return create_campaign(name="Lamps", sampling=sampling_with_pairs(6), annotators=["ada"], pairs_each=4)


@pytest.fixture
def web(client, ada):
    client.force_login(ada)
    return client


def mark(campaign, kind, label="similar_object", note="Both ring."):
    a, b = (ImageFactory(record__collection__slug=slug, position=0).record for slug in ("left", "right"))
    mark_pair(campaign=campaign, mark=Mark(kind, a.record_id, b.record_id, label, note))
    return campaign.guidance_pairs.last()


def address(name, campaign, *more):
    return reverse(name, args=[campaign.pk, *(each.pk for each in more)])


def press(web, url, label):
    return web.post(url, {"label": label, "submission": uuid.uuid4()})


def first_pair(campaign):
    return campaign.assignments.get(position=1).get_absolute_url()


# --- the annotator's way in ------------------------------------------------------------------


def test_examples_come_once_before_the_first_pair_with_pictures_and_notes(web, campaign):
    example = mark(campaign, "example", note="Both ring.")
    label = address("label", campaign)
    assert web.get(label).url == address("instructions", campaign)
    page = web.get(address("instructions", campaign)).content.decode()
    for record in (example.a, example.b):
        assert record.name in page
        assert record.images.get().thumbnail_url in page
        assert record.record_id not in page
    assert "Both ring." in page
    assert web.get(address("practice", campaign)).url == f"{label}?begin"
    assert web.get(f"{label}?begin").url == first_pair(campaign)
    press(web, first_pair(campaign), "unrelated")
    assert web.get(label).url == campaign.assignments.get(position=2).get_absolute_url()


def test_help_gets_the_examples_alone_and_the_labelling_page_none_of_them(web, campaign):
    mark(campaign, "example", note="Both ring.")
    page = web.get(first_pair(campaign)).content.decode()
    assert "Both ring." not in page
    assert address("instructions", campaign) in page
    answer = web.get(address("instructions", campaign), headers={"HX-Request": "true"})
    assert "Both ring." in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_practice_comes_first_says_so_and_gives_feedback_after_each_answer(web, campaign, ada):
    first, second = mark(campaign, "practice"), mark(campaign, "practice", "unrelated", "Unlike.")
    url = address("practice-pair", campaign, first)
    assert web.get(address("label", campaign)).url == url
    page = web.get(url).content.decode()
    assert "Practice 1 of 2: not counted" in page
    assert "Both ring." not in page
    assert press(web, url, "unrelated").url == url
    page = web.get(url).content.decode()
    assert "You say: Unrelated. The lead says: Similar object" in page
    assert "Both ring." in page
    assert "Next practice pair" in page
    url = address("practice-pair", campaign, second)
    assert web.get(address("practice", campaign)).url == url
    press(web, url, "unrelated")
    page = web.get(url).content.decode()
    assert "You and the lead both say: Unrelated" in page
    assert "from here on it counts" in page
    assert web.get(address("practice", campaign), follow=True).redirect_chain[-1][0] == first_pair(campaign)
    assert web.get(address("label", campaign)).url == first_pair(campaign)
    assert PracticeAnswer.objects.filter(annotator=ada).count() == 2
    assert not Annotation.objects.exists()


def test_who_has_no_pair_left_is_not_sent_to_practice(web, campaign):
    for assignment in campaign.assignments.all():
        press(web, assignment.get_absolute_url(), "unrelated")
    mark(campaign, "practice")
    mark(campaign, "example")
    for name in ("label", "practice"):
        assert web.get(address(name, campaign), follow=True).redirect_chain[-1][0] == address("finished", campaign)


def test_a_practice_answer_that_is_none_is_refused_beside_the_pair(web, campaign):
    url = address("practice-pair", campaign, mark(campaign, "practice"))
    for data, said in (({}, "four labels"), ({"label": "unrelated", "submission": "x"}, "damaged on its way")):
        answer = web.post(url, {"submission": uuid.uuid4()} | data)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not PracticeAnswer.objects.exists()


def test_practice_of_nobody_else_and_none_when_it_was_taken_away_or_the_campaign_is_over(web, campaign):
    practice = mark(campaign, "practice")
    url = address("practice-pair", campaign, practice)
    withdraw_mark(mark=practice)
    assert press(web, url, "unrelated").url == address("practice", campaign)
    other = create_campaign(
        name="Other", sampling=sampling_with_pairs(), annotators=[UserFactory().username], pairs_each=1
    )
    theirs = mark(other, "practice")
    for path in (address("practice-pair", other, theirs), address("practice", other), address("instructions", other)):
        assert web.get(path).status_code == 404
    assert web.get(address("practice-pair", campaign, theirs)).url == address("practice", campaign)
    url = address("practice-pair", campaign, mark(campaign, "practice"))
    close_campaign(campaign=campaign)
    assert web.get(url).url == press(web, url, "unrelated").url == address("finished", campaign)
    assert not PracticeAnswer.objects.exists()


def test_the_api_serves_no_practice_pairs(campaign, ada):
    mark(campaign, "practice")
    api = APIClient()
    api.force_authenticate(ada)
    answer = api.post(reverse("api-next", args=[campaign.pk])).json()
    assert answer["assignment"] == str(campaign.assignments.get(position=1).pk)
    assert answer["progress"] == {"answered": 0, "total": 4}


# --- the lead's page -------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(role="lead"))
    return client


def test_a_lead_picks_a_pair_marks_it_and_takes_the_mark_away(desk, campaign):
    url = address("campaign-guidance", campaign)
    assert url in desk.get(campaign.get_absolute_url()).content.decode()
    pair = campaign.assignments.get(position=1).pair
    page = desk.get(url, {"pair": pair.pk, "q": pair.a.name}).content.decode()
    fields = dict(re.findall(r'name="([ab])" value="([^"]+)"', page))
    assert fields == {"a": f"left:{pair.a.record_id}", "b": f"right:{pair.b.record_id}"}
    for kind, model in (("gold", GoldPair), ("practice", GuidancePair)):
        answer = desk.post(url, fields | {"kind": kind, "label": "unrelated", "note": "No."}, follow=True)
        assert f"The pair is {'gold' if kind == 'gold' else 'a practice pair'}" in answer.content.decode()
        found = model.objects.get(withdrawn=None)
        name = "gold" if kind == "gold" else "guidance"
        desk.post(address("withdraw-guidance", campaign), {name: found.pk})
        assert not model.objects.filter(withdrawn=None).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "Say what the pair is for."),
        ({"label": ""}, "Choose the label that you hold to be right."),
        ({"label": "alike"}, "alike"),
        ({"a": "none-such"}, "There is no record none-such"),
        ({"kind": "practice", "note": ""}, "Write a sentence of feedback"),
    ],
)
def test_bad_input_gets_one_sentence_and_stores_nothing(desk, campaign, changes, said):
    pair = campaign.assignments.get(position=1).pair
    data = {"kind": "example", "a": pair.a.record_id, "b": pair.b.record_id, "label": "unrelated", "note": "No."}
    answer = desk.post(address("campaign-guidance", campaign), data | changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not GuidancePair.objects.exists()
    assert campaign.assignments.count() == 4


def test_odd_addresses_and_marks_are_no_errors(desk, campaign):
    url = address("campaign-guidance", campaign)
    for query in ({"pair": "x"}, {"pair": "9" * 40}, {"page": "x"}, {"kind": "x"}, {"q": "no such pair"}):
        assert desk.get(url, query).status_code == 200
    for data in ({}, {"guidance": "x"}, {"gold": "x"}, {"gold": "9" * 18}):
        assert desk.post(address("withdraw-guidance", campaign), data).status_code == 404


def test_marks_are_listed_in_the_order_in_which_they_were_made(desk, campaign):
    for number in range(8):
        mark(campaign, "practice", note=f"Sentence {number}.")
    page = desk.get(address("campaign-guidance", campaign)).content.decode()
    assert re.findall(r"Sentence (\d)", page) == [str(number) for number in range(8)]


def test_the_page_takes_as_many_queries_for_many_marks_as_for_few(desk, campaign):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            desk.get(address("campaign-guidance", campaign))
        return len(captured)

    def add():
        for kind in ("example", "practice"):
            mark(campaign, kind)
        pair = campaign.sampling.pairs.exclude(pk__in=campaign.gold_pairs.values("pair")).first()
        mark_pair(campaign=campaign, mark=Mark("gold", pair.a.record_id, pair.b.record_id, "unrelated"))

    add()
    few = queries()
    for _ in range(3):
        add()
    assert queries() == few
