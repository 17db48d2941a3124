"""The file of a backup: a tar archive whose last member lists all others with their size and SHA-256."""

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from heritage.errors import UserError

CONTENTS = "contents.json"
FORMAT = 1
CHUNK = 1 << 20


class Archive:
    """A backup that is being written."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `close`
        self._folder = path.parent
        self.members: dict[str, dict[str, Any]] = {}

    def add_written(self, name: str, fill: Callable[[Callable[[bytes], Any]], Any]) -> Any:
        """A compressed member of what `fill` writes; returns what `fill` returns."""
        with tempfile.TemporaryFile(dir=self._folder) as spool:
            with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=3, mtime=0) as packed:
                result = fill(packed.write)
            size = spool.tell()
            spool.seek(0)
            self._add(name, spool, size)
        return result

    def add_file(self, name: str, path: Path) -> bool:
        """A file as it is; returns whether it was still there."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            self._add(name, file, path.stat().st_size)
        return True

    def close(self, about: dict[str, Any]) -> None:
        document = json.dumps({"format": FORMAT, **about, "members": self.members}).encode()
        self._add(CONTENTS, io.BytesIO(document), len(document))
        self._tar.close()

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        reading = Hashed(file)
        self._tar.addfile(member, cast(Any, reading))
        self.members[name] = {"size": size, "sha256": reading.digest.hexdigest()}


class Hashed:
    """A file whose digest is taken as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest, self.size = file, hashlib.sha256(), 0

    def read(self, count: int = -1) -> bytes:
        part = self._file.read(count)
        self.digest.update(part)
        self.size += len(part)
        return part


def members_of(path: Path) -> Iterator[tuple[str, Hashed]]:
    """Each member but the list, by name, to be read at once. Raises UserError where the file is none or is cut off."""
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                if not member.isfile() or not is_inside(member.name):
                    raise UserError(f"{path} is no backup of Heritage Weaver: it holds {member.name!r:.100}.")
                file = tar.extractfile(member)
                if file is not None and member.name != CONTENTS:
                    yield member.name, Hashed(file)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise UserError(f"{path} cannot be read as a backup ({error}); use another copy of it.") from error


def contents_of(path: Path) -> dict[str, Any]:
    """What a backup says that it holds. Raises UserError where it is none, or is cut off before its end."""
    try:
        with tarfile.open(path, "r:") as tar:
            file = tar.extractfile(CONTENTS)
            document = json.load(file) if file else {}
    except (OSError, tarfile.TarError, EOFError, KeyError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is no whole backup of Heritage Weaver ({error}); use another copy of it.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UserError(f"{path} is a backup of another version; restore it with that version.")
    return document


def check(path: Path, contents: dict[str, Any]) -> None:
    """Read all of a backup and compare. Raises UserError that names the first member that is missing or differs."""
    left = dict(contents["members"])
    for name, file in members_of(path):
        while file.read(CHUNK):
            pass
        if left.pop(name, None) != {"size": file.size, "sha256": file.digest.hexdigest()}:
            raise UserError(f"{path} is damaged: {name} is not what was stored; use another copy of it.")
    if left:
        raise UserError(f"{path} is damaged: {next(iter(left))} is missing; use another copy of it.")


def is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
