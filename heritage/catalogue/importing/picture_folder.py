"""A folder of pictures that records name: found by the name as written, and by what museums' tools make of names.

The exact path goes first. Otherwise names are compared composed (macOS writes é in two characters), without case,
with `|` and `\\` read as `/`, without leading folders that the table names and the folder does not have, and
without the ending where the table leaves it out; a name that would fit two files fits none.
"""

import errno
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from heritage.errors import UserError
from heritage.importers.containers import DAMAGED
from heritage.importers.source_records import Notice
from heritage.pictures.store import ImageError, path_below

EXAMPLES = 5
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".jp2", ".avif")
_AMBIGUOUS = ""
_CHUNK = 1 << 20


class PictureNames:
    """Names of picture files, looked up as a table writes them."""

    def __init__(self, paths: Iterable[str]) -> None:
        """`paths` are relative to the folder or archive that holds them."""
        paths = list(paths)
        # By every ending of the loosened path, with and without the suffix; "" where two share one.
        self._index: dict[str, str] = {}
        for path in paths:
            steps = loosened_path(path).split("/")
            for start in range(len(steps)):
                ending = "/".join(steps[start:])
                for key in {ending, ending.rpartition(".")[0] or ending}:
                    known = self._index.get(key)
                    self._index[key] = path if known in (None, path) else _AMBIGUOUS
        for path in paths:  # A whole path means its own file, whatever ends like it.
            self._index[loosened_path(path)] = path

    def find(self, name: str) -> str | None:
        """The path that `name` means, or None where none does, or more than one."""
        steps = loosened_path(name).split("/")
        for start in range(len(steps)):
            found = self._index.get("/".join(steps[start:]))
            if found is not None:
                return found or None
        return None


class PictureFolder:
    """The files below `root`, and which of them were asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._used: set[str] = set()

    def find(self, name: str) -> Path:
        """The file that `name` means. Raises ImageError where there is none, or it leads out of the folder."""
        try:
            path = path_below(self.root, name)
        except ImageError:
            if ".." in PurePosixPath(name).parts or (found := self._names.find(name)) is None:
                raise
            path = path_below(self.root, found)
        self._used.add(str(path))
        return path

    @cached_property
    def _names(self) -> PictureNames:
        return PictureNames(self._all)

    @cached_property
    def _all(self) -> list[str]:
        found: list[str] = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(each for each in folders if not each.startswith((".", "__MACOSX")))
            below = os.path.relpath(folder, self.root)
            found += [os.path.normpath(os.path.join(below, name)) for name in sorted(names) if not name.startswith(".")]
        return found

    def unused(self) -> list[Notice]:
        """The files that no record named, counted, with a few as examples."""
        root = self.root.resolve()
        rest = [
            path
            for path in self._all
            if path.lower().endswith(PICTURE_SUFFIXES) and str((root / path).resolve()) not in self._used
        ]
        if not rest:
            return []
        kind = "pictures in the folder that no record names"
        first = [Notice(kind, path) for path in rest[:EXAMPLES]]
        return first + ([Notice(kind, rest[-1], len(rest) - len(first))] if len(rest) > len(first) else [])


def loosened_path(name: str) -> str:
    """`name` composed, in lower case, with every separator that tools use as `/`."""
    plain = unicodedata.normalize("NFC", name).casefold().replace("|", "/").replace("\\", "/")
    return "/".join(step for step in plain.split("/") if step not in ("", "."))


def unpack_pictures(archive: Path, into: Path, *, max_bytes: int, name: str = "") -> list[Notice]:
    """Write the files of a zip into the folder `into`, none of them outside it, none larger than `max_bytes`.

    What is left out is told. Raises UserError where the zip cannot be read, or the disk is too small for it.
    """
    name = name or str(archive)
    notices = []
    try:
        with zipfile.ZipFile(archive) as pictures:
            members = pictures.infolist()
            needed = sum(min(member.file_size, max_bytes) for member in members)
            free = os.statvfs(into).f_bavail * os.statvfs(into).f_frsize
            if needed > 0.8 * free:
                raise UserError(f"{name} needs {needed >> 20:,} MB where {free >> 20:,} MB are free; make room first.")
            for member in members:
                if reason := _left_out(member, max_bytes):
                    notices.append(_told(member, reason))
                elif not member.is_dir() and not member.filename.startswith("__MACOSX"):
                    try:
                        _write_member(pictures, member, into, max_bytes)
                    # A name that no disk takes, a damaged member: the others are written.
                    except (*DAMAGED, RuntimeError) as error:
                        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                            raise UserError(f"The disk is full before {name} is unpacked; make room first.") from error
                        notices.append(_told(member, f"it cannot be unpacked ({_in_words(error)})"))
    except (*DAMAGED, RuntimeError) as error:
        raise UserError(f"{name} is no zip file that can be read ({error}); pack it again.") from error
    return notices


def _told(member: zipfile.ZipInfo, reason: str) -> Notice:
    return Notice("files of the archive that were left out", f"{member.filename[:200]}: {reason}")


def _in_words(error: Exception) -> str:
    return error.strerror or "error" if isinstance(error, OSError) else str(error)[:100]


def _left_out(member: zipfile.ZipInfo, max_bytes: int) -> str:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or "\0" in member.filename:
        return "its name leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link"
    if member.flag_bits & 1:
        return "it is protected by a password"
    if member.file_size > max_bytes:
        return f"it is larger than {max_bytes >> 20:,} MB"
    return ""


def _write_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Path, max_bytes: int) -> None:
    target = into / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, target.open("wb") as file:
        try:
            # The size that the archive states may be a lie.
            while (chunk := source.read(_CHUNK)) and written <= max_bytes:
                written += len(chunk)
                file.write(chunk)
        except BaseException:
            target.unlink()  # Half a picture is none.
            raise
