"""Where the embedded server keeps what belongs to it, all of it closed to other users of the machine.

    DATA_DIR/postgres/           0700
        cluster/                 0700  PostgreSQL's own data
        socket/                  0700  its Unix socket (elsewhere if that path would be too long)
        password                 0600  of the role that Heritage Weaver connects as
        users.lock               shared by every process that uses the server
        start.lock               held while a process looks whether it must start the server
        keeper.lock              held by the keeper
        server.lock              held by every process of the server
        server.log               what PostgreSQL and the keeper say

Locks are flock(2) locks: the kernel drops them when their holder ends, however it ends.
"""

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from heritage.errors import UserError
from heritage.files.private import make_private_folder, socket_folder, write_private_file

PORT = 5432
DATABASE = "heritage"
ROLE = "heritage"


@dataclass(frozen=True)
class ServerFolder:
    """The embedded server's folder; `path` is DATA_DIR/postgres."""

    path: Path

    @property
    def cluster(self) -> Path:
        return self.path / "cluster"

    @property
    def password_file(self) -> Path:
        return self.path / "password"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def postmaster_pid(self) -> Path:
        """PostgreSQL's own note of its process and state."""
        return self.cluster / "postmaster.pid"

    @property
    def socket_folder(self) -> Path:
        return socket_folder(self.path / "socket", socket_name())

    def prepare(self) -> None:
        """Make the folders and the password, or raise `UserError` where they are not ours alone."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"DATA_DIR {self.path.parent} cannot be made ({error.strerror}); set another.") from error
        make_private_folder(self.path)
        make_private_folder(self.socket_folder)
        if not self.password_file.exists():
            write_private_file(self.password_file, secrets.token_urlsafe(32))

    def password(self) -> str:
        return self.password_file.read_text()

    def server_is_ready(self) -> bool:
        """Whether PostgreSQL says that it accepts connections. `pg_ctl start` waits for the same word."""
        try:
            lines = self.postmaster_pid.read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def open_lock(self, name: str) -> int:
        """A file descriptor of `name`.lock. It is closed in programs this process starts, shared by its forks."""
        return os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def socket_name() -> str:
    return f".s.PGSQL.{PORT}"


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the flock of an open lock file if that is possible at once."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
