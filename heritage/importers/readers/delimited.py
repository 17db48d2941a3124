"""Tables as text: comma, semicolon, tab or bar, any encoding, as spreadsheets and museums save them. Pure."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TextIO

from heritage.errors import UserError
from heritage.importers.containers import DAMAGED, Part, text_of
from heritage.importers.source_records import Notice, RowProblem

from .header import LOOKED_AT, column_names, header_index
from .rows import Layout, Row, Rows, SourceTable, folded_column

MAX_FIELD_CHARACTERS = 1_000_000
MAX_LINE_CHARACTERS = 8_000_000
# In place of a line that is longer: a field that is refused, also inside one that is quoted.
_OVERLONG = "\0" * (MAX_FIELD_CHARACTERS + 1) + "\n"
DELIMITERS = ",;\t|"
_LINE_ENDS = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


def read_delimited(part: Part, layout: Layout, *, wanted: Sequence[str] = ()) -> SourceTable:
    """Rows of a table with a header. `wanted`: names of which the header has at least one.

    Raises UserError where the table is empty.
    """
    # The limit is the process's, not the reader's; ours is the one place that reads museums' tables.
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    lines = _Lines(part, layout)
    first = list(_take(lines, LOOKED_AT))
    cells = [values for values in first if isinstance(values, _Cells)]
    index = header_index([values.cells for values in cells], wanted=wanted)
    if index < 0:
        raise UserError(f"{part.name} is empty; it needs a header with the names of its columns.")
    columns = column_names(cells[index].cells, name=part.name)
    above = [values for values in cells[:index] if any(values.cells)]
    rest = chain((item for item in first if item.line > cells[index].line), lines)
    return SourceTable(columns, _rows(rest, columns, part.name, above=len(above)))


class _Cells:
    __slots__ = ("cells", "line")

    def __init__(self, line: int, cells: list[str]) -> None:
        self.line = line
        self.cells = cells


def _take(lines: Iterator[_Cells | RowProblem], count: int) -> Iterator[_Cells | RowProblem]:
    for _ in range(count):
        try:
            yield next(lines)
        except StopIteration:
            return


class _Lines:
    """The cells of each record of the file, or why they cannot be read; goes on after each."""

    def __init__(self, part: Part, layout: Layout) -> None:
        self._name = part.name
        self._text = text_of(part, layout.encoding)
        # Strict: a stray quote is reported where it stands; without it the rows after it would vanish into a field.
        self._reader = csv.reader(_short_lines(self._text), delimiter=layout.delimiter, strict=True)
        self._ended = False

    def __iter__(self) -> Iterator[_Cells | RowProblem]:
        return self

    def __next__(self) -> _Cells | RowProblem:
        if self._ended:
            raise StopIteration
        line = self._reader.line_num + 1
        try:
            return _Cells(line, next(self._reader))
        except StopIteration:
            self._end()
            raise
        except csv.Error as error:
            return RowProblem(self._name, line, "", _csv_reason(error, until=self._reader.line_num))
        except DAMAGED as error:
            self._end()
            return RowProblem(self._name, line, "", f"is damaged or cut off here ({error}); get the file again")

    def _end(self) -> None:
        self._ended = True
        self._text.close()


def _short_lines(text: TextIO) -> Iterator[str]:
    """The lines of a file; of one without end, its beginning: csv needs a line as a whole, and memory for it."""
    for line in iter(partial(text.readline, MAX_LINE_CHARACTERS), ""):
        if len(line) == MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
            rest = line
            while rest and rest[-1] not in "\r\n":
                rest = text.readline(MAX_LINE_CHARACTERS)
            yield _OVERLONG
        else:
            yield line


def _rows(lines: Iterator[_Cells | RowProblem], columns: tuple[str, ...], name: str, *, above: int) -> Rows:
    width = len(columns)
    header = [column.casefold() for column in columns]
    if above:
        yield Notice("lines above the header", name, above)
    for item in lines:
        if isinstance(item, RowProblem):
            yield item
            continue
        values = item.cells
        if len(values) != width:
            if not any(value.strip() for value in values):
                continue
            if any(value.strip() for value in values[width:]):
                yield RowProblem(
                    name,
                    item.line,
                    "",
                    f"has {len(values)} fields where the header has {width}; "
                    "a field that contains the separator has to stand in double quotes",
                )
                continue
            if len(values) < width:
                yield Notice("rows that end before the last column", f"{name}:{item.line}")
                values += [""] * (width - len(values))
        elif not any(values) or not any(value.strip() for value in values):
            continue
        if values[0].strip().casefold() == header[0] and [value.strip().casefold() for value in values] == header:
            yield Notice("repeated headers", f"{name}:{item.line}")
            continue
        yield Row(item.line, dict(zip(columns, values, strict=False)))


def _csv_reason(error: csv.Error, *, until: int) -> str:
    if "field larger" in str(error):
        return (
            f"holds a field of more than {MAX_FIELD_CHARACTERS:,} characters (up to line {until}); "
            "probably a double quote is not closed"
        )
    if "unexpected end" in str(error):
        return "opens a double quote that is never closed; close it, or write it twice inside a quoted field"
    return f"is not well-formed CSV ({error}); write a double quote inside a quoted field twice"


def guess_delimiter(text: str, *, is_whole: bool, wanted: Sequence[str] = ()) -> str:
    """The separator of a table that begins with `text`: one by which a `wanted` name is a cell, otherwise the one that
    cuts most lines into the same number of cells."""
    lines = _LINE_ENDS.split(text)
    if not is_whole:
        lines = lines[:-1] or lines
    names = {name.casefold() for name in wanted}
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines[:200], delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        if names and any(names & {folded_column(cell).casefold() for cell in row} for row in rows[:LOOKED_AT]):
            return delimiter
        widths = [len(row) for row in rows]
        commonest = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        score = (widths.count(commonest) / len(widths) * (commonest > 1), commonest) if widths else (0.0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best
