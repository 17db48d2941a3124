"""The expert's pages without a browser, and the lead's: who gets in, what is shown, what is downloaded."""

import csv
import io
import re
import uuid

import pytest
from django.urls import reverse

from annotation.models.preference import PreferenceStudy
from annotation.preference.actions import close_study, record_answer
from heritage.jobs.registry import job_kind
from heritage.models import JobRun
from heritage.progress import NoProgress
from tests.factories import UserFactory, collections_with_vectors, preference_study

pytestmark = pytest.mark.django_db

LEAD_PAGES = ("preference-study", "preference-answers", "preference-wins", "preference-rankings")
DOWNLOADS = LEAD_PAGES[1:]


@pytest.fixture
def expert(client):
    person = UserFactory(username="ada")
    client.force_login(person)
    return person


@pytest.fixture
def lead(client):
    person = UserFactory(username="lead", role="lead")
    client.force_login(person)
    return person


def text(response):
    return response.content.decode()


def answer(row=1, **changes):
    return {"row": row, "submission": str(uuid.uuid4()), "comment": "", "seconds": "1.5"} | changes


# --- Choosing --------------------------------------------------------------------------------


def test_home_leads_to_the_first_choice_and_each_answer_to_the_next(client, expert):
    study = preference_study(expert, instructions="Think of a school class.")
    home = text(client.get(reverse("home")))
    assert study.name in home
    assert "Think of a school class." in home
    address = client.get(reverse("choose", args=[study.pk])).url
    for position in range(1, 5):
        assert address == study.choices.get(position=position).get_absolute_url()
        page = text(client.get(address))
        assert f"Choice {position}: " in page
        address = client.post(address, answer(position % 4)).url
    assert address == reverse("my-choices", args=[study.pk])
    mine = text(client.get(address))
    assert "Thank you" in mine
    assert "None is better" in mine
    assert list(study.choices.order_by("position").values_list("answers__row", flat=True)) == [1, 2, 3, 0]
    assert "All choices made" in text(client.get(reverse("home")))


def test_a_choice_shows_the_query_and_the_records_in_their_order(client, expert):
    choice = preference_study(expert).choices.get(position=2)
    page = text(client.get(choice.get_absolute_url()))
    assert f"</span><bdi>{choice.query.text}</bdi></h1>" in page
    first, last = map(int, choice.slice.split("-"))
    shown = []
    for [model] in choice.rows:
        results = choice.query.results.filter(model_slug=model, rank__gte=first, rank__lte=last).order_by("rank")
        shown += [result.record.name for result in results]
    names = [part.split("<")[0] for part in page.split('id="ahead"')[0].split('class="result-name" dir="auto">')[1:]]
    assert names == shown
    assert len(names) == 9


SCRIPT = {"Accept": "application/json"}


def test_the_script_gets_the_next_choices_in_place(client, expert):
    study = preference_study(expert)
    one, two, three, four = study.choices.order_by("position")
    page = client.get(one.get_absolute_url())
    assert "Accept" in page["Vary"]
    assert re.findall(r'data-position="(\d+)"', text(page)) == ["1", "2", "3"]
    reply = client.post(one.get_absolute_url(), answer(held=3, wanted=2), headers=SCRIPT).json()
    assert [f'data-url="{four.get_absolute_url()}"' in markup for markup in reply["choices"]] == [True]
    assert reply["go"] == ""
    for choice in (two, four):
        reply = client.post(choice.get_absolute_url(), answer(held=4, wanted=2), headers=SCRIPT).json()
    assert reply == {"choices": [], "go": three.get_absolute_url()}
    reply = client.post(three.get_absolute_url(), answer(held=4, wanted=2), headers=SCRIPT).json()
    assert reply == {"choices": [], "go": reverse("my-choices", args=[study.pk])}
    (shown,) = client.get(one.get_absolute_url(), headers=SCRIPT).json()["choices"]
    assert "data-done" in shown


def test_the_script_is_told_why_an_answer_is_refused(client, expert):
    choice = preference_study(expert).choices.get(position=1)
    url = choice.get_absolute_url()
    wrong = client.post(url, answer(9), headers=SCRIPT)
    assert (wrong.status_code, "There is no row 9" in wrong.json()["problem"]) == (400, True)
    theirs = client.post(url, answer(1, annotator="grace"), headers=SCRIPT)
    assert (theirs.status_code, "log in as grace" in theirs.json()["problem"]) == (403, True)
    close_study(study=choice.study)
    late = client.post(url, answer(1), headers=SCRIPT)
    assert (late.status_code, "is closed" in late.json()["problem"]) == (409, True)
    assert not choice.answers.exists()


def test_a_change_from_the_list_leads_back_to_it(client, expert):
    study = preference_study(expert)
    choice = study.choices.get(position=1)
    client.post(choice.get_absolute_url(), answer(2))
    page = text(client.get(f"{choice.get_absolute_url()}?then=choices"))
    assert 'name="then" value="choices"' in page
    assert "(your choice)" in page
    back = client.post(choice.get_absolute_url(), answer(3, then="choices"))
    assert back.url == f"{reverse('my-choices', args=[study.pk])}?around=1#choice-1"
    assert "Row 3" in text(client.get(back.url))


