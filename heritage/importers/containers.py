"""Files as they come: a single one, a folder, an archive, compressed or not, as a stream of parts to be read.

Nothing is ever unpacked onto the disk, and names inside an archive are only ever shown. Pure.
"""

import bz2
import gzip
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TextIO

from heritage.errors import UserError

from .source_records import Notice, RowProblem

# What a stream of compressed bytes may raise when it is damaged or cut off.
DAMAGED = (
    *(EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError),
    *(UnicodeDecodeError, struct.error),  # names and headers inside a zip
)
MOST_PARTS = 2_000_000
# Text compresses to a tenth, tables of few words to a hundredth; what swells more was made to do harm.
HIGHEST_RATIO = 300
FREE_BYTES = 100 * 2**20
# Workbooks have to lie in memory as a whole.
MOST_WHOLE_BYTES = 256 * 2**20
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_RECORDS = frozenset({".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".xml", ".rdf", ".lido", ".mrc"})
_COMPRESSED = frozenset({".gz", ".bz2", ".zip"})
_GZIP, _BZIP2, _ZIP, _OLE = b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of rows: its name for people, and a function that opens it from the beginning, uncompressed."""

    name: str
    open: Callable[[], BinaryIO]
    is_workbook: bool = False


def parts_of(path: Path, *, name: str = "") -> Iterator[Part | RowProblem | Notice]:
    """The files of rows in `path`; `name` is how people know it, by default its path.

    A part has to be read before the next one is asked for. Raises UserError where `path` cannot be read.
    """
    name = name or str(path)
    try:
        if path.is_dir():
            yield from _files_of_folder(path, name)
            return
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}.") from error
    if beginning == _ZIP and not (workbook := _is_workbook(path, name)):
        yield from _files_of_archive(path, name)
    else:
        is_workbook = beginning[:4] == _OLE or (beginning == _ZIP and workbook)
        yield Part(name, lambda: _uncompressed(path.open("rb"), name), is_workbook)


def _is_workbook(path: Path, name: str) -> bool:
    """Whether a zip is a spreadsheet: both kinds say so in a file of their own."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names:
                return True
            return "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:80]
    except (*DAMAGED, RuntimeError) as error:
        raise UserError(f"{name} is a damaged or cut off zip file; get it again.") from error


def _files_of_folder(folder: Path, name: str) -> Iterator[Part | RowProblem | Notice]:
    others: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith((".", "__MACOSX")) for part in relative.parts) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            yield RowProblem(str(path), 0, "", "leads out of the folder and is not followed; put the file itself there")
        elif path.suffix.lower() in _RECORDS | _COMPRESSED | WORKBOOKS:
            yield from parts_of(path, name=f"{name}/{relative}")
        else:
            others[path.suffix.lower() or str(relative)] += 1
    yield from _not_read(others)


def _files_of_archive(path: Path, name: str) -> Iterator[Part | RowProblem | Notice]:
    others: Counter[str] = Counter()
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_PARTS:
            raise UserError(f"{name} holds more than {MOST_PARTS:,} files; split it into several archives.")
        for info in infos:
            inside = PurePosixPath(info.filename)
            part_name = f"{name}/{info.filename}"
            if info.is_dir() or any(part.startswith((".", "__MACOSX")) and part != ".." for part in inside.parts):
                continue
            suffix = inside.suffix.lower()
            if stat.S_ISLNK(info.external_attr >> 16):
                yield RowProblem(part_name, 0, "", "is a link, which is not followed; put the file itself there")
            elif info.flag_bits & 1:
                yield RowProblem(part_name, 0, "", "is protected by a password; pack it without one")
            elif suffix == ".zip":
                yield RowProblem(part_name, 0, "", "is an archive inside an archive; unpack it and import it by itself")
            elif suffix in _RECORDS | _COMPRESSED | WORKBOOKS:
                yield Part(part_name, _opener(archive, info, part_name), suffix in WORKBOOKS)
            else:
                others[suffix or info.filename] += 1
    yield from _not_read(others)


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream: BinaryIO = _Bounded(archive.open(info), info.compress_size, name)  # type: ignore[assignment]
        return _uncompressed(stream, name)

    return opened


def _not_read(others: Counter[str]) -> Iterator[Notice]:
    """Files of other kinds, counted by suffix: pictures mostly, which the folder of images is for."""
    for suffix, count in others.most_common():
        yield Notice("files that hold no records", suffix, count)


def _uncompressed(raw: BinaryIO, name: str) -> BinaryIO:
    """`raw`, through gzip or bzip2 where its first bytes say so. Buffered, so that its beginning can be looked at."""
    stream = io.BufferedReader(raw, 1 << 16)  # type: ignore[type-var]
    beginning = stream.peek(4)[:4]
    if beginning[:2] != _GZIP and beginning[:3] != _BZIP2:
        return stream
    counted: Any = _Counted(stream)
    inner: Any = gzip.GzipFile(fileobj=counted) if beginning[:2] == _GZIP else bz2.BZ2File(counted)
    return io.BufferedReader(_Bounded(inner, counted, name), 1 << 16)


class _Counted(io.RawIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.count += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Bounded(io.RawIOBase):
    """Uncompressed bytes, until they are absurdly more than the compressed ones that they come from."""

    def __init__(self, raw: object, compressed: "int | _Counted", name: str) -> None:
        self._raw = raw
        self._compressed = compressed
        self._name = name
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._raw.read1(len(buffer))  # type: ignore[attr-defined]
        self._count += len(data)
        compressed = self._compressed if isinstance(self._compressed, int) else self._compressed.count
        if self._count > FREE_BYTES and self._count > HIGHEST_RATIO * compressed:
            raise UserError(
                f"{self._name} swells to more than {HIGHEST_RATIO} times its size; unpack it, look at it, and import "
                "what it holds."
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()  # type: ignore[attr-defined]
        super().close()


def text_of(part: Part, encoding: str) -> TextIO:
    """A part as text, line ends as they are. Bytes that do not fit arrive as surrogates, so that the field that holds
    them can be named; in wide encodings, as replacement characters."""
    errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    return io.TextIOWrapper(part.open(), encoding=encoding, errors=errors, newline="")


def copied(part: Part, file: BinaryIO, *, most: int = MOST_WHOLE_BYTES) -> None:
    """Write all bytes of a part that cannot be read piece by piece to `file`.

    Raises UserError where they are too many, or damaged.
    """
    written = 0
    try:
        with part.open() as stream:
            while chunk := stream.read(1 << 20):
                written += len(chunk)
                if written > most:
                    raise UserError(
                        f"{part.name} has more than {most >> 20} MB, which have to be in memory at once; save it as "
                        "CSV or JSON lines."
                    )
                file.write(chunk)
    except DAMAGED as error:
        raise UserError(f"{part.name} is damaged or cut off ({error}); get the file again.") from error


def whole(part: Part, *, most: int = MOST_WHOLE_BYTES) -> bytes:
    """All bytes of such a part. Raises UserError where they are too many."""
    file = io.BytesIO()
    copied(part, file, most=most)
    return file.getvalue()


def beginning_of(part: Part, size: int) -> bytes:
    """Its first bytes, also of a part that is cut off among them. Raises one of DAMAGED where there are none."""
    data = b""
    with part.open() as stream:
        try:
            while len(data) < size and (chunk := stream.read1(min(size - len(data), 1 << 16))):  # type: ignore[attr-defined]
                data += chunk
        except DAMAGED:
            if not data:
                raise
    return data
