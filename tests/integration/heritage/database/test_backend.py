"""The backend in use: what role, what extension, and one sentence where the server is not to be had."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from heritage.database import base
from heritage.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.mark.django_db
def test_database_has_vectors() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1,2,3]'::vector <=> '[1,2,3]'::vector")
        assert cursor.fetchone() == (0.0,)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://127.0.0.1:1/museum", "The database of DATABASE_URL cannot be reached: "),
        ("mysql://127.0.0.1/museum", "DATABASE_URL is not a PostgreSQL address"),
    ],
)
def test_commands_say_in_one_line_that_the_database_is_not_to_be_had(url: str, sentence: str) -> None:
    tried = manage("migrate", "--skip-checks", DATABASE_URL=url)
    assert tried.returncode != 0
    assert tried.stderr.startswith(sentence)
    assert len(tried.stderr.splitlines()) == 1


def test_old_server_is_refused_at_the_first_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old(_connection: psycopg.Connection) -> None:
        raise UserError("The database server is PostgreSQL 14.")

    monkeypatch.setattr(base, "check_server", too_old)
    monkeypatch.setattr(base.DatabaseWrapper, "_checked", set())
    wrapper = connection.copy()
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL 14"):
        wrapper.connect()


def test_settings_start_nothing_and_write_nothing(tmp_path: Path) -> None:
    """Neither the settings nor loading the apps touch the disk: `help` must work on a read-only machine."""
    data_dir = tmp_path / "data"
    asked = manage("help", "migrate", DATA_DIR=str(data_dir), DATABASE_URL="")
    assert asked.returncode == 0
    assert not data_dir.exists()
