"""The page that starts an evaluation of links, and what it found, for leads only."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from heritage.models import JobRun, Role
from heritage.progress import NoProgress
from linking.evaluation.answers import AnswerSource, register_answers
from models_ml.models import Evaluation
from models_ml.tasks import evaluate
from tests.factories import UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

PAIRS = "a,b,label\n" + "".join(f"left-{n},right-{n % 8},same_object\n" for n in range(20))
ASKED = {
    "base_model": "one",
    "other_models": ["two"],
    "similarities": ["plain", "fused"],
    "records": "",
    "seed": "0",
}


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def lead_client():
    collections_with_vectors({"left": 20, "right": 12}, ["one", "two"])
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


def file_of(text, name="partners.csv"):
    return SimpleUploadedFile(name, text.encode())


def test_links_are_measured_by_a_job_and_read_in_words_drawings_and_tables(lead_client):
    answer = lead_client.post(reverse("new-links-evaluation"), ASKED | {"truth": file_of(PAIRS)})
    job = JobRun.objects.get()
    assert answer.url == job.get_absolute_url()
    assert job.title == "Evaluate links: one, two"
    url = evaluate(NoProgress(), **job.arguments).url
    document = Evaluation.objects.get().document
    assert document["truth"]["file"] == "partners.csv"
    page = lead_client.get(url).content.decode()
    assert "Of the most similar 1 % of" in page
    assert "one and two" in page or "two and one" in page or "than that of one" in page
    assert "The top of the list" in page
    assert f"{document['rows'][0]['auc']:.3f}" in page
    assert "python manage.py evaluate links --models one two --truth" in page
    assert "--records all --seed 0" in page
    assert "on all 32 records of" in page
    assert f"both records of {document['held_out']['pairs']} pairs." in page
    listed = lead_client.get(reverse("evaluations")).content.decode()
    assert "plain, fused; by partners.csv" in listed
    assert reverse("new-links-evaluation") in listed
    for table in ("figures", "ranks", "comparisons"):
        answer = lead_client.get(reverse("evaluation-table", args=[Evaluation.objects.get().pk, table, "csv"]))
        assert answer.status_code == 200
    assert lead_client.get(reverse("model", args=["one"])).status_code == 200


def test_an_uploaded_truth_is_found_again_where_the_data_was_moved(lead_client, settings, tmp_path):
    lead_client.post(reverse("new-links-evaluation"), ASKED | {"truth": file_of(PAIRS)})
    job = JobRun.objects.get()
    moved = tmp_path.parent / f"{tmp_path.name} moved"
    tmp_path.rename(moved)
    settings.DATA_DIR = moved
    evaluate(NoProgress(), **job.arguments)
    assert Evaluation.objects.get().document["truth"]["file"] == "partners.csv"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "give one of them"),
        ({"truth": "a,b,label\nleft-0,right-0,equal\n"}, "Line 2: there is no label"),
        ({"truth": "a,b\n"}, "broken.csv has the columns a, b"),
        ({"truth": PAIRS, "similarities": []}, "Choose at least one."),
        ({"truth": PAIRS, "collections": ["left"]}, "names 1"),
        ({"truth": PAIRS, "campaign": "Unheard of"}, "Unheard of is not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_and_starts_nothing(lead_client, changes, reason):
    if "truth" in changes:
        changes = changes | {"truth": file_of(changes["truth"], "broken.csv")}
    answer = lead_client.post(reverse("new-links-evaluation"), ASKED | changes)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not JobRun.objects.exists()


def test_a_file_that_is_no_truth_is_not_kept(lead_client, tmp_path):
    lead_client.post(reverse("new-links-evaluation"), ASKED | {"truth": file_of("a,b\n")})
    assert list((tmp_path / "evaluations").iterdir()) == []


def test_campaigns_are_offered_by_name(lead_client, monkeypatch):
    monkeypatch.setattr("linking.evaluation.answers._sources", [])
    assert "<option" in lead_client.get(reverse("new-links-evaluation")).content.decode()
    register_answers(AnswerSource(read=None, names=lambda: ["Mill machinery"]))
    assert "Mill machinery" in lead_client.get(reverse("new-links-evaluation")).content.decode()
    answer = lead_client.post(reverse("new-links-evaluation"), ASKED | {"campaign": "Mill machinery"})
    assert answer.status_code == 302
    assert JobRun.objects.get().arguments["options"]["campaign"] == "Mill machinery"


def test_others_than_leads_do_not_get_there(lead_client):
    client = Client()
    assert client.get(reverse("new-links-evaluation")).status_code == 302
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    assert client.get(reverse("new-links-evaluation")).status_code == 403
