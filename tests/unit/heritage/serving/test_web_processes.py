"""gunicorn's hooks: places of web processes, and who takes the next connection."""

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
    yield list(server.WORKERS.values())
    for place in range(3):
        web_processes._seen[place] = 0.0


def start(server: Any, number: int) -> Any:
    worker = SimpleNamespace()
    web_processes.pre_fork(server, worker)
    web_processes.post_fork(server, worker)
    server.WORKERS[number] = worker
    return worker


def takes(worker: Any, connections: int, *, now: float = 100.0) -> bool:
    return web_processes.takes_another(worker.place, connections, now=now)


def test_one_with_more_than_its_share_leaves_the_next_to_others(started: list[Any]) -> None:
    first, second, third = started
    assert takes(first, 1)  # alone
    takes(second, 5), takes(third, 6)
    assert not takes(first, 9)
    assert takes(second, 5)
    assert takes(third, 6)
    assert takes(first, 7)  # a little more than its share is no reason


def test_one_that_says_nothing_any_more_is_not_counted_on(started: list[Any]) -> None:
    first, second, _ = started
    takes(second, 0)
    assert not takes(first, 9)
    assert takes(first, 9, now=100 + web_processes.SECONDS_SILENT)


def test_one_started_anew_takes_the_place_of_the_one_that_ended(started: list[Any]) -> None:
    first, second, third = started
    assert [each.place for each in started] == [0, 1, 2]
    for each in started:
        takes(each, 30)
    assert takes(first, 31)
    server = SimpleNamespace(WORKERS={0: first, 2: third})
    anew = start(server, 3)
    assert anew.place == second.place
    takes(anew, 0)
    assert not takes(first, 31)
