"""The labelling pages without a browser: forms, redirects, fragments, and who gets in."""

import re
import uuid

import pytest
from django.urls import reverse

from annotation.campaigns.actions import close_campaign
from annotation.labelling.views import labelling
from annotation.labelling.views.answers import ANSWERS_PER_PAGE
from annotation.models import Annotation
from heritage.models import Collection, Record
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def campaign(annotator):
    return campaign_for(annotator)


@pytest.fixture
def web(client, annotator):
    client.force_login(annotator)
    return client


def pair_url(campaign, position):
    return campaign.assignments.get(position=position).get_absolute_url()


def answer(web, url, label="similar_object", **changes):
    headers = changes.pop("headers", {})
    data = {"label": label, "submission": uuid.uuid4(), "comment": "", "seconds": "3.5"} | changes
    return web.post(url, data, headers=headers)


def test_the_campaign_s_address_leads_to_the_first_unanswered_pair(web, campaign):
    label = reverse("label", args=[campaign.pk])
    assert web.get(label).url == pair_url(campaign, 1)
    answer(web, pair_url(campaign, 1))
    assert web.get(label).url == pair_url(campaign, 2)


def test_a_plain_post_stores_the_answer_and_redirects_to_the_next_pair(web, campaign):
    response = answer(web, pair_url(campaign, 1), comment="Dial?")
    assert (response.status_code, response.url) == (302, pair_url(campaign, 2))
    stored = Annotation.objects.get()
    assert (stored.label, stored.comment, stored.seconds) == ("similar_object", "Dial?", 3.5)


def pairs_of(response):
    """Positions of the pairs whose markup an answer to the script brings."""
    return [int(re.search(r'data-position="(\d+)"', markup)[1]) for markup in response.json()["pairs"]]


def pairs_ahead(html):
    return [
        int(position) for position in re.findall(r'<template>\s*<div id="labelling"[^>]*data-position="(\d+)"', html)
    ]


def test_a_page_brings_the_next_pairs_with_it(web, campaign, monkeypatch):
    monkeypatch.setattr(labelling, "PAIRS_AHEAD", 2)
    assert pairs_ahead(web.get(pair_url(campaign, 1)).content.decode()) == [2, 3]
    assert pairs_ahead(web.get(pair_url(campaign, 3)).content.decode()) == [4]
    answer(web, pair_url(campaign, 2))
    assert pairs_ahead(web.get(pair_url(campaign, 1)).content.decode()) == [3, 4]


def test_texts_are_marked_with_the_language_of_their_collection(web, campaign):
    pair = campaign.assignments.get(position=1).pair
    Collection.objects.filter(pk=pair.b.collection_id).update(language="de-CH")
    Record.objects.filter(pk__in=[pair.a_id, pair.b_id]).update(name="Telefon", description="Mit Kurbel.")
    first, second = web.get(pair_url(campaign, 1)).content.decode().split("<article")[1:3]
    assert "lang=" not in first
    assert second.count('lang="de-CH"') == 2


def test_an_answer_of_the_script_brings_the_pairs_behind_those_it_holds(web, campaign):
    response = answer(web, pair_url(campaign, 1), headers=SCRIPT, held=3, wanted=1)
    assert response.headers["Content-Type"] == "application/json"
    assert "Accept" in response.headers["Vary"]
    assert (pairs_of(response), response.json()["go"]) == ([4], "")
    assert pairs_of(answer(web, pair_url(campaign, 2), headers=SCRIPT)) == []
    assert Annotation.objects.count() == 2


def test_a_script_gets_no_more_pairs_at_once_than_a_page(web, campaign, monkeypatch):
    monkeypatch.setattr(labelling, "PAIRS_AHEAD", 2)
    assert pairs_of(answer(web, pair_url(campaign, 1), headers=SCRIPT, wanted=1_000)) == [2, 3]


def test_a_resend_is_acknowledged_like_the_first_and_stored_once(web, campaign):
    same = {"submission": uuid.uuid4(), "headers": SCRIPT, "wanted": 1}
    assert [pairs_of(answer(web, pair_url(campaign, 1), **same)) for _ in range(3)] == [[2]] * 3
    assert Annotation.objects.count() == 1