@pytest.mark.parametrize("sent", [{}, {"row": "x"}, {"row": "1"}, {"row": "7", "submission": str(uuid.uuid4())}])
def test_a_damaged_form_is_explained_and_stores_nothing(client, expert, sent):
    choice = preference_study(expert).choices.get(position=1)
    response = client.post(choice.get_absolute_url(), sent)
    assert response.status_code == 400
    assert 'role="alert"><p>' in text(response)
    assert not choice.answers.exists()


def test_a_closed_study_shows_what_was_chosen(client, expert):
    study = preference_study(expert)
    choice = study.choices.get(position=1)
    close_study(study=study)
    assert client.get(choice.get_absolute_url()).url == reverse("my-choices", args=[study.pk])
    assert client.get(reverse("choose", args=[study.pk])).url == reverse("my-choices", args=[study.pk])
    response = client.post(choice.get_absolute_url(), answer())
    assert response.status_code == 409
    assert "is closed and takes no more answers" in text(response)


def test_pages_cost_the_same_queries_however_much_there_is(client, expert, django_assert_max_num_queries):
    for queries in (["lamp"], [f"query {number}" for number in range(30)]):
        study = preference_study(expert, queries=queries)
        for choice in study.choices.all():
            record_answer(choice=choice, annotator=expert, row=1)
        with django_assert_max_num_queries(18):
            client.get(study.choices.get(position=1).get_absolute_url())
        with django_assert_max_num_queries(14):
            client.get(reverse("my-choices", args=[study.pk]))


# --- Leads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["preference-studies", "new-preference-study", *LEAD_PAGES, "preference-study-state"])
def test_experts_do_not_get_in(client, expert, name):
    study = preference_study(expert)
    url = reverse(name, args=[] if name in ("preference-studies", "new-preference-study") else [study.pk])
    assert client.get(url).status_code in (403, 405)
    assert client.post(url, {"state": "closed"}).status_code in (403, 405)
    study.refresh_from_db()
    assert study.is_open


def test_the_result_in_words_drawing_and_table(client, lead):
    experts = [UserFactory(username="ada"), UserFactory(username="grace")]
    study = preference_study(*experts, queries=[f"query {number}" for number in range(8)])
    page = text(client.get(study.get_absolute_url()))
    assert "No answer can be given yet." in page
    for choice in study.choices.select_related("annotator"):
        row = 1 + choice.rows.index(["model-two"])
        record_answer(choice=choice, annotator=choice.annotator, row=row)
    page = text(client.get(study.get_absolute_url()))
    assert "Experts chose the rows of <strong>model-two</strong> most often, in <strong>100 %</strong> of 32" in page
    assert "It is preferred to model-one and model-three." in page
    assert "Results 1-3, n = 16" in page
    assert "model-one against model-two" in page
    assert page.index('class="answer"') < page.index("<svg") < page.index("<table")
    assert study.name in text(client.get(reverse("preference-studies")))


def test_who_chooses_in_an_open_study_sees_no_result_not_even_a_lead(client, lead):
    study = preference_study(lead, UserFactory())
    for choice in study.choices.filter(annotator=lead, position__gt=1):
        record_answer(choice=choice, annotator=lead, row=1)
    page = text(client.get(study.get_absolute_url()))
    assert "its result is shown to you once it is closed" in page
    assert "Experts chose" not in page
    assert "Seed" not in page
    for name in DOWNLOADS:
        assert client.get(reverse(name, args=[study.pk])).status_code == 403
    assert reverse("choose", args=[study.pk]) in text(client.get(reverse("home")))
    close_study(study=study)
    assert "Experts chose" in text(client.get(study.get_absolute_url()))
    for name in DOWNLOADS:
        assert client.get(reverse(name, args=[study.pk])).status_code == 200


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_downloads_are_whole_and_safe_in_a_spreadsheet(client, lead):
    person = UserFactory(username="=ada")
    study = preference_study(person, queries=["=1+1", "lamp"], same=[("model-one", "model-two")])
    for choice in study.choices.all():
        shared = 1 + choice.rows.index(["model-one", "model-two"])
        record_answer(choice=choice, annotator=person, row=shared if choice.position > 1 else 0, comment="@cmd")
    answers = rows_of(client.get(reverse("preference-answers", args=[study.pk])))
    assert [row["position"] for row in answers] == ["1", "2", "3", "4"]
    assert {row["annotator"] for row in answers} == {"'=ada"}
    assert {row["query"] for row in answers} == {"'=1+1", "lamp"}
    assert {row["comment"] for row in answers} == {"'@cmd"}
    assert {row["slice"] for row in answers} == {"results 1-3", "results 4-6"}
    assert [row["chosen"] for row in answers] == ["", *["model-one = model-two"] * 3]
    wins = rows_of(client.get(reverse("preference-wins", args=[study.pk])))
    overall = {row["model"]: float(row["wins"]) for row in wins if row["grouping"] == "all"}
    assert overall == {"model-one": 1.5, "model-two": 1.5, "model-three": 0, "(none better)": 1}
    rankings = rows_of(client.get(reverse("preference-rankings", args=[study.pk])))
    assert len(rankings) == 2 * 3 * 6


