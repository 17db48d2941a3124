"""Which records Wikidata knows, from a file. Pure."""

import csv
import re
from pathlib import Path

from heritage.errors import UserError

_ITEM = re.compile(r"Q[1-9]\d*")


def read_items(path: Path) -> dict[tuple[str, str], str]:
    """Wikidata items by (collection, record id), from a CSV with the columns collection, record_id, item."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := {"collection", "record_id", "item"} - set(reader.fieldnames or ()):
                raise UserError(f"{path.name} lacks the column {' and '.join(sorted(missing))}.")
            items = {}
            for row in reader:
                item = (row["item"] or "").strip()
                if not _ITEM.fullmatch(item):
                    raise UserError(f"{path.name}, line {reader.line_num}: {item!r} is no Wikidata item such as Q42.")
                items[(row["collection"] or "").strip(), (row["record_id"] or "").strip()] = item
            return items
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it as CSV in UTF-8.") from error
