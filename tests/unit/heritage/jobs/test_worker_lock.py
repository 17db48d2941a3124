"""A worker whose database is out of reach waits for it, for a while."""

from types import SimpleNamespace

import psycopg
import pytest

from heritage.jobs import worker_lock


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Connecting fails as long as there is something in it, and takes one out."""
    left = ["network is down"] * 3

    def connect(parameters: object) -> str:
        if left:
            raise psycopg.OperationalError(left.pop())
        return "connected"

    monkeypatch.setattr(worker_lock, "SECONDS_BETWEEN_TRIES", 0.0)
    database = SimpleNamespace(get_new_connection=connect, get_connection_params=dict)
    monkeypatch.setattr(worker_lock, "connection", database)
    return left


def test_it_waits_and_says_so_once(tries: list[str], caplog: pytest.LogCaptureFixture) -> None:
    assert worker_lock.reached_database() == "connected"
    assert tries == []
    assert [record.message for record in caplog.records] == ["The worker waits for its database: network is down"]


def test_it_does_not_wait_for_ever(tries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_lock, "SECONDS_TO_REACH", -1.0)
    with pytest.raises(psycopg.OperationalError):
        worker_lock.reached_database()
    assert len(tries) == 2
