"""The embedded server's life: shared by processes, gone with the last, back after kill -9, closed to others.

These use servers of their own, in processes of their own, so that killing them harms no other test.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from heritage.database import embedded
from heritage.database import keeper as keeper_module
from heritage.database.folder import ServerFolder, socket_name, try_lock
from heritage.database.unprivileged import in_namespace, ordinary_account, with_capability, works
from heritage.errors import UserError
from heritage.files import private

CHECKOUT = Path(__file__).resolve().parents[4]

# Joins the server, says so, answers each line of SQL with its first value, and leaves at the end of its input. What a
# server that is being shut down breaks off is asked once more, as a web process's next request does.
CLIENT = """
import sys, psycopg
from pathlib import Path
from heritage.database import embedded
join = lambda check=True: embedded.join(Path(sys.argv[1]), linger=0.0, check=check)
parameters = join(False)
print("joined", flush=True)
connect = lambda: psycopg.connect(dbname="heritage", autocommit=True, **parameters)
def ask(line):
    with embedded.connect_patiently(connect, rejoin=join) as connection:
        cursor = connection.execute(line)
        return cursor.fetchone()[0] if cursor.description else "done"
for line in sys.stdin:
    try:
        answer = ask(line)
    except psycopg.errors.AdminShutdown:
        answer = ask(line)
    print(answer, flush=True)
"""


class Client:
    """A process that uses the server of `data_dir`."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        )

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, sql: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{sql}\n")
        self.process.stdin.flush()
        return self.read()

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """In a place that everybody may enter, so that only our own precautions keep others out."""
    place = Path(tempfile.mkdtemp(prefix="heritage-embedded-"))
    place.chmod(0o755)
    yield place / "data"
    embedded.leave(place / "data", wait=10)
    shutil.rmtree(place)


@pytest.fixture
def client(data_dir: Path) -> Iterator[Callable[[], Client]]:
    """Starts clients that have joined; at the end all have left and the server has stopped."""
    started: list[Client] = []

    def start() -> Client:
        started.append(Client(data_dir))
        assert started[-1].read() == "joined"
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        for pipe in (each.process.stdin, each.process.stdout):
            assert pipe is not None
            pipe.close()
    assert has_stopped(data_dir)


def has_stopped(data_dir: Path) -> bool:
    """Waits for it. server.lock is held by every process of the server."""
    folder = ServerFolder(data_dir / "postgres")
    return eventually(lambda: not embedded.is_running(folder) and not is_locked(folder, "server"))


def is_locked(folder: ServerFolder, name: str) -> bool:
    lock = folder.open_lock(name)
    try:
        return not try_lock(lock)
    finally:
        os.close(lock)


