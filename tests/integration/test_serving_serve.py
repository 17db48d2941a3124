"""`manage.py serve` as people run it: in a process of its own, on a database of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from heritage.database import embedded
from heritage.database.folder import ServerFolder

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="heritage-serve-"))
    yield folder
    embedded.leave(folder, wait=10)
    shutil.rmtree(folder)


def serve(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=CHECKOUT,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(parent: int, program: str) -> list[int]:
    """Process numbers of the children of `parent` whose command line contains `program`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "stat").read_text()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue
        if int(status.rpartition(")")[2].split()[1]) == parent and program in command:
            found.append(int(process.name))
    return found


def test_database_that_is_not_up_to_date_is_refused(data_dir: Path) -> None:
    refused = serve(data_dir, "--bind", "127.0.0.1:0")
    _, said = refused.communicate(timeout=60)
    assert refused.returncode != 0
    assert said.splitlines() == [
        "CommandError: The database is not up to date: run `manage.py migrate`, or `manage.py serve --migrate`."
    ]


def test_port_that_is_taken_is_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = serve(data_dir, "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
        _, said = refused.communicate(timeout=60)
    assert refused.returncode != 0
    assert re.fullmatch(r"CommandError: 127\.0\.0\.1:\d+ cannot be used \(.+\); choose another port .+\n", said)


def test_serves_pages_and_static_files_and_ends_cleanly(data_dir: Path) -> None:
    server = serve(data_dir, "--migrate", "--bind", "127.0.0.1:0")
    try:
        assert server.stderr is not None
        ready = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline())
        assert ready, "the first line names the address"
        address = ready.group()
        page = requests.get(f"{address}/login/", timeout=10)
        styles = re.search(r'href="(/static/css/[^"]+\.[0-9a-f]{12}\.css)"', page.text)
        assert styles, "static files carry a digest"
        style = requests.get(address + styles.group(1), timeout=10)
        assert "immutable" in style.headers["Cache-Control"]

        [worker] = children(server.pid, "manage.py work")
        os.kill(worker, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while children(server.pid, "manage.py work") in ([worker], []) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert children(server.pid, "manage.py work") not in ([worker], [])

        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=30)
    finally:
        server.kill()
        server.wait()
    assert server.returncode == 0
    assert said.splitlines()[-1] == "Stopped."
    assert not embedded.is_running(ServerFolder(data_dir / "postgres"))
