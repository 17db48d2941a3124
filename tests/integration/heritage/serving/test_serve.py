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
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from heritage.database import embedded
from heritage.database.folder import ServerFolder
from tests.served_site import children

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="heritage-serve-"))
    yield folder
    embedded.leave(folder, wait=10)
    shutil.rmtree(folder)


def serve(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    return manage(data_dir, "serve", *arguments)


def manage(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "command",
    [("serve", "--bind", "127.0.0.1:0"), ("create_account", "ada", "--role", "annotator")],
    ids=lambda it: it[0],
)
def test_database_that_is_not_up_to_date_is_refused(data_dir: Path, command: tuple[str, ...]) -> None:
    refused = manage(data_dir, *command)
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


def kept_connections(process: int, port: int) -> int:
    """How many of those at `port` are open in a process."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01"}
    held = 0
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            held += os.readlink(descriptor) in established
    return held


def test_connections_are_shared_evenly_among_web_processes(data_dir: Path) -> None:
    people = 20
    server = serve(data_dir, "--migrate", "--no-worker", "--bind", "127.0.0.1:0")
    try:
        assert server.stderr is not None
        ready = re.search(r"http://127\.0\.0\.1:(\d+)", server.stderr.readline())
        assert ready
        [master] = children(server.pid, "heritage.wsgi")
        sessions = [requests.Session() for _ in range(people)]
        with ThreadPoolExecutor(people) as pool:
            for turn in range(40):
                assert {
                    page.status_code for page in pool.map(lambda each: each.get(f"{ready[0]}/login/"), sessions)
                } == {200}
                kept = [kept_connections(worker, int(ready[1])) for worker in children(master, "")]
                # On a busy machine, and while modules load beside the first requests, it takes some turns more.
                if turn >= 8 and sum(kept) >= people - 4:
                    break
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert len(kept) == 2
    assert people - 4 <= sum(kept) <= people  # those that were let go come back with their next request
    assert max(kept) <= people // 2 + 2


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

        [worker] = children(server.pid, "management work")
        os.kill(worker, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while children(server.pid, "management work") in ([worker], []) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert children(server.pid, "management work") not in ([worker], [])

        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=30)
    finally:
        server.kill()
        server.wait()
    assert server.returncode == 0
    assert said.splitlines()[-1] == "Stopped."
    assert not embedded.is_running(ServerFolder(data_dir / "postgres"))


def test_slow_clients_hold_up_nobody_and_large_bodies_are_refused_as_they_arrive(data_dir: Path) -> None:
    server = serve(data_dir, "--migrate", "--no-worker", "--no-encoder", "--bind", "127.0.0.1:0")
    try:
        assert server.stderr is not None
        ready = re.search(r"http://127\.0\.0\.1:(\d+)", server.stderr.readline())
        assert ready
        address = ("127.0.0.1", int(ready[1]))
        slow = []
        for sent in [b""] * 60 + [b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: "] * 60:
            slow.append(socket.create_connection(address, timeout=10))
            slow[-1].sendall(sent)
        begun = time.monotonic()
        assert requests.get(f"{ready[0]}/login/", timeout=20).status_code == 200
        assert time.monotonic() - begun < 10
        for connection in slow:
            connection.close()
        with socket.create_connection(address, timeout=20) as large:
            large.sendall(b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 157286400\r\n\r\n")
            assert b" 413 " in large.recv(1000)
    finally:
        server.terminate()
        server.communicate(timeout=30)
