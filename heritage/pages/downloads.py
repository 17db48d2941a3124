"""Files to be saved: what they are called, and CSV that a spreadsheet reads as UTF-8 and runs nothing of."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify

from .cells import BYTE_ORDER_MARK, protect_cell

CSV_TYPE = "text/csv; charset=utf-8"


def file_name(*parts: str, ending: str, simulated: bool = False) -> str:
    """The parts in one name that any file system takes, which says where a program made what is in it."""
    return f"{'-'.join(filter(None, [*map(slugify, parts), 'simulated' if simulated else '']))}.{ending}"


def attachment(name: str, content_type: str = CSV_TYPE, content: str | bytes = b"") -> HttpResponse:
    """An answer that a browser saves as `name`; it can be written to."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def csv_download(name: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`rows` as CSV. Texts are kept from running as formulas; figures stay figures."""
    response = attachment(name, content=BYTE_ORDER_MARK)
    writer = csv.writer(response)
    for row in rows:
        writer.writerow([protect_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return response
