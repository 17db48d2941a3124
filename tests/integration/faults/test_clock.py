"""The clock of the web server's machine is set while people label: nobody is logged out, no answer is refused or lost,
and what a deadline says is right again once the clock is."""

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

import tests
from tests.served_site import MOST_SECONDS, Measured, ServedSite, beside, database_address, labelling, seconds_until

Note = Callable[[str, Measured], None]
AND_WORKING = 20


def hours_ahead(site: ServedSite) -> float:
    """Of the newest answer, by the database's clock, which nobody sets."""
    with site.database() as connection:
        asked = "SELECT extract(epoch FROM created - now()) / 3600 FROM annotation_annotation ORDER BY id DESC LIMIT 1"
        return float(connection.execute(asked).fetchone()[0])  # type: ignore[index]


def answer(site: ServedSite) -> int:
    """The status that a new answer is answered with."""
    body = urlencode({"label": "unrelated", "comment": uuid.uuid4(), "submission": uuid.uuid4(), "wanted": 1})
    return site.ask("POST", site.hands[0][0], cookie=site.sessions[0], body=body, Accept="application/json")[0]


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler, for what sets the clock of one program")
def test_a_clock_that_is_set(site: ServedSite, measured: Note, tmp_path: Path, fault_round: None) -> None:
    clock, library = tmp_path / "clock", tmp_path / "set_clock.so"
    source = Path(tests.__file__).with_name("set_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)

    def set_clock(days: int) -> None:
        clock.with_suffix(".new").write_text(str(days * 24 * 3600))
        clock.with_suffix(".new").rename(clock)

    set_clock(0)
    environment = {"DATABASE_URL": database_address(site), "LD_PRELOAD": str(library), "CLOCK_SET_BY": str(clock)}
    with beside(site, tmp_path / "data", "--no-worker", **environment) as elsewhere:
        with labelling(elsewhere) as crowd:
            crowd.wait_for_more(AND_WORKING)
            began = time.monotonic()
            for days in (1, 0, -1, 0):
                set_clock(days)
                crowd.wait_for_more(AND_WORKING)
                assert abs(hours_ahead(site) - 24 * days) < 1
            wait = crowd.longest_wait(began)
            assert crowd.resent == 0
        measured("a clock that is set by a day", Measured(wait, wait, len(crowd.acknowledged)))
        assert wait < MOST_SECONDS
        with site.database() as connection:
            connection.execute("UPDATE annotation_campaign SET deadline = now() + interval '12 hours'")
        try:
            assert answer(elsewhere) == 200
            set_clock(1)
            seconds_until(lambda: answer(elsewhere) != 200, at_most=MOST_SECONDS)
            set_clock(0)
            seconds_until(lambda: answer(elsewhere) == 200, at_most=MOST_SECONDS)
        finally:
            with site.database() as connection:
                connection.execute("UPDATE annotation_campaign SET deadline = NULL")
