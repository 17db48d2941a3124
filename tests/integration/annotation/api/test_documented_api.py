"""docs/api.md does what it says, and the API answers as its schema says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from annotation.models import Annotation, Campaign
from heritage.accounts.tokens import issue_token
from heritage.models import User
from tests.factories import FinerLabelFactory, UserFactory, campaign_for

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "api.md"


def snippet(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return found


@pytest.fixture
def annotator() -> User:
    return UserFactory()


@pytest.fixture
def campaign(transactional_db: None, annotator: User) -> Campaign:
    return campaign_for(annotator, pairs_each=3)


@pytest.fixture
def environment(live_server, annotator: User) -> dict[str, str]:
    return {**os.environ, "ADDRESS": live_server.url, "TOKEN": issue_token(annotator).token}


def test_the_python_snippet_labels_every_pair(campaign: Campaign, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", snippet("python")], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert Annotation.objects.filter(assignment__campaign=campaign, label="unrelated").count() == 3
    assert ran.stdout.splitlines()[-1].endswith("{'answered': 3, 'total': 3}")


def test_the_curl_line_lists_the_campaigns(campaign: Campaign, environment: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    ran = subprocess.run(["sh", "-c", snippet("sh")], env=environment, capture_output=True, text=True, timeout=60)
    assert str(campaign.pk) in ran.stdout


@pytest.mark.django_db
def test_the_answer_with_a_finer_label_is_taken_as_it_stands(annotator: User) -> None:
    campaign = campaign_for(annotator, pairs_each=1)
    finer = FinerLabelFactory(campaign=campaign, label="same_category", name="Same maker")
    api = APIClient()
    api.force_authenticate(annotator)
    pair = api.post(reverse("api-next", args=[campaign.pk])).json()
    assert pair["finer_labels"] == [{"label": "same_category", "key": "same-maker", "name": "Same maker"}]
    url = reverse("api-label", args=[pair["assignment"]])
    assert api.post(url, json.loads(snippet("json")), format="json").json()["finer"] == "same-maker"
    assert Annotation.objects.get().finer == finer


@pytest.mark.django_db
def test_the_schema_describes_exactly_what_there_is() -> None:
    answer = APIClient().get(reverse("api-schema"))
    assert answer.status_code == 200
    schema = yaml.safe_load(answer.content)
    validate_schema(schema)
    assert set(schema["paths"]) == {
        "/api/collections/",
        "/api/records/",
        "/api/records/{id}/",
        "/api/search/",
        "/api/links/",
        "/reconcile/",
        "/reconcile/suggest/entity",
        "/reconcile/suggest/property",
        "/reconcile/suggest/type",
        "/reconcile/properties",
        "/links/{campaign_id}/{pair_id}/manifest.json",
        "/records/{id}/manifest.json",
        "/records/{id}/linked-art.json",
        "/records/{id}/beside/{other_pk}/manifest.json",
        "/api/campaigns/",
        "/api/campaigns/{campaign_id}/next/",
        "/api/assignments/{assignment_id}/label/",
    }
    for path, methods in schema["paths"].items():
        assert re.sub(r"{\w+}", "ID", path) in GUIDE.read_text("utf-8")
        assert all(operation["description"] for operation in methods.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer", [{}, {"label": "unrelated", "seconds": "long"}, {"label": "the same"}, {"label": ""}]
)
def test_what_is_wrong_is_one_sentence(answer: dict[str, str]) -> None:
    person = UserFactory()
    assignment = campaign_for(person).assignments.first()
    api = APIClient()
    api.force_authenticate(person)
    refused = api.post(reverse("api-label", args=[assignment.pk]), answer, format="json")
    assert refused.status_code == 400
    assert isinstance(refused.json()["detail"], str)
    assert not Annotation.objects.exists()
