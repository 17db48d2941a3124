"""A disk that is full: answers are refused, none that was acknowledged is lost, and once there is room the site works
again by itself."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served_site import MOST_SECONDS, Measured, ServedSite, labelling, seconds_until

CHUNK = b"\0" * (1 << 16)


def fill(path: Path) -> None:
    """Until nothing more goes in."""
    with path.open("ab", buffering=0) as file:
        try:
            while file.write(CHUNK):
                pass
        except OSError:
            pass


@pytest.mark.usefixtures("fault_round")
def test_a_full_disk(disk: Path, site: ServedSite, measured: Callable[[str, Measured], None]) -> None:
    if not os.path.ismount(disk):
        pytest.skip("no disk of its own can be mounted here: that needs root")
    ballast = disk / "ballast"
    with labelling(site) as crowd:
        crowd.wait_for_more(20)
        fill(ballast)
        # What is there still takes some answers; the database makes its files larger by a few kilobytes each time.
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline and crowd.resent < 20:
            fill(ballast)
            time.sleep(0.1)
        refused = crowd.resent
        assert site.ask("GET", "/healthz")[0] == 200
        ballast.unlink()
        freed = time.monotonic()
        crowd.wait_for_more(20)
        seconds_until(site.is_ready, at_most=MOST_SECONDS)
        back = time.monotonic() - freed
        wait = crowd.longest_wait(freed)
    assert refused
    measured("a full disk, from when there is room", Measured(back, wait, len(crowd.acknowledged)))
