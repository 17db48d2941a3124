"""Reading CSV and JSON-lines files row by row, with line numbers, whatever state they are in.

Both readers yield `Row(line, fields)` for a usable row and `RowProblem` for any other, and go on to the
next. Bytes that are not UTF-8 arrive as surrogates, so that the field that holds them can be named
(see `source_records.checked_text`). A file of another kind altogether raises UserError at once.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from heritage.errors import UserError

from .source_records import RowProblem

MAX_FIELD_CHARACTERS = 1_000_000
MAX_LINE_CHARACTERS = 16_000_000
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its first line's number (from 1) and its fields by column name or key."""

    line: int
    fields: dict[str, Any]


def open_text(path: Path) -> TextIO:
    """`path` opened as UTF-8 with or without BOM. Raises UserError where it cannot be one of our files."""
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
        text = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if beginning[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text.close()
        raise UserError(f"{path} is UTF-16; save it with the encoding UTF-8 and import it again.")
    if beginning == b"PK\x03\x04":
        text.close()
        raise UserError(f"{path} is a spreadsheet or a zip archive; save it as “CSV UTF-8” and import that.")
    return text


def first_character(path: Path) -> str:
    """The first character that is no white space, or "" in an empty file: tells JSON from CSV."""
    with open_text(path) as file:
        while chunk := file.read(4096):
            if stripped := chunk.lstrip():
                return stripped[0]
    return ""


def read_csv(path: Path, *, required: str) -> Iterator[Row | RowProblem]:
    """Rows of a CSV file with a header; comma, semicolon or tab, told by the header.

    Column names are compared in lower case. Raises UserError where the column `required` is absent.
    """
    # The limit is the process's, not the reader's; ours is the one place that reads museums' tables.
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    with open_text(path) as file:
        delimiter, columns, header_lines = _read_header(file, path=path, required=required)
        # Strict: a stray quote is reported where it stands; without it the rows after it would vanish into a field.
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        last_line = header_lines
        while True:
            line = last_line + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                last_line = header_lines + reader.line_num
                yield RowProblem(str(path), line, "", _csv_reason(error, until=last_line))
                continue
            last_line = header_lines + reader.line_num
            if not any(value.strip() for value in values):
                continue
            extra = values[len(columns) :]
            if len(values) < len(columns) or any(value.strip() for value in extra):
                yield RowProblem(
                    str(path),
                    line,
                    "",
                    f"has {len(values)} fields where the header has {len(columns)}; "
                    "a field that contains the separator has to stand in double quotes",
                )
                continue
            yield Row(line, dict(zip(columns, values, strict=False)))


def _read_header(file: TextIO, *, path: Path, required: str) -> tuple[str, list[str], int]:
    """Delimiter, column names and number of lines of the header, which is the first line that is not blank."""
    lines = 0
    for text in file:
        lines += 1
        if text.strip():
            break
    else:
        raise UserError(f"{path} is empty; it needs a header with at least the column {required}.")
    columns: list[str] = []
    for delimiter in DELIMITERS:
        try:
            columns = [column.strip().lower() for column in next(csv.reader([text], delimiter=delimiter))]
        except csv.Error:
            continue
        if required in columns:
            break
    else:
        raise UserError(
            f"{path} has no column {required}; its header is “{text.strip()[:200]}”. "
            "Name the columns as in the documentation of the format."
        )
    repeated = {column for column in columns if column and columns.count(column) > 1}
    if repeated:
        raise UserError(f"{path} has the column {sorted(repeated)[0]} twice; keep one of them.")
    return delimiter, columns, lines


def _csv_reason(error: csv.Error, *, until: int) -> str:
    if "field larger" in str(error):
        return (
            f"holds a field of more than {MAX_FIELD_CHARACTERS:,} characters (up to line {until}); "
            "probably a double quote is not closed"
        )
    if "unexpected end" in str(error):
        return "opens a double quote that is never closed; close it, or write it twice inside a quoted field"
    return f"is not well-formed CSV ({error}); write a double quote inside a quoted field twice"


def read_json_lines(path: Path) -> Iterator[Row | RowProblem]:
    """Objects of a JSON-lines file. Raises UserError where it is one JSON array."""
    if first_character(path) == "[":
        raise UserError(f"{path} is one JSON array; write one object per line (JSON lines).")
    with open_text(path) as file:
        line = 0
        while text := file.readline(MAX_LINE_CHARACTERS):
            line += 1
            if len(text) == MAX_LINE_CHARACTERS and not text.endswith("\n"):
                while text and not text.endswith("\n"):
                    text = file.readline(MAX_LINE_CHARACTERS)
                yield RowProblem(str(path), line, "", f"is longer than {MAX_LINE_CHARACTERS:,} characters; split it")
                continue
            if not text.strip():
                continue
            try:
                fields = json.loads(text)
            except (ValueError, RecursionError) as error:
                yield RowProblem(str(path), line, "", f"is not JSON ({error}); write one object per line")
                continue
            if not isinstance(fields, dict):
                yield RowProblem(str(path), line, "", "is not a JSON object; write {…} with the record's fields")
                continue
            yield Row(line, fields)
