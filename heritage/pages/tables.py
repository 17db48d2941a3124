"""Tables: the same for pages, the terminal, Markdown, LaTeX and CSV. Pure.

Cells are texts as they are read, figures rounded; `raw` has them in full, for CSV.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tabulate import tabulate

from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell

Row = dict[str, Any]


FORMATS = ("text", "csv", "markdown", "latex")


_TABULATE = {"text": "plain", "markdown": "pipe", "latex": "latex_booktabs"}


NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """`cell` makes a row's text; columns of `figures` are set flush right."""

    heading: str
    cell: Callable[[Row], str]
    figures: bool = True


@dataclass(frozen=True)
class Table:
    """`name` is short and without spaces, for addresses and file names."""

    name: str
    title: str
    headings: tuple[str, ...]
    figures: tuple[bool, ...]
    cells: tuple[tuple[str, ...], ...]
    raw: tuple[Row, ...]

    @property
    def lines(self) -> list[list[tuple[str, bool]]]:
        """Each row's cells with whether they are figures."""
        return [list(zip(line, self.figures, strict=True)) for line in self.cells]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return list(zip(self.headings, self.figures, strict=True))


def render(table: Table, form: str) -> str:
    """The table in one of FORMATS, ending with a line break. Only CSV has figures in full."""
    if form == "csv":
        return _csv(table.raw)
    aligned = ["right" if figures else "left" for figures in table.figures]
    cells = [[cell.replace("|", r"\|") for cell in line] for line in table.cells] if form == "markdown" else table.cells
    text = tabulate(cells, table.headings, tablefmt=_TABULATE[form], disable_numparse=True, colalign=aligned)
    return text + "\n"


def table_of(name: str, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    """A table of `rows`, which all have the same keys: those of the CSV."""
    return Table(
        name=name,
        title=title,
        headings=tuple(column.heading for column in columns),
        figures=tuple(column.figures for column in columns),
        cells=tuple(tuple(column.cell(row) for column in columns) for row in rows),
        raw=tuple(rows),
    )


def _csv(rows: Sequence[Row]) -> str:
    """What a row holds as a list becomes text; text that a spreadsheet would run gets an apostrophe."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_raw_cell(value) for value in row.values()])
    return text.getvalue()


def _raw_cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = " - ".join(map(str, value))
    return protect_cell(value) if isinstance(value, str) else value


def text_cell(key: str) -> Callable[[Row], str]:
    return lambda row: str(row[key])


def number_cell(key: str, digits: int = 3) -> Callable[[Row], str]:
    return lambda row: number(row[key], digits)


def interval_cell(low: str, high: str, digits: int = 3) -> Callable[[Row], str]:
    return lambda row: f"{number(row[low], digits)} to {number(row[high], digits)}" if row[low] is not None else NOTHING


def count_cell(key: str) -> Callable[[Row], str]:
    return lambda row: f"{row[key]:,}"


def number(value: float | None, digits: int = 3) -> str:
    """With a real minus sign; a dash where there is none."""
    return NOTHING if value is None else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
