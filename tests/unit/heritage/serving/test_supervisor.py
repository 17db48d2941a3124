"""Several programs as one: they end together, and one that dies is started again."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from heritage.errors import UserError
from heritage.serving.supervisor import Program, supervise

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def pid(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def test_all_end_when_asked_to_stop(tmp_path: Path) -> None:
    programs = [Program(name=name, command=SLEEP, folder=tmp_path) for name in ("web server", "job worker")]
    before = signal.getsignal(signal.SIGTERM)
    supervise(programs, ready=ask_to_stop)
    assert [program.process.returncode for program in programs if program.process] == [-signal.SIGTERM] * 2
    assert signal.getsignal(signal.SIGTERM) == before


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    program = Program(name="deaf one", command=STUBBORN, folder=tmp_path)

    def when_deaf() -> None:
        time.sleep(0.5)
        ask_to_stop()

    supervise([program], ready=when_deaf, seconds_to_end=0.2)
    assert program.process is not None
    assert program.process.returncode == -signal.SIGKILL


def test_one_that_dies_is_started_again(tmp_path: Path) -> None:
    program = Program(name="job worker", command=SLEEP, folder=tmp_path)
    seen: list[int] = []

    def look_again() -> None:
        deadline = time.monotonic() + 20
        while pid(program) == seen[0] and time.monotonic() < deadline:
            time.sleep(0.05)
        seen.append(pid(program))
        ask_to_stop()

    def kill_the_first() -> None:
        seen.append(pid(program))
        os.kill(seen[0], signal.SIGKILL)
        threading.Thread(target=look_again).start()

    supervise([program], ready=kill_the_first)
    first, second = seen
    assert first != second


def test_one_that_keeps_dying_stops_everything(tmp_path: Path) -> None:
    steady = Program(name="web server", command=SLEEP, folder=tmp_path)
    failing = Program(name="job worker", command=[sys.executable, "-c", "raise SystemExit(3)"], folder=tmp_path)
    with pytest.raises(UserError, match=r"The job worker keeps ending \(last status 3\)"):
        supervise([steady, failing], ready=lambda: None)
    assert steady.process is not None
    assert steady.process.returncode == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_children_end_although_the_supervisor_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from heritage.serving.supervisor import Program, supervise\n"
        f"one = Program(name='one', command={SLEEP!r}, folder=Path('.'))\n"
        "supervise([one], ready=lambda: print(one.process.pid, flush=True))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = Path(f"/proc/{int(parent.stdout.readline())}")
        parent.kill()
    deadline = time.monotonic() + 5
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists()
