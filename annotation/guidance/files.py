"""A CSV file of pairs to mark. What a row asks for is checked by `actions.mark_pairs`."""

import csv
from pathlib import Path
from typing import Any

from heritage.errors import UserError

from .actions import Mark

COLUMNS = ("kind", "a", "b", "label", "note")


def read_marks(path: Path) -> list[tuple[int, Mark]]:
    """Each row with the line on which it begins. Raises UserError for a file that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(path, csv.reader(file))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise UserError(f"{path.name} is no CSV that can be read: {error}.") from error


def _rows(path: Path, reader: Any) -> list[tuple[int, Mark]]:
    """`reader`: what `csv.reader` gives, a type without a name."""
    columns = [cell.strip().lower() for cell in next(reader, [])]
    if missing := [column for column in COLUMNS[:-1] if column not in columns]:
        raise UserError(f"{path.name} lacks the column {' and '.join(missing)}: it needs {','.join(COLUMNS)}.")
    found: list[tuple[int, Mark]] = []
    begins = reader.line_num + 1
    for cells in reader:
        if len(cells) not in (0, len(columns)):
            raise UserError(
                f"{path.name}, line {begins}: {len(cells)} cells in a table of {len(columns)} columns. "
                "Quote cells that have a comma in them."
            )
        if any(cell.strip() for cell in cells):
            row = dict(zip(columns, cells, strict=True))
            values = {column: row.get(column, "").strip() for column in COLUMNS}
            found.append((begins, Mark(**values | {"kind": values["kind"].lower()})))
        begins = reader.line_num + 1
    if not found:
        raise UserError(f"{path.name} has no pairs.")
    return found
