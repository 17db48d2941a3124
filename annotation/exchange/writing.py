"""A campaign's annotations and skipped pairs as a file of CSV or JSON lines."""

import csv
import json
from collections.abc import Iterable
from itertools import chain
from typing import IO, Any, Literal

from django.core.serializers.json import DjangoJSONEncoder

from annotation.exchange.rows import Row, annotation_columns, annotation_rows, skip_rows
from annotation.models import Campaign
from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell

from .columns import (
    TEXT_COLUMNS,
)


def write_annotations(
    campaign: Campaign,
    file: IO[str],
    *,
    form: Literal["csv", "jsonl"] = "csv",
    history: bool = False,
) -> tuple[int, int]:
    """Write the answers that count, or with `history` all, then the skipped pairs; how many there were of either."""
    skips = skip_rows(campaign, history=history)
    rows = chain(annotation_rows(campaign, history=history), skips)
    write = write_csv if form == "csv" else write_json_lines
    written = write(rows, annotation_columns(campaign, skips=bool(skips)), file)
    return written - len(skips), len(skips)


def write_csv(rows: Iterable[Row], columns: list[str], file: IO[str]) -> int:
    """Write rows as CSV that opens safely in a spreadsheet; how many they were."""
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([protect_cell(column) for column in columns])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow([_cell(column, row[column]) for column in columns])
    return count


def write_json_lines(rows: Iterable[Row], columns: list[str], file: IO[str]) -> int:
    """Write one JSON object per row with the same names as the columns of the CSV; how many they were."""
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        line = {column: row[column] for column in columns}
        file.write(json.dumps(line, cls=ExactEncoder, ensure_ascii=False, allow_nan=False) + "\n")
    return count


class ExactEncoder(DjangoJSONEncoder):
    """Times to the microsecond, where Django's encoder stops at milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _cell(column: str, value: Any) -> str | int | float:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return protect_cell(value) if column in TEXT_COLUMNS else value
