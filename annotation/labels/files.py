"""The labels of a campaign as a file: CSV or JSON with label, name, key, shortcut and colour, read and written.

A row whose key is its label is one of the four; any other is a finer label under its label, and has no colour.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from annotation.labels.finer import FinerLabelDraft
from annotation.labels.four import DEFAULT_LABELS, LabelDraft, folded
from annotation.vocabulary import Label
from heritage.errors import UserError
from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell, unprotect_cell

COLUMNS = ("label", "key", "name", "shortcut", "colour")
_NEEDED = ("label", "name")


@dataclass(frozen=True)
class SchemeDraft:
    """What a file says: the four in the order of showing, or none where it has no rows for them; and finer labels."""

    labels: tuple[LabelDraft, ...] = ()
    finer: tuple[FinerLabelDraft, ...] = ()


def read_scheme(path: Path) -> SchemeDraft:
    """The labels of a file in its order: JSON (a list of objects) where its name ends in .json, else CSV.

    Only label and name are needed. What the cells may hold is for `check_labels` and `check_finer_labels` to say.
    Raises UserError for a file that cannot be read, or that is something else.
    """
    try:
        rows = _json_rows(path) if path.suffix == ".json" else _csv_rows(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it so.") from error
    if not rows:
        raise UserError(f"{path.name} has no labels.")
    labels, finer = [], []
    for row in rows:
        if _is_one_of_the_four(row):
            labels.append(LabelDraft(**{name: value for name, value in row.items() if name != "key"}))
            continue
        if row.pop("colour", "").strip():
            raise UserError(f"{row['name'].strip()} is a finer label and has no colour of its own: leave it empty.")
        finer.append(FinerLabelDraft(**row))
    return SchemeDraft(tuple(labels), tuple(finer))


def write_scheme(labels: Sequence[LabelDraft], finer: Sequence[FinerLabelDraft], file: IO[str]) -> None:
    """As CSV that `read_scheme` reads again. Of the four only where they are the campaign's own."""
    own = () if tuple(labels) == DEFAULT_LABELS else labels
    columns = COLUMNS if own else COLUMNS[:-1]
    rows = [(each.label, each.label, each.name, each.shortcut, each.colour) for each in own]
    rows += [(each.label, each.key, each.name, each.shortcut, "") for each in finer]
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(map(protect_cell, row[: len(columns)]))


def _is_one_of_the_four(row: dict[str, str]) -> bool:
    return row.get("key", "").strip() in Label.values and folded(row["label"]) == row["key"].strip()


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
        raise UserError(f"{path.name} is no list of objects: write one object for each label.")
    for row in rows:
        _check_columns(path, list(row))
        if not all(isinstance(value, str) for value in row.values()):
            raise UserError(f"{path.name}: {', '.join(COLUMNS)} are texts: put them in quotation marks.")
    return rows


def _check_columns(path: Path, columns: list[str]) -> None:
    if missing := [column for column in _NEEDED if column not in columns]:
        raise UserError(
            f"{path.name} lacks {' and '.join(missing)}: each label has {', '.join(COLUMNS)}, "
            "of which all but label and name may be left out."
        )
    if unknown := [column for column in columns if column not in COLUMNS]:
        raise UserError(
            f"{path.name} has {unknown[0] or '(a column without a name)'}, which is none of "
            f"{', '.join(COLUMNS)}: take it out."
        )
    if len(set(columns)) != len(columns):
        raise UserError(f"{path.name} has a column twice: keep one of them.")