def test_closing_and_reopening(client, lead):
    study = preference_study(UserFactory())
    url = reverse("preference-study-state", args=[study.pk])
    assert "is closed" in text(client.post(url, {"state": "closed"}, follow=True))
    assert "is open again" in text(client.post(url, {"state": "open"}, follow=True))
    assert client.get(url).status_code == 405


def test_studies_are_found_beside_campaigns_and_from_models(client, lead):
    for name in ("campaigns", "models"):
        assert reverse("preference-studies") in text(client.get(reverse(name)))
    assert "Register another model" in text(client.get(reverse("preference-studies")))
    collections_with_vectors({"smg": 1}, ["base"])
    assert reverse("new-preference-study") in text(client.get(reverse("preference-studies")))


# --- Making one ------------------------------------------------------------------------------


@pytest.fixture
def world(lead):
    return collections_with_vectors({"smg": 20, "nms": 12}, ["base", "ft-best"])


def filled_in(**changes):
    return {
        "name": "Search",
        "models": ["base", "ft-best"],
        "collections": ["smg", "nms"],
        "queries": "lamp\ntelephone\n",
        "slices": "1-4, 5-9",
        "annotators": [UserFactory().username],
        "instructions": "",
        "seed": "",
    } | changes


def test_the_form_suggests_queries_and_draws_others(client, world):
    page = client.get(reverse("new-preference-study"))
    form = page.context["form"]
    assert len(form.initial["queries"].splitlines()) == 21  # a third of the 32 records has no picture
    assert set(form.initial["models"]) == {"base", "ft-best"}
    sent = filled_in(collections=["nms"], name="Kept", draw="1")
    again = client.post(reverse("new-preference-study"), sent)
    assert again.status_code == 200
    assert 'value="Kept"' in text(again)
    drawn = again.context["form"].initial["queries"].splitlines()
    assert len(drawn) == 8
    assert again.context["form"].initial["draw"] == 2
    assert not JobRun.objects.exists()


def test_the_form_starts_a_job_with_what_it_asks(client, world):
    sent = filled_in(seed="5", instructions="Look twice.")
    response = client.post(reverse("new-preference-study"), sent)
    run = JobRun.objects.get()
    assert response.url == run.get_absolute_url()
    assert run.title == "Search for the preference study Search"
    assert run.arguments["recipe"] == {
        "name": "Search",
        "models": ["base", "ft-best"],
        "collections": ["nms", "smg"],
        "queries": ["lamp", "telephone"],
        "slices": ["1-4", "5-9"],
        "annotators": sent["annotators"],
        "instructions": "Look twice.",
        "seed": 5,
    }
    client.post(reverse("new-preference-study"), sent)  # a double click
    assert JobRun.objects.count() == 1


def test_the_job_makes_the_study(client, world, monkeypatch):
    """The models of this world cannot encode text: drawn vectors stand in for the queries' own."""
    import numpy as np

    class Encoder:
        def encode_texts(self, texts):
            drawn = np.random.default_rng(len(texts)).normal(size=(len(texts), 6))
            return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)

    monkeypatch.setattr("models_ml.networks.encoders.load_encoder", lambda source: Encoder())
    client.post(reverse("new-preference-study"), filled_in())
    run = JobRun.objects.get()
    address = job_kind(run.kind).work(NoProgress(), **run.arguments)
    study = PreferenceStudy.objects.get()
    assert address == study.get_absolute_url()
    assert study.created_by.username == "lead"
    assert study.model_slugs == ["base", "ft-best"]
    assert study.choices.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"models": ["base"]}, "compares models: name at least two"),
        ({"models": []}, "tick at least two"),
        (
            {"models": ["base", "heritage-mini"]},
            "heritage-mini has no vectors yet of 31 pictures: run python manage.py",
        ),
        ({"collections": []}, "Tick at least one collection"),
        ({"queries": " \n "}, "at least one query"),
        ({"queries": "lamp\n\nloom"}, "Query 2 is empty"),
        ({"queries": "lamp\nLAMP"}, "Queries 1 and 2 are both"),
        ({"slices": "1-4, 3-9"}, "overlap"),
        ({"slices": "1-4, 25-29"}, "reaches beyond the 21 records"),
        ({"slices": "best"}, "is no slice of the ranking"),
        ({"annotators": []}, "tick one"),
        ({"name": "ft-best wins"}, "Experts would read ft-best"),
        ({"seed": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_form_that_makes_no_sense_says_why_and_starts_nothing(client, world, changes, sentence):
    response = client.post(reverse("new-preference-study"), filled_in(**changes))
    assert response.status_code == 422
    assert sentence in text(response)
    assert not JobRun.objects.exists()
