"""Spreadsheets (.xlsx, .xls, .ods): the first sheet that holds a table, or the one that is named. Pure.

They are opened by a process of its own (`sheet_cells`), so that none costs more memory than that may take.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from heritage.errors import UserError
from heritage.importers.containers import Part, copied
from heritage.importers.source_records import Notice

from .header import LOOKED_AT, column_names, header_index
from .rows import Layout, Row, Rows, SourceTable

_PROGRAM = Path(__file__).with_name("sheet_cells.py")
_Line = tuple[int, list[str]]


def read_workbook(part: Part, layout: Layout, *, wanted: Sequence[str] = ()) -> SourceTable:
    """Rows of one sheet, cells as text. Raises UserError where it is damaged, empty or has no such sheet."""
    lines = _lines(part, layout.sheet)
    sheets = next(lines)["sheets"]
    if layout.sheet and layout.sheet not in sheets:
        raise UserError(f"{part.name} has no sheet {layout.sheet}; there are: {', '.join(sheets)}.")
    name = ""
    for line in lines:
        if isinstance(line, dict):
            name = line["sheet"]
            continue
        rows = _rows_of_sheet(chain([line], lines))
        first = list(islice(rows, LOOKED_AT))
        index = header_index([cells for _, cells in first], wanted=wanted)
        if index < 0:
            continue
        columns = column_names(first[index][1], name=f"{part.name}, sheet {name}")
        others = [other for other in sheets if other != name and not layout.sheet]
        told = [Notice("sheets that were not read", ", ".join(others), len(others))] if others else []
        told += [Notice("lines above the header", part.name, index)] if index else []
        return SourceTable(columns, chain(told, _rows(chain(first[index + 1 :], rows), columns, part.name)))
    raise UserError(f"{part.name} is empty; it needs a header with the names of its columns.")


def _lines(part: Part, sheet: str) -> Iterator[Any]:
    """What `sheet_cells` says of the workbook. Raises UserError where it gives up."""
    with TemporaryFile() as file:
        copied(part, file)
        file.seek(0)
        command = [sys.executable, "-P", str(_PROGRAM), *filter(None, [sheet])]
        with (
            subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, encoding="utf-8") as process,
            closing(process.stdout) as output,  # type: ignore[type-var]
        ):
            for text in output or ():
                line = json.loads(text) if text.endswith("\n") else {}
                if "error" in line:
                    raise UserError(
                        f"{part.name} is no spreadsheet that can be read ({line['error']}); save it again, or as CSV."
                    )
                if line:
                    yield line
    if process.returncode:
        raise UserError(
            f"{part.name} is larger than a spreadsheet can be opened, or has cells very far apart; save its sheet as "
            "CSV and import that."
        )


def _rows_of_sheet(lines: Iterator[Any]) -> Iterator[_Line]:
    """The rows up to the next sheet."""
    for line in lines:
        if isinstance(line, dict):
            return
        yield line[0], line[1]


def _rows(rows: Iterator[_Line], columns: tuple[str, ...], name: str) -> Rows:
    names = [column.casefold() for column in columns]
    for number, texts in rows:
        if not any(text.strip() for text in texts):
            continue
        if [text.strip().casefold() for text in texts] == names:
            yield Notice("repeated headers", f"{name}:{number}")
            continue
        yield Row(number, dict(zip(columns, texts, strict=False)))