def test_one_address_answers_page_or_script(web, campaign):
    url = pair_url(campaign, 2)
    assert "<html" in web.get(url).content.decode()
    assert "<html" in web.get(url, headers={"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}).content.decode()
    assert pairs_of(web.get(url, headers=SCRIPT)) == [2]


def test_an_answer_that_waited_is_not_taken_from_another_account(web, campaign):
    """Two people share a computer: what the first could not send waits for the first."""
    response = answer(web, pair_url(campaign, 1), headers=SCRIPT, annotator="somebody-else")
    assert response.status_code == 403
    assert "log in as somebody-else" in response.json()["problem"]
    assert not Annotation.objects.exists()


def test_pages_are_never_cached(web, campaign):
    assert "no-store" in web.get(pair_url(campaign, 1)).headers["Cache-Control"]


def test_a_double_click_stores_once(web, campaign):
    submission = uuid.uuid4()
    for _ in range(2):
        assert answer(web, pair_url(campaign, 1), submission=submission).status_code == 302
    assert Annotation.objects.count() == 1


def test_back_shows_the_answer_and_changing_it_goes_on(web, campaign):
    answer(web, pair_url(campaign, 1), comment="Dial?")
    answer(web, pair_url(campaign, 2))
    third = web.get(pair_url(campaign, 3)).content.decode()
    assert pair_url(campaign, 2) in third
    first = web.get(pair_url(campaign, 1)).content.decode()
    assert re.search(r'value="similar_object"[^>]*aria-current="true"', first)
    assert "Dial?" in first
    assert answer(web, pair_url(campaign, 1), "unrelated").url == pair_url(campaign, 3)
    assert Annotation.objects.count() == 3


def test_pairs_passed_over_come_after_the_last_one(web, campaign):
    for position in (2, 3):
        answer(web, pair_url(campaign, position))
    assert answer(web, pair_url(campaign, 4)).url == pair_url(campaign, 1)
    last = answer(web, pair_url(campaign, 4), headers=SCRIPT, wanted=1)
    assert last.json() == {"pairs": [], "go": pair_url(campaign, 1)}


def test_after_the_last_pair_thanks_and_reflections(web, campaign):
    for position in range(1, 4):
        answer(web, pair_url(campaign, position))
    finished = reverse("finished", args=[campaign.pk])
    assert answer(web, pair_url(campaign, 4), headers=SCRIPT, wanted=1).json() == {"pairs": [], "go": finished}
    assert "Thank you" in web.get(finished).content.decode()
    response = web.post(finished, {"text": "I looked at the pictures first."}, follow=True)
    assert "Your reflections are saved" in response.content.decode()
    assert campaign.reflections.get().text == "I looked at the pictures first."
    assert web.get(reverse("label", args=[campaign.pk])).url == finished


def test_empty_reflections_are_refused_beside_the_form(web, campaign):
    response = web.post(reverse("finished", args=[campaign.pk]), {"text": " "})
    assert response.status_code == 422
    assert "Write a sentence or two" in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"label": "identical"}, "no label identical"),
        ({"label": ""}, "Choose one of the four labels"),
        ({"comment": "x" * 5_001}, "at most 5,000 characters"),
        ({"submission": "1"}, "reload the page"),
        ({"seconds": "-4"}, "from 0 up"),
    ],
)
def test_a_bad_answer_is_400_with_a_sentence_and_nothing_is_stored(web, campaign, changes, sentence):
    for headers in ({}, SCRIPT):
        response = answer(web, pair_url(campaign, 1), headers=headers, **changes)
        assert response.status_code == 400
        assert sentence in response.content.decode()
    assert not Annotation.objects.exists()


def test_skipping_without_a_script(web, campaign):
    url = pair_url(campaign, 1)
    response = answer(web, url, "", skip="1", reason="no_picture", faulty_a="1")
    assert response.url == pair_url(campaign, 2)
    assert (campaign.assignments.get(position=1).skips.get().faulty, Annotation.objects.count()) == ("a", 0)
    html = web.get(url).content.decode()
    assert re.search(r'value="no_picture"[^>]* aria-current="true"', html)
    assert "Skipped" in web.get(reverse("my-answers")).content.decode()
    assert answer(web, pair_url(campaign, 3), "", skip="cannot_tell").url == pair_url(campaign, 4)
    assert campaign.assignments.get(position=3).skips.get().reason == "cannot_tell"
    refused = answer(web, pair_url(campaign, 2), "", skip="1", reason="other", headers=SCRIPT)
    assert refused.status_code == 400
    assert "Say in a comment why" in refused.json()["problem"]


def test_unsure_broken_records_and_active_time_are_stored(web, campaign):
    answer(web, pair_url(campaign, 1), unsure="1", faulty_a="1", faulty_b="1", active_seconds="2.25")
    stored = Annotation.objects.get()
    assert (stored.unsure, stored.faulty, stored.active_seconds) == (True, "ab", 2.25)