def eventually(holds: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def postmaster(data_dir: Path) -> int:
    return int(ServerFolder(data_dir / "postgres").postmaster_pid.read_text().splitlines()[0])


def keeper(data_dir: Path) -> int:
    """The server's parent."""
    status = Path(f"/proc/{postmaster(data_dir)}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])


def test_several_processes_that_start_at_once_share_one_server(data_dir: Path) -> None:
    clients = [Client(data_dir) for _ in range(4)]
    assert [each.read() for each in clients] == ["joined"] * 4
    started = {each.ask("SELECT pg_postmaster_start_time()::text") for each in clients}
    assert len(started) == 1
    for each in clients:
        each.leave()
    assert has_stopped(data_dir)


def test_server_stays_until_the_last_process_leaves(data_dir: Path, client: Callable[[], Client]) -> None:
    first, last = client(), client()
    started = first.ask("SELECT pg_postmaster_start_time()::text")
    first.leave()
    time.sleep(0.5)
    assert last.ask("SELECT pg_postmaster_start_time()::text") == started
    last.leave()
    assert has_stopped(data_dir)


def test_killed_process_counts_as_gone(data_dir: Path, client: Callable[[], Client]) -> None:
    client().process.send_signal(signal.SIGKILL)
    assert has_stopped(data_dir)


def test_data_survive_kill_of_the_server(data_dir: Path, client: Callable[[], Client]) -> None:
    user = client()
    user.ask("CREATE TABLE IF NOT EXISTS survivors (name text)")
    assert user.ask("INSERT INTO survivors VALUES ('loom') RETURNING name") == "loom"
    killed = postmaster(data_dir)
    os.kill(killed, signal.SIGKILL)
    folder = ServerFolder(data_dir / "postgres")
    assert eventually(lambda: folder.server_is_ready() and postmaster(data_dir) != killed)
    assert user.ask("SELECT name FROM survivors") == "loom"
    user.ask("DROP TABLE survivors")


def test_data_survive_kill_of_the_keeper(data_dir: Path, client: Callable[[], Client]) -> None:
    user = client()
    user.ask("CREATE TABLE IF NOT EXISTS survivors (name text)")
    assert user.ask("INSERT INTO survivors VALUES ('lamp') RETURNING name") == "lamp"
    os.kill(keeper(data_dir), signal.SIGKILL)
    assert user.ask("SELECT name FROM survivors") == "lamp"
    user.ask("DROP TABLE survivors")


def test_server_ends_with_a_killed_keeper(data_dir: Path, client: Callable[[], Client]) -> None:
    client()
    os.kill(keeper(data_dir), signal.SIGKILL)
    assert has_stopped(data_dir)


def test_notes_of_a_dead_server_do_not_keep_a_new_one_from_starting(
    data_dir: Path, client: Callable[[], Client]
) -> None:
    """After a power cut the process number in postmaster.pid may be anybody's: here it is this test's own."""
    client().leave()
    assert has_stopped(data_dir)
    folder = ServerFolder(data_dir / "postgres")
    notes = f"{os.getpid()}\n{folder.cluster}\n1700000000\n5432\n{folder.socket_folder}\n\n  1 1\nready\n"
    folder.postmaster_pid.write_text(notes)
    (folder.socket_folder / f"{socket_name()}.lock").write_text(notes)
    assert client().ask("SELECT 1") == "1"


def test_process_that_comes_while_the_server_stops_gets_a_new_one(data_dir: Path, client: Callable[[], Client]) -> None:
    for _ in range(3):
        user = client()
        assert user.ask("SELECT 1") == "1"
        user.leave()
        time.sleep(0.12)


def test_starts_within_a_second_and_a_half(data_dir: Path, client: Callable[[], Client]) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        user = client()
        took.append(time.monotonic() - began)
        user.leave()
        assert has_stopped(data_dir)
    assert min(took) < 1.5  # the machine may be busy with other tests


def test_nothing_of_it_is_open_to_others(data_dir: Path, client: Callable[[], Client]) -> None:
    place = data_dir.parent
    mode_before = stat.S_IMODE(place.stat().st_mode)
    user = client()
    folder = ServerFolder(data_dir / "postgres")
    for path in (folder.path, folder.cluster, folder.socket_folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder.socket_folder / socket_name()).stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == mode_before
    assert all(path.lstat().st_uid == os.getuid() for path in folder.path.rglob("*"))
    assert user.ask("SHOW listen_addresses") == ""
    assert user.ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "False"


def test_password_is_asked_for(data_dir: Path, client: Callable[[], Client]) -> None:
    client()
    host = str(ServerFolder(data_dir / "postgres").socket_folder)
    for user, password in (("heritage", "wrong"), ("heritage", ""), ("postgres", ""), ("daemon", "")):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=host, dbname="heritage", user=user, password=password)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_cannot_connect(data_dir: Path, client: Callable[[], Client]) -> None:
    client()
    folder = ServerFolder(data_dir / "postgres")
    attempt = f"import socket; socket.socket(socket.AF_UNIX).connect({str(folder.socket_folder / socket_name())!r})"
    system_python = shutil.which("python3", path="/usr/bin:/bin")
    if system_python is None:
        pytest.skip("no python3 that another user could run")
    for account in ("nobody", "daemon"):  # daemon is what the server takes itself for
        tried = subprocess.run(
            ["setpriv", f"--reuid={account}", "--clear-groups", system_python, "-c", attempt],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        assert "PermissionError" in tried.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root needs another way to run PostgreSQL")
def test_root_changes_between_its_two_ways(tmp_path: Path) -> None:
    """Where namespaces are refused (a container) the same data are served by an ordinary account."""
    account = ordinary_account()
    ways = {"namespace": in_namespace(account), "capability": with_capability(account)}
    if not all(works(way) for way in ways.values()):
        pytest.skip("one of the two ways is refused here")
    binaries = embedded.binaries_folder()
    folder = ServerFolder(tmp_path / "postgres")
    folder.prepare()
    for name in ("capability", "namespace", "capability"):
        server = keeper_module.Keeper(folder=folder, binaries=binaries, linger=0.0, settings={}, launcher=ways[name])
        server.start()
        folder.prepare()  # as the next process does: it must find nothing wrong
        with psycopg.connect(
            host=str(folder.socket_folder), dbname="heritage", user="heritage", password=folder.password()
        ) as connection:
            assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'vector'").fetchone() == (1,)
        server.stop()
        assert folder.cluster.stat().st_uid == ways[name].uid


def test_long_data_dir_gets_a_private_socket_folder_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20) / ("er" * 20)
    parameters = embedded.join(deep, linger=0.0)
    host = Path(parameters["host"])
    try:
        assert host.parent == private.SHORT_PLACE
        assert stat.S_IMODE(host.stat().st_mode) == 0o700
        psycopg.connect(dbname="heritage", **parameters).close()
    finally:
        assert embedded.leave(deep, wait=10)
        shutil.rmtree(host)


def test_socket_folder_that_somebody_else_prepared_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(private, "SHORT_PLACE", tmp_path)
    folder = ServerFolder(tmp_path / ("deep" * 20) / "postgres")
    trap = tmp_path / "trap"
    trap.mkdir()
    folder.socket_folder.symlink_to(trap)
    with pytest.raises(UserError, match="is not a folder"):
        folder.prepare()
    folder.socket_folder.unlink()
    folder.socket_folder.mkdir(mode=0o755)
    with pytest.raises(UserError, match="open to other users"):
        folder.prepare()


def test_data_of_another_major_version_are_named(data_dir: Path, client: Callable[[], Client]) -> None:
    client().leave()
    assert has_stopped(data_dir)
    version = data_dir / "postgres" / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(UserError, match=r"made by PostgreSQL 17, and this is PostgreSQL 18"):
            embedded.join(data_dir)
    finally:
        version.write_text("18\n")
        embedded.leave(data_dir, wait=10)
