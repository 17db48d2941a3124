"""gunicorn's hooks: places of web processes, and who lets connections go."""

from types import SimpleNamespace
from typing import Any

import pytest

from heritage.serving import web_processes


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Three web processes, as the hooks leave them."""
    monkeypatch.setattr(web_processes.gc, "set_threshold", lambda *_: None)
    server = SimpleNamespace(WORKERS={})
    for number in range(3):
        start(server, number)
    return list(server.WORKERS.values())


def start(server: Any, number: int) -> Any:
    worker = SimpleNamespace(cfg=SimpleNamespace(workers=3), nr_conns=0, max_keepalived=996)
    web_processes.pre_fork(server, worker)
    web_processes.post_fork(server, worker)
    server.WORKERS[number] = worker
    return worker


def keeps(worker: Any, connections: int) -> bool:
    worker.nr_conns = connections
    web_processes.pre_request(worker, None)
    return worker.max_keepalived > 0


def test_one_with_more_than_its_share_keeps_none(started: list[Any]) -> None:
    first, second, third = started
    assert keeps(first, 1)  # alone
    assert not keeps(first, 9)
    assert keeps(second, 5)
    assert keeps(third, 6)
    assert not keeps(first, 9)
    assert keeps(first, 7)  # one more than its share is no reason


def test_one_started_anew_takes_the_place_of_the_one_that_ended(started: list[Any]) -> None:
    first, second, third = started
    assert [each.place for each in started] == [0, 1, 2]
    for each in started:
        keeps(each, 30)
    assert keeps(first, 31)
    server = SimpleNamespace(WORKERS={0: first, 2: third})
    assert start(server, 3).place == second.place
    assert not keeps(first, 31)  # the new one has none yet
