"""Finer labels as a file: CSV or JSON with label, name, key and shortcut, read for a campaign and written from one."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from annotation.finer_labels import FinerLabelDraft
from heritage.cells import protect_cell, unprotect_cell
from heritage.errors import UserError

COLUMNS = ("label", "key", "name", "shortcut")
_NEEDED = ("label", "name")


def read_finer_labels(path: Path) -> list[FinerLabelDraft]:
    """The finer labels of a file in its order: JSON (a list of objects) where its name ends in .json, else CSV.

    Only label and name are needed. What the cells may hold is for `check_finer_labels` to say.
    Raises UserError for a file that cannot be read, or that is something else.
    """
    try:
        rows = _json_rows(path) if path.suffix == ".json" else _csv_rows(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it so.") from error
    if not rows:
        raise UserError(f"{path.name} has no finer labels.")
    return [FinerLabelDraft(**row) for row in rows]


def write_finer_labels(drafts: Iterable[FinerLabelDraft], file: IO[str]) -> None:
    """As CSV that `read_finer_labels` reads again."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for draft in drafts:
        writer.writerow([protect_cell(getattr(draft, column)) for column in COLUMNS])


def _csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            lines = [cells for cells in csv.reader(file) if cells]
        except csv.Error as error:
            raise UserError(f"{path.name} is no CSV that can be read: {error}.") from error
    columns = [cell.strip() for cell in lines[0]] if lines else []
    _check_columns(path, columns)
    if wrong := [number for number, cells in enumerate(lines, start=1) if len(cells) != len(columns)]:
        raise UserError(f"{path.name}, row {wrong[0]}: there are more or fewer cells than columns; quote commas.")
    return [dict(zip(columns, map(unprotect_cell, cells), strict=True)) for cells in lines[1:]]


def _json_rows(path: Path) -> list[dict[str, str]]:
    try:
        rows: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{path.name} is no JSON that can be read ({error}).") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{path.name} is no list of objects: write one object for each finer label.")
    for row in rows:
        _check_columns(path, list(row))
        if not all(isinstance(value, str) for value in row.values()):
            raise UserError(f"{path.name}: {', '.join(COLUMNS)} are texts: put them in quotation marks.")
    return rows


def _check_columns(path: Path, columns: list[str]) -> None:
    if missing := [column for column in _NEEDED if column not in columns]:
        raise UserError(
            f"{path.name} lacks {' and '.join(missing)}: each finer label has {', '.join(COLUMNS)}, "
            "of which key and shortcut may be left out."
        )
    if unknown := [column for column in columns if column not in COLUMNS]:
        raise UserError(
            f"{path.name} has {unknown[0] or '(a column without a name)'}, which is none of "
            f"{', '.join(COLUMNS)}: take it out."
        )
    if len(set(columns)) != len(columns):
        raise UserError(f"{path.name} has a column twice: keep one of them.")
