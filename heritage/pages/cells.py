"""Text that a spreadsheet shows and does not run. Pure.

Spreadsheets take a cell that begins with = + - @ (or a tab or carriage return before one) for a formula.
An apostrophe in front makes it text. A text that has such an apostrophe already gets another one,
so that reading undoes writing exactly.

A spreadsheet reads a CSV file as UTF-8 only where it begins with a byte order mark: all that people download does.
Whatever reads such a file is to open it as "utf-8-sig".
"""

import re

BYTE_ORDER_MARK = "\ufeff"

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_PROTECTED = re.compile(r"'+[=+\-@\t\r]")


def protect_cell(text: str) -> str:
    """`text` as it goes into a CSV cell. Numbers are not passed through here: they stay numbers."""
    return f"'{text}" if _RISKY.match(text) else text


def unprotect_cell(cell: str) -> str:
    """The text that `protect_cell` made `cell` of."""
    return cell[1:] if _PROTECTED.match(cell) else cell
