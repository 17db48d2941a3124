"""What every reader answers: rows by column name or as nested objects, with their places. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from heritage.importers.source_records import Notice, RowProblem
from heritage.texts import printable

Shape = Literal["delimited", "workbook", "json-lines", "json", "xml"]
SHAPES_IN_WORDS: dict[Shape, str] = {
    "delimited": "table as text (CSV)",
    "workbook": "spreadsheet",
    "json-lines": "JSON lines",
    "json": "JSON document",
    "xml": "XML document",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a part's bytes are laid out. `rows`: the path of a JSON document's list (`response.docs`), or the name of
    the XML element that is a row; empty where the document says it itself.
    """

    shape: Shape
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    rows: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its first line's number (from 1; of JSON and XML documents, its number among the rows)."""

    line: int
    fields: dict[str, Any]


Rows = Iterator[Row | RowProblem | Notice]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The rows of one part; `columns` of a flat table in their order, None where rows are nested objects."""

    columns: tuple[str, ...] | None
    rows: Rows


def folded_column(name: str) -> str:
    """A column's name with every run of white space as one blank: a spreadsheet breaks long ones into lines.

    Characters that cannot be stored, such as bytes that are not in the file's encoding, are replaced.
    """
    return " ".join(printable(name.replace("\ufeff", "")).split())
