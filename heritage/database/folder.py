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
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from heritage.errors import UserError

PORT = 5432
DATABASE = "heritage"
ROLE = "heritage"
# sockaddr_un.sun_path is 108 bytes on Linux, the last one a NUL.
LONGEST_SOCKET_PATH = 107
SHORT_PLACE = Path("/tmp")  # noqa: S108 `make_private_folder` refuses what somebody else put there


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
        """Inside the server's folder where the path is short enough, else a private folder below /tmp.

        Not below XDG_RUNTIME_DIR or TMPDIR: every process must find the same one, from whatever session.
        """
        inside = self.path / "socket"
        if len(os.fsencode(inside / socket_name())) <= LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return SHORT_PLACE / f"heritage-weaver-{os.getuid()}-{digest}"

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


def make_private_folder(path: Path) -> None:
    """Make `path` with mode 0700, or accept it if it is a folder of ours that nobody else may enter."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise UserError(f"The folder {path} cannot be made ({error.strerror}); set another DATA_DIR.") from error
    # lstat: a link that someone else put there must not be followed.
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{path} is not a folder; remove it.")
    if found.st_uid != os.getuid():
        raise UserError(f"The folder {path} belongs to another user; run as that user, or set another DATA_DIR.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(f"The folder {path} is open to other users; run `chmod 700 {path}`.")


def write_private_file(path: Path, text: str) -> None:
    """Write `text` to a new file of mode 0600, whole or not at all. An existing file is left as it is."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails where the file exists: whoever was first wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the flock of an open lock file if that is possible at once."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
