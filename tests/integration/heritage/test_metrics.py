"""/metrics: for whoever has the token and nobody else, and what it says is so."""

import datetime
import errno
import os

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from annotation.answers.actions import record_annotation, record_skip
from heritage.errors import UserError
from heritage.jobs.worker_lock import worker_lock
from heritage.metrics import processes, state
from heritage.models import JobRun, Role
from heritage.progress import NoProgress
from heritage.recovery.actions import back_up
from heritage.recovery.last import NAME, last_backup, noted_backup
from tests.encoder_server import DrawnEncoder, encoder_running
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
TOKEN = "a token of the tests alone"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched(settings, client):
    """Answers what /metrics says: a value for each name and labels."""
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        assert answer["Cache-Control"].startswith("max-age=0")
        return {
            ((sample.name, *sample.labels.values()) if sample.labels else sample.name): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return read


def test_there_is_no_such_page_without_a_token(client, settings):
    settings.METRICS_TOKEN = ""
    for headers in ({}, BEARER, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Token {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer é"]
)
def test_an_account_is_no_key_and_neither_is_another_token(client, settings, sent):
    settings.METRICS_TOKEN = TOKEN
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"heritage_" not in answer.content


def test_answers_are_counted_without_whose_they_are(watched):
    person = UserFactory(role=Role.ANNOTATOR, username="ada")
    first, second, *_ = campaign_for(person, pairs_each=4, name="Secret campaign").assignments.all()
    for label in ("same_object", "unrelated"):
        record_annotation(assignment=first, annotator=person, label=label, comment="")
    record_skip(assignment=second, annotator=person, reason="cannot_tell")
    found = watched()
    assert {kind: found["heritage_answers", kind] for kind in ("annotation", "skip", "reflection", "preference")} == {
        "annotation": 2,
        "skip": 1,
        "reflection": 0,
        "preference": 0,
    }
    assert not any("ada" in labels or "Secret" in str(labels) for labels in found)


def test_jobs_are_counted_by_state_and_the_longest_wait_is_said(watched):
    before = watched()
    assert before["heritage_job_waiting_seconds"] == 0
    from heritage.jobs import registry, start_job

    registry._kinds.setdefault("measured", registry.JobKind("measured", "Wait", lambda progress: None))
    try:
        run = start_job("measured")
    finally:
        registry._kinds.pop("measured")
    JobRun.objects.filter(pk=run.pk).update(created=timezone.now() - datetime.timedelta(seconds=90))
    JobRun.objects.create(kind="embed", title="Lost by the queue")
    found = watched()
    assert (found["heritage_jobs", "waiting"], found["heritage_jobs", "failed"]) == (
        1,
        before["heritage_jobs", "failed"] + 1,
    )
    assert 90 <= found["heritage_job_waiting_seconds"] < 120


def test_worker_and_encoder_are_up_while_they_are(watched):
    found = watched()
    assert (found["heritage_worker_up"], found["heritage_encoder_up"]) == (0, 0)
    assert "heritage_encoder_questions" not in found
    with worker_lock(), encoder_running(lambda source: DrawnEncoder(6)) as held, held.question():
        found = watched()
    assert (found["heritage_worker_up"], found["heritage_encoder_up"], found["heritage_encoder_questions"]) == (
        1,
        1,
        1,
    )


def test_database_and_disk(watched, settings):
    found = watched()
    tables = {labels[1] for labels in found if labels[0] == "heritage_table_bytes"}
    assert tables >= set(connection.introspection.table_names())
    assert found["heritage_table_bytes", "annotation_annotation"] > 8192
    assert sum(value for labels, value in found.items() if labels[0] == "heritage_database_connections") >= 1
    assert found["heritage_database_connections_allowed"] >= 20
    free = os.statvfs(settings.DATA_DIR)
    assert found["heritage_disk_bytes"] == free.f_blocks * free.f_frsize
    assert 0 < found["heritage_disk_free_bytes"] < found["heritage_disk_bytes"]
    assert found["heritage_measures_failed"] == 0


def test_what_cannot_be_read_is_missing_and_counted(watched, monkeypatch):
    def job_figures():
        raise OperationalError("the database is gone")

    monkeypatch.setattr(state, "job_figures", job_figures)
    found = watched()
    assert found["heritage_measures_failed"] == 1
    assert not any(labels[0] == "heritage_jobs" for labels in found)
    assert "heritage_disk_bytes" in found


def test_requests_are_measured_by_view_and_class_of_status(watched, client):
    def counts():
        return {
            labels[1:]: value for labels, value in watched().items() if labels[0] == "heritage_request_seconds_count"
        }

    before = counts()
    client.get("/login/")
    client.get("/login/?next=/secret/")
    client.get("/nothing-here/")
    client.get("/neither/here/")
    client.post("/healthz")
    after = counts()
    grown = {labels: value - before.get(labels, 0) for labels, value in after.items()}
    assert grown["2xx", "login"] == 2
    assert grown["4xx", ""] == 2
    assert grown["4xx", "healthz"] == 1
    assert not any("secret" in str(labels) for labels in after)


def test_backups_are_noted_as_tried_and_as_whole(watched, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    found = watched()
    assert (found["heritage_backup_succeeded"], found["heritage_backup_tried_seconds"]) == (0, 0)
    written = back_up(tmp_path / "one.tar", progress=NoProgress())
    found = watched()
    assert found["heritage_backup_succeeded"] == 1
    assert found["heritage_backup_bytes"] == written["bytes"] == (tmp_path / "one.tar").stat().st_size
    whole = found["heritage_backup_success_seconds"]
    assert timezone.now().timestamp() - 60 < whole == found["heritage_backup_tried_seconds"]
    with pytest.raises(UserError, match="is there already"):
        back_up(tmp_path / "one.tar", progress=NoProgress())
    found = watched()
    assert (found["heritage_backup_succeeded"], found["heritage_backup_success_seconds"]) == (0, whole)
    assert found["heritage_backup_tried_seconds"] > whole


def test_a_note_of_backups_that_is_broken_or_cannot_be_written_is_no_obstacle(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for broken in ("", "[]", "{}", '{"tried": 3}', "\0"):
        (tmp_path / NAME).write_text(broken)
        assert last_backup().tried is None
    settings.DATA_DIR = tmp_path / "not there"
    with noted_backup() as made:
        made["bytes"] = 1
    assert last_backup().tried is None


def test_a_process_counts_nothing_where_the_disk_is_full(settings, monkeypatch, tmp_path):
    settings.DATA_DIR, settings.METRICS_TOKEN = tmp_path, TOKEN
    monkeypatch.setenv(processes.VARIABLE, "")
    (processes.counts_folder()).mkdir()
    (processes.counts_folder() / "histogram_1.db").write_text("of an earlier server")
    processes.begin_counting()
    assert os.environ[processes.VARIABLE] == str(tmp_path / "metrics")
    assert list(processes.counts_folder().iterdir()) == []
    assert processes.reserve_counts()
    [file] = processes.counts_folder().iterdir()
    assert file.stat().st_blocks * 512 >= processes.BYTES_RESERVED

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert not processes.reserve_counts()
    assert list(processes.counts_folder().iterdir()) == []
