"""A request has a number: in the answer, on the page of a failure, on its lines in the log and on those of its jobs."""

import logging
import re

import pytest
from django.urls import reverse

from heritage.jobs import registry, start_job
from heritage.jobs.worker import run_worker
from heritage.logs.formats import formatter_of
from heritage.logs.request_ids import HEADER, current_request_id
from heritage.models import JobRun, Role
from heritage.serving import health
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
MADE = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def log():
    """Lines as the server writes them."""
    said = []

    class Keeping(logging.Handler):
        def emit(self, record):
            said.append(self.format(record))

    handler = Keeping()
    handler.setFormatter(formatter_of("line"))
    logging.getLogger().addHandler(handler)
    yield said
    logging.getLogger().removeHandler(handler)


def fail(*_, **__):
    raise RuntimeError("broken for a test")


def test_each_request_has_a_number_of_its_own(client):
    numbers = {client.get(address)[HEADER] for address in ("/healthz", "/login/", "/nothing/", "/static/nothing.css")}
    assert len(numbers) == 4
    assert all(MADE.fullmatch(number) for number in numbers)
    assert current_request_id() == ""


@pytest.mark.parametrize(
    ("behind", "said", "taken"),
    [
        (True, "4f1c-A_9", True),
        (False, "4f1c-A_9", False),
        (True, "a" * 65, False),
        (True, "a b", False),
        (True, "a\nb", False),
        (True, "", False),
    ],
)
def test_the_proxys_number_is_taken_where_there_is_a_proxy(client, settings, behind, said, taken):
    settings.BEHIND_TLS_PROXY = behind
    number = client.get("/healthz", headers={HEADER: said})[HEADER]
    assert (number == said) == taken
    assert taken or MADE.fullmatch(number)


@pytest.mark.parametrize(("language", "word"), [("en", "say this number"), ("de", "diese Nummer"), ("fr", "ce numéro")])
def test_the_page_of_a_failure_says_the_number_that_the_log_has(client, monkeypatch, log, language, word):
    monkeypatch.setattr(health, "require_current", fail)
    client.raise_request_exception = False
    answer = client.get(reverse("readyz"), headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 500
    assert word in page
    assert f'<p class="request-number">{answer[HEADER]}</p>' in page
    [line] = log
    assert "Internal Server Error: /readyz" in line
    assert f"[request {answer[HEADER]}]\n    Traceback" in line


def test_so_does_the_api_and_lines_name_an_account_by_its_key_alone(client, monkeypatch, log):
    person = UserFactory(role=Role.ANNOTATOR, username="somebody", email="somebody@museum.example")
    campaign = campaign_for(person)
    client.force_login(person)
    client.raise_request_exception = False
    monkeypatch.setattr("annotation.answers.queries.next_unanswered", fail)
    answer = client.post(reverse("api-next", args=[campaign.pk]))
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer[HEADER]
    assert f"[request {answer[HEADER]}, account {person.pk}]" in log[-1]
    assert "somebody" not in "".join(log)


@pytest.mark.django_db(transaction=True)
def test_lines_of_a_job_have_the_number_of_the_request_that_started_it(client, monkeypatch, log):
    monkeypatch.setattr(registry, "_kinds", {})
    registry.job("test", title="Import minutes-of-ada.csv")(fail)
    person = UserFactory(role=Role.LEAD)
    client.force_login(person)
    monkeypatch.setattr(health, "require_current", lambda: start_job("test", user=person))
    answer = client.get(reverse("readyz"))
    run_worker(wait=False)
    run = JobRun.objects.get()
    assert run.request_id == answer[HEADER]
    [line] = [line for line in log if " heritage.jobs.running: " in line]
    assert f"Job {run.pk} (test) failed. [request {answer[HEADER]}, job {run.pk}, account {person.pk}]" in line
    assert "ada" not in line
