"""Which model a row is of: nothing of a choice's page, its address, its form or its cost may tell.

That no name, number or seed of anything secret is on any page is tested in `test_annotation_blindness`.
"""

import re
import uuid
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models.preference import PreferenceChoice, PreferenceStudy
from annotation.preference.actions import record_answer
from annotation.preference.views.choosing import CHOICES_AHEAD
from annotation.preference.visibility import visible_choices, visible_studies
from heritage.models import Record
from tests.factories import ImageFactory, UserFactory, preference_study

pytestmark = pytest.mark.django_db

MODELS = ("quokka-best", "wombat-last", "dingo-base")


@pytest.fixture
def expert(client):
    person = UserFactory(username="spy")
    client.force_login(person)
    return person


@pytest.fixture
def study(expert):
    queries = [f"query {number}" for number in range(40)]
    return preference_study(expert, UserFactory(), models=MODELS, queries=queries)


def page(client: Client, choice: PreferenceChoice, **headers: str) -> str:
    return client.get(choice.get_absolute_url(), headers=headers).content.decode()


def normalised(html: str) -> str:
    """Without what differs between any two choices: identifiers, pictures, places, names and queries."""
    html = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", "#", html)
    html = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", html)
    return re.sub(r"Telephone \d+|query \d+|\d+", "#", html)


def rows_html(html: str) -> list[str]:
    """Of the choice shown and of those that wait behind it."""
    return re.findall(r'<button class="label-button result-row".*?</button>', html, flags=re.DOTALL)


def test_all_choices_have_the_same_page_and_all_rows_the_same_markup(client, study, expert):
    mine = study.choices.filter(annotator=expert).order_by("position")
    pages = [page(client, choice) for choice in mine[1:8]]
    assert len({normalised(html) for html in pages}) == 1
    rows = [normalised(row) for html in pages for row in rows_html(html)]
    assert len(rows) == 3 * 7 * (1 + CHOICES_AHEAD)
    assert len(set(rows)) == 1


def test_a_row_is_named_by_its_place_alone(client, study, expert):
    for choice in study.choices.filter(annotator=expert)[:6]:
        html = page(client, choice)
        assert re.findall(r'name="row" value="([^"]*)"', html) == ["1", "2", "3", "0"] * (1 + CHOICES_AHEAD)
        for row in rows_html(html):
            assert not re.search(r"\b(id|data-(?!action|yours)\w+|style|title)=", row)


def test_models_change_places_at_random(study, expert):
    """Of 80 choices each model is at each place about 27 times; the same by identifier, the one thing that is seen."""
    choices = list(study.choices.filter(annotator=expert))
    at_place = Counter((models[0], place) for choice in choices for place, models in enumerate(choice.rows))
    assert len(at_place) == 9
    assert all(11 <= count <= 43 for count in at_place.values()), at_place
    by_identifier = sorted(choices, key=lambda choice: choice.pk.hex)
    by_position = sorted(choices, key=lambda choice: choice.position)
    for order in (by_identifier, by_position):
        halves = [Counter(choice.rows[0][0] for choice in half) for half in (order[:40], order[40:])]
        assert all(3 <= half[model] <= 25 for half in halves for model in MODELS), halves


def test_two_experts_see_the_same_rows_in_orders_that_have_nothing_to_do_with_each_other(study, expert):
    orders = {
        is_spy: {
            (choice.query_id, choice.slice): choice.rows
            for choice in study.choices.all()
            if (choice.annotator_id == expert.pk) == is_spy
        }
        for is_spy in (True, False)
    }
    same = sum(orders[True][asked] == rows for asked, rows in orders[False].items())
    assert 3 <= same <= 27  # of 80, one in six by chance


