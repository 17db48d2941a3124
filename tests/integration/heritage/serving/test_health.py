"""What those see who watch the server, and that DATA_DIR is shut whatever mode it was made with."""

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_it_lives_and_is_ready(client):
    assert (client.get("/healthz").content, client.get("/readyz").content) == (b"ok\n", b"ready\n")
    assert client.post("/healthz").status_code == 405


def test_it_is_not_ready_without_its_tables_or_with_those_of_a_newer_version(client):
    MigrationRecorder.Migration.objects.filter(app="heritage").latest("name").delete()
    assert client.get("/readyz").status_code == 503
    assert b"manage.py migrate" in client.get("/readyz").content
    MigrationRecorder.Migration.objects.create(app="heritage", name="9999_later")
    assert b"newer version" in client.get("/readyz").content
    assert client.get("/healthz").status_code == 200


def test_it_is_not_ready_without_a_database(client, monkeypatch):
    def fail():
        raise OperationalError("no")

    monkeypatch.setattr("heritage.serving.health.require_current", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")


def test_every_command_shuts_the_data_directory(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir(mode=0o755)
    call_command("create_account", "ada", "--role", "annotator")
    assert settings.DATA_DIR.stat().st_mode & 0o777 == 0o700
