"""The small process that owns the embedded PostgreSQL's life: `python -m heritage.database.keeper`.

It is started by the first process that opens a connection (`embedded`), and depends on none of them:

* It holds keeper.lock from its start; whoever finds that lock free may start a keeper.
* Every process that uses the server holds a shared lock on users.lock. While the keeper can take that lock
  for itself, nobody uses the server; when that lasts for `linger` seconds it stops the server, still
  holding the lock, so that who arrives meanwhile waits and then starts a server anew.
* The server's processes inherit server.lock and hold it to their last. Before starting a server the keeper
  takes it, and so knows that no process works on the data, whatever an old postmaster.pid says.
* If the server is killed, the keeper starts it again. If the keeper is killed, the kernel stops the server.

No Django here: it should start at once and stay small.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from heritage.child_process import end_with_parent
from heritage.errors import UserError

from .cluster import check_version, make_cluster, server_command
from .folder import ServerFolder, socket_name, try_lock
from .unprivileged import Launcher, find_launcher, give_tree

POLL_SECONDS = 0.1
START_SECONDS = 60
STOP_SECONDS = 30
# A server that dies this often within a minute has a reason that starting it again does not mend.
DEATHS_PER_MINUTE = 5
LOG_BYTES = 10 * 2**20


@dataclass
class Keeper:
    """Starts, watches and stops one server. Times are in seconds."""

    folder: ServerFolder
    binaries: Path
    linger: float
    settings: dict[str, str]
    launcher: Launcher = field(default_factory=find_launcher)
    server: subprocess.Popen[bytes] | None = None
    asked_to_stop: bool = False

    def start(self) -> None:
        """Start the server and wait until it accepts connections; `UserError` with the reason if it does not."""
        lock = self.take_server_lock()
        try:
            if not self.folder.cluster.exists():
                make_cluster(self.folder, binaries=self.binaries, launcher=self.launcher)
            check_version(self.folder, binaries=self.binaries)
            give_tree(self.folder.cluster, uid=self.launcher.uid, gid=self.launcher.gid)
            self.remove_leftovers()
            command = server_command(self.folder, binaries=self.binaries, launcher=self.launcher, extra=self.settings)
            with self.folder.log.open("ab") as log:
                self.server = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    pass_fds=[lock],
                    preexec_fn=end_with_parent(signal.SIGINT),
                )
        finally:
            os.close(lock)  # the server has its own copy
        self.wait_until_ready()

    def take_server_lock(self) -> int:
        """server.lock, once the last process of an earlier server has gone."""
        lock = self.folder.open_lock("server")
        deadline = time.monotonic() + STOP_SECONDS
        while not try_lock(lock):
            if time.monotonic() > deadline:
                raise UserError(f"An earlier PostgreSQL still works in {self.folder.cluster}; stop it first.")
            time.sleep(0.02)
        return lock

    def remove_leftovers(self) -> None:
        """What a killed server left behind: its notes may name a process that is somebody else's by now."""
        socket = self.folder.socket_folder / socket_name()
        for leftover in (self.folder.postmaster_pid, socket, socket.with_name(f"{socket.name}.lock")):
            leftover.unlink(missing_ok=True)

    def wait_until_ready(self) -> None:
        assert self.server is not None  # noqa: S101 for the type checker
        deadline = time.monotonic() + START_SECONDS
        while not self.folder.server_is_ready():
            if self.server.poll() is not None:
                raise UserError(f"The embedded PostgreSQL did not start ({self.last_words()}); see {self.folder.log}.")
            if time.monotonic() > deadline:
                self.stop()
                raise UserError(f"The embedded PostgreSQL did not start in {START_SECONDS} s; see {self.folder.log}.")
            time.sleep(0.01)

    def last_words(self) -> str:
        lines = self.folder.log.read_text(errors="replace").strip().splitlines()
        telling = [line for line in lines[-20:] if "FATAL" in line or "could not" in line]
        return (telling or lines or ["it said nothing"])[-1]

    def stop(self) -> None:
        """Stop the server by a fast shutdown (SIGINT): sessions end, data are written, no recovery is needed."""
        if self.server is None:
            return
        for asked in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.server.send_signal(asked)
            try:
                self.server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return

    def watch(self) -> None:
        """Until nobody uses the server: start it again if it dies. Returns with the server stopped."""
        users = self.folder.open_lock("users")
        deaths: list[float] = []
        unused_since: float | None = None
        while not self.asked_to_stop:
            assert self.server is not None  # noqa: S101 for the type checker
            if self.server.poll() is not None:
                now = time.monotonic()
                deaths = [death for death in deaths if death > now - 60] + [now]
                if len(deaths) > DEATHS_PER_MINUTE:
                    raise UserError(f"The embedded PostgreSQL keeps dying; see {self.folder.log}.")
                self.start()
            if not self.folder.path.exists():
                break
            if not try_lock(users):
                unused_since = None
            elif unused_since is not None and time.monotonic() - unused_since >= self.linger:
                break  # the lock is kept until this process ends: newcomers wait for the server to be gone
            else:
                unused_since = unused_since or time.monotonic()
                if self.linger:
                    os.close(users)
                    users = self.folder.open_lock("users")
            time.sleep(POLL_SECONDS)
        self.stop()


def report(descriptor: int, message: str) -> None:
    """Tell the process that started us, if it still listens."""
    try:
        os.write(descriptor, message.encode())
    except BrokenPipeError:
        pass
    finally:
        os.close(descriptor)


def shorten_log(folder: ServerFolder) -> None:
    if folder.log.exists() and folder.log.stat().st_size > LOG_BYTES:
        folder.log.replace(folder.log.with_suffix(".log.1"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="DATA_DIR/postgres")
    parser.add_argument("--binaries", type=Path, required=True, help="where initdb and postgres are")
    parser.add_argument("--keeper-lock", type=int, required=True, help="inherited file descriptor, already locked")
    parser.add_argument("--report", type=int, required=True, help="inherited pipe: ready, or one line why not")
    parser.add_argument("--linger", type=float, default=1.0, help="seconds without users before the server stops")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a PostgreSQL setting")
    options = parser.parse_args()
    os.umask(0o077)
    os.set_inheritable(options.keeper_lock, False)
    os.set_inheritable(options.report, False)
    folder = ServerFolder(options.folder)
    shorten_log(folder)
    try:
        keeper = Keeper(
            folder=folder,
            binaries=options.binaries,
            linger=options.linger,
            settings=dict(setting.split("=", 1) for setting in options.set),
        )

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            keeper.asked_to_stop = True

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        keeper.start()
    except UserError as error:
        report(options.report, f"failed: {error}")
        return 1
    report(options.report, "ready")
    try:
        keeper.watch()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
