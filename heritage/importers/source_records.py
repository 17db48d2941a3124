"""What every source gives: records as a museum's file has them, rows that cannot be used, and what to know of both.

Pure: no database, no settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SourceRights:
    """What a museum says of showing and using a text or picture; see `heritage.models.catalogue.Rights`."""

    licence: str = ""
    credit: str = ""
    statement: str = ""
    sensitive: bool = False
    withheld: bool = False


NO_RIGHTS = SourceRights()


@dataclass(frozen=True, slots=True)
class ImageSource:
    """A picture as a row names it: an address, a path relative to the folder of images, or both.

    `service` is the base address of its IIIF Image API service; `order` its place among the record's pictures
    where the source says it, counted from anything.
    """

    file: str
    line: int
    field: str
    url: str = ""
    path: str = ""
    view: str = ""
    service: str = ""
    order: float | None = None
    rights: SourceRights = NO_RIGHTS

    @property
    def source(self) -> str:
        """What identifies the picture within its record: the address where there is one, otherwise the path."""
        return self.url or self.path


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as one row gives it, or as `merging` made it of several: `line` is the first's, `rows` their number.

    `languages` are those of "name" and "description", where the source says so.
    """

    record_id: str
    name: str
    description: str
    taxonomy: tuple[str, ...]
    images: tuple[ImageSource, ...]
    file: str
    line: int
    rows: int = 1
    accession: str = ""
    page: str = ""
    kind: str = ""
    languages: tuple[tuple[str, str], ...] = ()
    rights: SourceRights = NO_RIGHTS


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


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people should know though no row is refused: `kind` to count by, `example` where it was met."""

    kind: str
    example: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that the mapping's conditions leave out."""

    record_id: str


SourceItem = SourceRecord | RowProblem | Notice | LeftOut


class Source(Protocol):
    """Files, or whatever else gives records. Both functions read it from its beginning, every time.

    They raise UserError, before anything is yielded, where it is of another shape altogether.
    """

    def identifiers(self) -> Iterator[str]:
        """Each row's identifier, "" where it has none: one for every item of `items` that is no Notice."""

    def items(self) -> Iterator[SourceItem]:
        """What each row says: one record, problem or LeftOut a row, and Notices between them."""


class FieldError(ValueError):
    """A field of a row cannot be used; `mapping` turns it into a RowProblem with the row's place."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
