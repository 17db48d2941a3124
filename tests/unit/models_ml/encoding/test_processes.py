"""An encoder whose keeper is gone: how long it goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from models_ml.encoding import processes
from models_ml.encoding.processes import StayingWorker


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StayingWorker]:
    """One that lost its keeper."""
    from gunicorn.config import Config

    place = tmp_path / "encoder.sock"
    place.touch()
    listening = SimpleNamespace(getsockname=lambda: str(place))
    made = StayingWorker(1, os.getppid(), [listening], None, 60, Config(), None)
    assert made.is_parent_alive()
    made.ppid = -1
    made.started_by = os.getpid()
    yield made
    made.tmp.close()


def test_it_goes_on_until_another_listens(worker: StayingWorker) -> None:
    assert worker.is_parent_alive()
    # While the place is empty nobody knows who comes; another there is another file.
    beside = Path(f"{worker.address}.new")
    beside.touch()
    beside.rename(worker.address)
    assert not worker.is_parent_alive()


def test_it_does_not_wait_for_ever(worker: StayingWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.is_parent_alive()
    monkeypatch.setattr(processes, "SECONDS_WITHOUT_KEEPER", 0.0)
    assert not worker.is_parent_alive()


def test_it_ends_where_nobody_starts_another(worker: StayingWorker) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    worker.started_by = ended.pid
    assert not worker.is_parent_alive()


def test_no_thread_runs_when_it_is_forked() -> None:
    """But those of numpy's linear algebra, which knows of forks; and no graphics card is touched before them."""
    code = (
        "import os, threading, models_ml.encoding.wsgi, torch;"
        "print(len(os.listdir('/proc/self/task')), threading.active_count(), torch.cuda.is_initialized())"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "heritage.settings", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["1", "1", "False"]
