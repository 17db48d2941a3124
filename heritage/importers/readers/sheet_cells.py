"""A program of its own: the rows of the workbook on standard input, as JSON lines on standard output.

calamine makes room for every cell between the first and the last, so that two cells far apart are more than any
memory holds, and then ends the process in which it runs. Here that is a process which nobody else needs, and which
may take no more than MOST_BYTES. It imports nothing of the project, so that it starts quickly.

Lines are {"sheets": [names]}, then for each sheet {"sheet": name} and its rows as [number, [cells]], those that hold
nothing left out; {"error": text} where the workbook cannot be read.
"""

import datetime
import io
import json
import os
import resource
import sys
from typing import Any

MOST_BYTES = 3 << 30


def as_text(cell: Any) -> str:
    """A cell as people see it: whole numbers without a point, dates as 1995-07-01."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def write_rows(data: bytes, sheet: str) -> None:
    """Write what the module says, of `sheet` alone where it is given."""
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = [each.name for each in workbook.sheets_metadata]
    _write({"sheets": names})
    for name in [sheet] if sheet in names else [] if sheet else names:
        _write({"sheet": name})
        cells = workbook.get_sheet_by_name(name)
        # Rows above the first that is filled are not given.
        for number, row in enumerate(cells.iter_rows(), start=1):
            texts = [as_text(cell) for cell in row]
            if any(texts):
                _write([number, texts])


def _write(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What the library prints before it gives up is for nobody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        write_rows(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else "")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(0)  # Who reads has seen enough.
    except MemoryError:
        os._exit(1)
    except BaseException as error:  # Its panics are no Exception.
        _write({"error": str(error).split("\n")[0][:200]})


if __name__ == "__main__":
    _main()
