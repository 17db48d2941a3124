"""Pages of evaluations: started as jobs, read, downloaded, for leads only."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from heritage.models import JobRun, Record, Role
from heritage.progress import NoProgress
from models_ml.evaluation.actions import evaluate_models
from models_ml.evaluation.settings import SearchSettings
from models_ml.models import EmbeddingModel, Evaluation
from models_ml.queries import newest_figures
from models_ml.tasks import evaluate
from tests.factories import UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    collections_with_vectors({"left": 120, "right": 80}, ["one", "two"])
    for record in Record.objects.all():
        Record.objects.filter(pk=record.pk).update(name=("loom", "lamp", "radio")[record.pk % 3])


@pytest.fixture
def lead_client():
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


@pytest.fixture
def evaluation(world):
    settings = SearchSettings(models=("one", "two"), tops=(3, 10))
    return evaluate_models(settings, progress=NoProgress()).kept


def test_a_search_is_started_as_a_job_and_its_result_can_be_read(world, lead_client):
    chosen = {"base_model": "one", "other_models": ["two"], "direction": "image image", "alike": "0.95", "seed": "0"}
    answer = lead_client.post(reverse("new-search"), chosen | {"records": "held-out"})
    job = JobRun.objects.get()
    assert answer.url == job.get_absolute_url()
    assert job.title == "Evaluate search: one, two"
    url = evaluate(NoProgress(), **job.arguments).url
    page = lead_client.get(url).content.decode()
    kept = Evaluation.objects.get()
    assert kept.created_by.username == job.started_by.username
    assert "Relevant results" in page
    assert f"{kept.document['rows'][0]['relevance']:.3f}" in page
    assert "python manage.py evaluate search --models one two" in page


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("new-zero-shot", {"candidates": "5", "subsets": "all"}, "Choose name, noun or both."),
        ("new-search", {"direction": "image image", "alike": "7"}, "less than or equal to 1"),
        (
            "new-search",
            {"direction": "image image", "alike": "1", "across": "on", "collections": "left"},
            "two collections",
        ),
    ],
)
def test_what_makes_no_sense_is_said_and_starts_nothing(world, lead_client, name, data, reason):
    answer = lead_client.post(reverse(name), {"base_model": "one", "records": "held-out", "seed": "0"} | data)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not JobRun.objects.exists()


def test_the_chat_model_is_offered_only_where_one_is_set(world, lead_client, settings):
    assert "about the sample" not in lead_client.get(reverse("new-zero-shot")).content.decode()
    settings.CHAT_MODEL, settings.CHAT_API_KEY = "talker", "secret"
    page = lead_client.get(reverse("new-zero-shot")).content.decode()
    assert "Also ask talker about the sample" in page
    assert "secret" not in page


def test_tables_can_be_downloaded(evaluation, lead_client):
    answer = lead_client.get(reverse("evaluation-table", args=[evaluation.pk, "figures", "csv"]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["relevance"] for row in rows] == [str(row["relevance"]) for row in evaluation.document["rows"]]
    for form, sign in (("md", "| one"), ("tex", r"\toprule")):
        text = lead_client.get(reverse("evaluation-table", args=[evaluation.pk, "figures", form])).content.decode()
        assert sign in text
    for table, form in (("nouns", "csv"), ("figures", "exe")):
        assert lead_client.get(reverse("evaluation-table", args=[evaluation.pk, table, form])).status_code == 404


def test_the_registry_shows_the_newest_figures(evaluation, lead_client):
    again = evaluate_models(SearchSettings(models=("one",), seed=3), progress=NoProgress()).kept
    found = newest_figures()
    assert found["one"].relevance.evaluation == again.pk
    assert found["two"].relevance.evaluation == evaluation.pk
    assert found["two"].accuracy is None
    assert reverse("evaluation", args=[again.pk]) in lead_client.get(reverse("models")).content.decode()
    assert (
        reverse("evaluation", args=[evaluation.pk]) in lead_client.get(reverse("model", args=["two"])).content.decode()
    )


def test_figures_of_other_weights_are_not_shown_as_the_model_s(evaluation, lead_client):
    EmbeddingModel.objects.filter(slug="two").update(fingerprint="other")
    assert "two" not in newest_figures()
    page = lead_client.get(evaluation.get_absolute_url()).content.decode()
    assert "The weights of two have changed since" in page


@pytest.mark.parametrize("name", ["evaluations", "models"])
def test_more_evaluations_take_no_more_queries(evaluation, lead_client, name):
    with CaptureQueriesContext(connection) as few:
        lead_client.get(reverse(name))
    for seed in range(1, 4):
        evaluate_models(SearchSettings(models=("one", "two"), tops=(10,), seed=seed), progress=NoProgress())
    with CaptureQueriesContext(connection) as more:
        lead_client.get(reverse(name))
    assert len(more) == len(few)


@pytest.mark.parametrize("name", ["evaluations", "new-zero-shot", "new-search"])
def test_annotators_are_kept_out(name):
    client = Client()
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    assert client.get(reverse(name)).status_code == 403


def test_annotators_see_no_evaluation(evaluation):
    client = Client()
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    assert client.get(evaluation.get_absolute_url()).status_code == 403
    assert client.get(reverse("evaluation-table", args=[evaluation.pk, "figures", "csv"])).status_code == 403
