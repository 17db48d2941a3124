"""What every importer yields: records as a museum's file gives them, and the rows that cannot be used.

Pure: no database, no settings. Also the checks that all formats share, so that a limit of the
database is met here, with the line that breaks it, and never there.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

MAX_ID_CHARACTERS = 200
# PostgreSQL refuses a tsvector of more than 1 MB; a text this long stays below it whatever its words.
MAX_TEXT_CHARACTERS = 100_000
# A source is part of a unique index, and a B-tree entry holds at most 2,704 bytes.
MAX_SOURCE_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class ImageSource:
    """A picture as a row names it: an address, a path relative to the folder of images, or both."""

    file: str
    line: int
    field: str
    url: str = ""
    path: str = ""

    @property
    def source(self) -> str:
        """What identifies the picture within its record: the address where there is one, otherwise the path."""
        return self.url or self.path


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as one row gives it, or as `merging` made it of several: `line` is the first's, `rows` their number."""

    record_id: str
    name: str
    description: str
    taxonomy: tuple[str, ...]
    images: tuple[ImageSource, ...]
    file: str
    line: int
    rows: int = 1


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be used, and what to do about it. `field` is empty where the whole row is at fault."""

    file: str
    line: int
    field: str
    reason: str
    record_id: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"


class Importer(Protocol):
    """Reads one file and yields every one of its rows, as a record or as a problem.

    Raises UserError, before it yields anything, where the file as a whole is of another shape.
    """

    def __call__(self, path: Path) -> Iterator[SourceRecord | RowProblem]: ...


class FieldError(ValueError):
    """A field of a row cannot be used; importers turn it into a RowProblem with the row's place."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Only elements that catalogues use: a thesaurus term such as <object facet> is text and stays.
_BLOCKS = "p|br|div|ul|ol|li|h[1-6]|blockquote|table|tr|td|th|hr|section|article"
_INLINE = "span|i|em|b|strong|u|a|sup|sub|small|font|cite|q|img|tbody|thead"
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
# With its semicolon: html.unescape alone would also turn the "&copy" of "R&copyist" into a sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def checked_text(value: str, field: str) -> str:
    """`value` as it may be stored: NFC, no invisible control characters.

    Raises FieldError for bytes that were no UTF-8 (they arrive as surrogates), NUL and over-long texts.
    """
    if _SURROGATES.search(value):
        raise FieldError(field, "is not UTF-8 text; save the file with the encoding UTF-8")
    if "\x00" in value:
        raise FieldError(field, "contains a NUL character; the file is damaged here, write the field again")
    if len(value) > MAX_TEXT_CHARACTERS:
        raise FieldError(field, f"has {len(value):,} characters, the limit is {MAX_TEXT_CHARACTERS:,}; shorten it")
    return unicodedata.normalize("NFC", _CONTROLS.sub(" ", value))


def folded(value: str) -> str:
    """`value` with every run of white space as one blank."""
    return " ".join(value.split())


def plain_text(value: str) -> str:
    """A text of a catalogue without its HTML: tags dropped, entities resolved, white space folded.

    Line breaks and paragraphs become blanks: descriptions are cut into sentences, not into paragraphs.
    """
    if "<" in value:
        value = _HIDDEN.sub(" ", value)
        value = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", value))
    if "&" in value:
        value = _ENTITY.sub(lambda entity: html.unescape(entity.group()), value)
    return folded(value)


def checked_record_id(value: str) -> str:
    """The museum's identifier, trimmed. Raises FieldError where it is missing or too long."""
    record_id = folded(checked_text(value, "record_id"))
    if not record_id:
        raise FieldError("record_id", "is missing; every row needs the museum's identifier of its record")
    if len(record_id) > MAX_ID_CHARACTERS:
        raise FieldError("record_id", f"has {len(record_id):,} characters, the limit is {MAX_ID_CHARACTERS}")
    return record_id


def checked_url(value: str, field: str) -> str:
    """An address that can be fetched, or "". Raises FieldError where it is neither http nor https."""
    url = checked_text(value, field).strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        reachable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        reachable = False
    if not reachable:
        raise FieldError(field, f"“{url[:80]}” is no web address; it has to begin with https:// or http://")
    if len(url.encode()) > MAX_SOURCE_BYTES:
        raise FieldError(field, f"is longer than {MAX_SOURCE_BYTES:,} bytes; give a shorter address")
    return url


def checked_path(value: str, field: str) -> str:
    """A path as written, or "". Raises FieldError where it is over-long."""
    path = checked_text(value, field).strip()
    if len(path.encode()) > MAX_SOURCE_BYTES:
        raise FieldError(field, f"is longer than {MAX_SOURCE_BYTES:,} bytes; give a shorter path")
    return path


def taxonomy_terms(*values: str) -> tuple[str, ...]:
    """Terms in their order, folded, empty ones and repetitions dropped."""
    return tuple(dict.fromkeys(term for value in values if (term := folded(value))))
