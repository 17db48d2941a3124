"""Files, folders and sockets that no other user of the machine may use."""

import hashlib
import os
import secrets
import stat
from pathlib import Path

from heritage.errors import UserError

# sockaddr_un.sun_path is 108 bytes on Linux, the last one a NUL.
LONGEST_SOCKET_PATH = 107
SHORT_PLACE = Path("/tmp")  # noqa: S108 `make_private_folder` refuses what somebody else put there


def socket_folder(wanted: Path, name: str) -> Path:
    """Where a socket called `name` lies: in `wanted` where its path is short enough, else in a private folder below
    /tmp. `make_private_folder` makes it.

    Not below XDG_RUNTIME_DIR or TMPDIR: every process must find the same one, from whatever session.
    """
    if len(os.fsencode(wanted / name)) <= LONGEST_SOCKET_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return SHORT_PLACE / f"heritage-weaver-{os.getuid()}-{digest}"


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


def keep_private(folder: Path) -> None:
    """Shut `folder`, where it is there and ours, to other users: whatever lies in it is then theirs to see no more."""
    try:
        found = folder.stat()
    except OSError:
        return
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def close_below(folder: Path) -> int:
    """Take from others all that they may do with what is ours in `folder`, itself included. Returns how many files and
    folders were open. Links are not followed, and what belongs to somebody else is left alone.
    """
    closed = 0
    for place, _, files in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in files)):
            try:
                found = path.lstat()
                is_open = stat.S_IMODE(found.st_mode) & 0o077 and not stat.S_ISLNK(found.st_mode)
                if is_open and found.st_uid == os.getuid():
                    path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
                    closed += 1
            except FileNotFoundError:  # gone since it was listed
                continue
    return closed


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