def test_a_campaign_closed_while_a_pair_is_open_is_409(web, campaign):
    url = pair_url(campaign, 1)
    close_campaign(campaign=campaign)
    for headers in ({}, SCRIPT):
        response = answer(web, url, headers=headers)
        assert response.status_code == 409
        assert "is closed and takes no more answers" in response.content.decode()
    assert web.get(url).url == reverse("finished", args=[campaign.pk])
    assert web.get(reverse("label", args=[campaign.pk])).url == reverse("finished", args=[campaign.pk])


@pytest.mark.parametrize("role", ["annotator", "lead", "admin"])
def test_somebody_else_s_pairs_do_not_exist(client, campaign, role):
    client.force_login(UserFactory(role=role))
    url = pair_url(campaign, 1)
    assert client.get(url).status_code == 404
    assert answer(client, url).status_code == 404
    for name in ("label", "finished", "my-answers"):
        assert client.get(reverse(name, args=[campaign.pk])).status_code == 404


def test_a_pair_is_not_found_under_another_campaign(web, annotator, campaign):
    other = campaign_for(annotator)
    wrong = reverse("label-pair", args=[other.pk, campaign.assignments.first().pk])
    assert web.get(wrong).status_code == 404


def test_visitors_are_sent_to_log_in(client, campaign):
    for url in (pair_url(campaign, 1), reverse("home"), reverse("my-answers"), reverse("guide")):
        assert client.get(url).url.startswith(reverse("login"))


def test_my_answers_lists_them_and_leads_back_after_a_change(web, campaign):
    assert "No answers yet" in web.get(reverse("my-answers")).content.decode()
    answer(web, pair_url(campaign, 1), "same_category", comment="Dial?")
    html = web.get(reverse("my-answers")).content.decode()
    assert "Same category" in html
    assert "Dial?" in html
    change = re.search(r'href="([^"]+\?then=answers)"', html)[1]
    assert 'name="then" value="answers"' in web.get(change).content.decode()
    response = answer(web, pair_url(campaign, 1), "unrelated", then="answers")
    assert response.url == reverse("my-answers", args=[campaign.pk]) + "?around=1#pair-1"
    by_script = answer(web, pair_url(campaign, 1), "unrelated", then="answers", headers=SCRIPT, wanted=1)
    assert by_script.json()["go"] == response.url
    html = web.get(response.url).content.decode()
    assert "Unrelated" in html
    assert "Same category" not in html


def test_a_change_on_a_later_page_of_my_answers_leads_back_to_that_page(web, annotator):
    campaign = campaign_for(annotator, pairs_each=ANSWERS_PER_PAGE + 1)
    for assignment in campaign.assignments.all():
        answer(web, assignment.get_absolute_url())
    response = answer(web, pair_url(campaign, ANSWERS_PER_PAGE + 1), "unrelated", then="answers")
    html = web.get(response.url).content.decode()
    assert f'id="pair-{ANSWERS_PER_PAGE + 1}"' in html
    assert 'id="pair-1"' not in html


def test_a_closed_campaign_s_answers_cannot_be_changed(web, campaign):
    answer(web, pair_url(campaign, 1))
    close_campaign(campaign=campaign)
    assert "?then=answers" not in web.get(reverse("my-answers")).content.decode()


def test_home_leads_an_annotator_to_the_next_pair(web, campaign):
    assert "Start" in web.get(reverse("home")).content.decode()
    answer(web, pair_url(campaign, 1))
    html = web.get(reverse("home")).content.decode()
    assert "Continue" in html
    assert "1 of 4" in html


def test_home_of_an_annotator_without_pairs(client):
    client.force_login(UserFactory())
    assert "No pairs yet" in client.get(reverse("home")).content.decode()


def test_an_answer_and_the_pair_it_brings_take_few_queries(web, annotator, django_assert_max_num_queries):
    """Session, account, assignment, three to store the answer, the pair, its pictures."""
    campaign = campaign_for(annotator, pairs_each=30)
    url = pair_url(campaign, 5)
    with django_assert_max_num_queries(8 + 2):  # and two for the savepoint of the test's own transaction
        answer(web, url, headers=SCRIPT, held=7, wanted=1)


def test_the_number_of_queries_does_not_grow_with_pictures_or_pairs(web, annotator, django_assert_max_num_queries):
    campaign = campaign_for(annotator, pairs_each=30)
    url = pair_url(campaign, 5)
    with django_assert_max_num_queries(14):
        web.get(url)