def test_whose_the_rows_are_changes_nothing_on_the_page(client, study, expert):
    """The same rows in the same places, with the models behind them exchanged: the page stays to the last byte."""
    choice = study.choices.filter(annotator=expert).first()
    tokens = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"|submission" value="[^"]+"')
    before = tokens.sub("", page(client, choice))
    exchanged = dict(zip(MODELS, (*MODELS[1:], MODELS[0]), strict=True))
    for result in choice.query.results.all():
        result.model_slug = f"-{exchanged[result.model_slug]}"
        result.save()
    for result in choice.query.results.all():
        result.model_slug = result.model_slug[1:]
        result.save()
    choice.rows = [[exchanged[model] for model in row] for row in choice.rows]
    choice.save()
    assert tokens.sub("", page(client, choice)) == before


def test_a_record_is_shown_by_the_same_picture_in_every_row(client, expert):
    study = preference_study(expert, models=MODELS)
    for record in Record.objects.all():
        ImageFactory(record=record, position=1)
    choice = study.choices.first()
    first = {record.pk: record.images.get(position=0).thumbnail_url for record in Record.objects.all()}
    html = page(client, choice)
    shown = re.findall(r'class="shown" src="([^"]+)"', html)
    assert set(shown) <= set(first.values())


def test_rows_that_models_share_look_like_any_other(client, expert):
    study = preference_study(expert, models=MODELS, same=[(MODELS[0], MODELS[1])])
    html = page(client, study.choices.get(position=2))
    assert len(rows_html(html)) == 2 * (1 + CHOICES_AHEAD)
    assert len({normalised(row) for row in rows_html(html)}) == 1


def test_all_choices_take_the_same_queries_so_that_waiting_tells_nothing(client, study, expert):
    counts = set()
    for choice in study.choices.filter(annotator=expert, position__gt=1)[:5]:
        with CaptureQueriesContext(connection) as queries:
            page(client, choice)
        counts.add(len(queries))
    assert len(counts) == 1


def test_somebody_else_s_choice_does_not_exist(client, study, expert):
    theirs = study.choices.exclude(annotator=expert).first()
    other = preference_study(UserFactory())
    sent = {"row": "1", "submission": str(uuid.uuid4())}
    unknown = PreferenceChoice(pk=uuid.uuid4(), study=study)
    for choice in (theirs, other.choices.first(), unknown):
        for headers in ({}, {"Accept": "application/json"}):
            assert client.get(choice.get_absolute_url(), headers=headers).status_code == 404
            assert client.post(choice.get_absolute_url(), sent, headers=headers).status_code == 404
    # An own choice under another study's address, and another study's pages.
    mine = study.choices.filter(annotator=expert).first()
    assert client.get(reverse("preference-choice", args=[other.pk, mine.pk])).status_code == 404
    for name in ("choose", "my-choices"):
        assert client.get(reverse(name, args=[other.pk])).status_code == 404
    assert not PreferenceChoice.objects.filter(answers__isnull=False).exists()
    assert other.name not in client.get(reverse("home")).content.decode()


def test_visitors_are_sent_to_log_in(study, expert):
    choice = study.choices.first()
    for url in (choice.get_absolute_url(), reverse("choose", args=[study.pk]), study.get_absolute_url()):
        assert Client().get(url).url.startswith(reverse("login"))


def test_leads_too_see_only_their_own_choices(client, study):
    lead = UserFactory(role="lead")
    client.force_login(lead)
    assert client.get(study.choices.first().get_absolute_url()).status_code == 404
    assert not visible_studies(lead).exists()
    assert not visible_choices(lead, study).exists()
    assert PreferenceStudy.objects.count() == 1


def test_what_others_chose_is_not_among_my_choices(client, study, expert):
    for choice in study.choices.exclude(annotator=expert)[:5]:
        record_answer(choice=choice, annotator=choice.annotator, row=1, comment="what a colleague commented")
    html = client.get(reverse("my-choices", args=[study.pk])).content.decode()
    assert "0 of 80 choices made" in html
    assert "colleague" not in html
