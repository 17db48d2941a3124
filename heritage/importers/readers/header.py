"""Finding the row of column names: above it, exports put titles, dates of printing and empty lines. Pure."""

from collections.abc import Sequence

from heritage.errors import UserError

from .rows import folded_column

LOOKED_AT = 50
MOST_COLUMNS = 5_000


def header_index(rows: Sequence[Sequence[str]], *, wanted: Sequence[str] = ()) -> int:
    """Which of the first rows names the columns: the first with a `wanted` name, otherwise the first as wide as any.

    -1 where no row holds anything.
    """
    names = {name.casefold() for name in wanted}
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not any(filled):
        return -1
    for index, row in enumerate(rows):
        if names & {folded_column(cell).casefold() for cell in row}:
            return index
    first = next(index for index, count in enumerate(filled) if count)
    # A title stands in one cell; a header has a name for most of what stands below it.
    if filled[first] == 1 and max(filled) > 1:
        return next(index for index, count in enumerate(filled) if count > max(filled) / 2)
    return first


def column_names(cells: Sequence[str], *, name: str) -> tuple[str, ...]:
    """The names of a header's cells. Raises UserError where there are too many.

    One that stands twice is for the mapping to refuse, where it reads it.
    """
    if len(cells) > MOST_COLUMNS:
        raise UserError(f"{name} has {len(cells):,} columns, the limit is {MOST_COLUMNS:,}; leave out what is empty.")
    return tuple(folded_column(cell) for cell in cells)
