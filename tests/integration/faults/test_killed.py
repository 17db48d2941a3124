"""Each process of a site is killed in turn while people label. It is back by itself, soon, and no answer is lost."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.served_site import MOST_SECONDS, ROUNDS, Measured, ServedSite, children, kill, labelling, seconds_until

pytestmark = pytest.mark.usefixtures("fault_round")
Note = Callable[[str, Measured], None]
BACK_AND_WORKING = 20  # answers acknowledged after it, before a fault is taken to be over


def break_and_wait(
    site: ServedSite,
    measured: Note,
    name: str,
    act: Callable[[], None],
    is_back: Callable[[], bool],
) -> None:
    """`act` while people label, and wait until `is_back` and answers are acknowledged again. What was counted of
    requests stays, whichever processes have gone."""
    before = site.counted("label-pair")
    with labelling(site) as crowd:
        crowd.wait_for_more(BACK_AND_WORKING)
        began = time.monotonic()
        act()
        back = seconds_until(is_back, at_most=60)
        crowd.wait_for_more(BACK_AND_WORKING)
        wait = crowd.longest_wait(began)
    assert site.counted("label-pair") - before >= len(crowd.acknowledged)
    measured(name, Measured(back, wait, len(crowd.acknowledged)))
    assert wait < MOST_SECONDS
    assert back < MOST_SECONDS


def test_one_web_process(site: ServedSite, measured: Note) -> None:
    killed = []

    def act() -> None:
        killed[:] = children(site.process("heritage.wsgi"), "")[:1]
        kill(killed[0])

    def is_back() -> bool:
        now = children(site.process("heritage.wsgi"), "")
        return len(now) == 2 and killed[0] not in now and site.is_ready()

    break_and_wait(site, measured, "a web process", act, is_back)


def test_the_web_server(site: ServedSite, measured: Note) -> None:
    killed = []

    def act() -> None:
        killed[:] = [site.process("heritage.wsgi")]
        kill(killed[0])

    def is_back() -> bool:
        return children(site.server.pid, "heritage.wsgi") not in ([], killed) and site.is_ready()

    break_and_wait(site, measured, "the web server", act, is_back)


def test_the_encoder(site: ServedSite, measured: Note) -> None:
    seconds_until(site.means_something, at_most=60)
    killed = []

    def act() -> None:
        killed[:] = children(site.process("encoding.wsgi"), "")
        kill(killed[0])

    def is_back() -> bool:
        return children(site.process("encoding.wsgi"), "") not in ([], killed) and site.means_something()

    break_and_wait(site, measured, "the encoder", act, is_back)


def test_the_keeper_of_the_encoder(site: ServedSite, measured: Note) -> None:
    """Its encoder answers until the next keeper, which loads torch first, has another."""
    seconds_until(site.means_something, at_most=60)
    killed = []
    alone = []
    answered = []

    def act() -> None:
        killed[:] = [site.process("encoding.wsgi")]
        alone[:] = children(killed[0], "")
        kill(killed[0])
        answered[:] = [time.monotonic()]

    def is_replaced() -> bool:
        if site.means_something():
            answered.append(time.monotonic())
        keeper = children(site.server.pid, "encoding.wsgi")
        return keeper not in ([], killed) and children(keeper[0], "") != [] and not is_there(alone[0])

    with labelling(site) as crowd:
        crowd.wait_for_more(BACK_AND_WORKING)
        act()
        began = answered[0]
        seconds_until(is_replaced, at_most=100)
        seconds_until(site.means_something, at_most=MOST_SECONDS)
        answered.append(time.monotonic())
        wait = crowd.longest_wait(began)
    without = max(after - before for before, after in pairwise(answered))
    measured("the encoder's keeper", Measured(without, wait, len(crowd.acknowledged)))
    assert wait < MOST_SECONDS
    assert without < MOST_SECONDS


def test_the_worker_amid_a_job_which_says_so_and_is_retried(site: ServedSite, measured: Note) -> None:
    seconds_until(lambda: site.is_up("worker"), at_most=60)
    jobs: list[int] = []

    def act() -> None:
        jobs.append(site.start_fetching())
        seconds_until(lambda: site.job(jobs[-1])[0] == "doing", at_most=MOST_SECONDS)
        kill(site.process("management work"))

    break_and_wait(site, measured, "the worker", act, lambda: site.job(jobs[-1])[0] == "failed")
    state, reason = site.job(jobs[-1])
    assert (state, "Press Retry" in reason) == ("failed", True)
    status, _, place = site.ask("POST", f"/jobs/{jobs[-1]}/retry/", cookie=site.lead)
    assert status == 302
    again = int(place.strip("/").rpartition("/")[2])
    assert again != jobs[-1]
    seconds_until(lambda: site.job(again)[0] == "doing", at_most=60)
    site.ask("POST", f"/jobs/{again}/cancel/", cookie=site.lead)
    seconds_until(lambda: site.job(again)[0] in ("aborted", "cancelled", "succeeded"), at_most=60)


def test_the_database_server(site: ServedSite, measured: Note) -> None:
    killed = []

    def act() -> None:
        killed[:] = [site.postmaster()]
        kill(killed[0])

    def is_back() -> bool:
        return site.postmaster() not in (0, killed[0]) and site.is_ready()

    break_and_wait(site, measured, "the database server", act, is_back)
    # The worker lost its lock with the server, ends, and is started again.
    seconds_until(lambda: site.is_up("worker"), at_most=60)


@pytest.mark.skipif(ROUNDS == 1, reason="a longer one: make faults runs it")
def test_the_keeper_of_the_database_server(site: ServedSite, measured: Note) -> None:
    killed = []

    def act() -> None:
        killed[:] = [site.postmaster()]
        kill(parent_of(killed[0]))

    def is_back() -> bool:
        return site.postmaster() not in (0, killed[0]) and site.is_ready()

    break_and_wait(site, measured, "the database's keeper", act, is_back)
    seconds_until(lambda: site.is_up("worker"), at_most=60)


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()
