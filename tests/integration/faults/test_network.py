"""The line between web processes and their database is cut while people label: nothing that was acknowledged is lost,
and once it is whole again the site works by itself."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.cut_line import line_to
from tests.served_site import (
    MOST_SECONDS,
    ROUNDS,
    Measured,
    ServedSite,
    beside,
    database_address,
    labelling,
    seconds_until,
)

Note = Callable[[str, Measured], None]
# `serve` gives up on a worker that dies four times within a minute: while it is cut for long it must not.
SECONDS_CUT = 15.0 if ROUNDS > 1 else 2.0
ARGUMENTS = [] if ROUNDS > 1 else ["--no-worker"]
AND_WORKING = 20


def test_a_line_to_the_database_that_is_cut(
    site: ServedSite, measured: Note, tmp_path: Path, fault_round: None
) -> None:
    with ExitStack() as stack:
        line = stack.enter_context(line_to(site.database_socket()))
        address = database_address(site, "127.0.0.1", line.port)
        elsewhere = stack.enter_context(beside(site, tmp_path, *ARGUMENTS, DATABASE_URL=address))
        for name, cut in (("connections that are reset", line.reset), ("a line that is silent", line.silence)):
            with labelling(elsewhere) as crowd:
                crowd.wait_for_more(AND_WORKING)
                cut()
                time.sleep(SECONDS_CUT / 2)
                acknowledged = len(crowd.acknowledged)
                assert elsewhere.ask("GET", "/healthz")[0] == 200
                time.sleep(SECONDS_CUT / 2)
                assert len(crowd.acknowledged) == acknowledged  # it was cut indeed
                line.mend()
                mended = time.monotonic()
                seconds_until(elsewhere.is_ready, at_most=MOST_SECONDS)
                crowd.wait_for_more(AND_WORKING)
                back = time.monotonic() - mended
                wait = crowd.longest_wait(mended)
            measured(f"{name}, from when it is whole", Measured(back, wait, len(crowd.acknowledged)))
            assert wait < MOST_SECONDS
            assert elsewhere.server.poll() is None
