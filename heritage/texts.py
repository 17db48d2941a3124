"""Texts that people write: one kind of line break, no more than fits, nothing that the database refuses."""

import re

from heritage.errors import UserError

_UNPRINTABLE = re.compile("[\ud800-\udfff\x00]")


def printable(value: str) -> str:
    """`value` for people to read, whatever it holds: what can be neither stored nor shown is replaced."""
    return _UNPRINTABLE.sub("\ufffd", value)


def clean_text(text: str, *, what: str, longest: int) -> str:
    """With one kind of line break, whatever browser it came from, and no white space around it.

    `what` begins the sentence of the UserError that a text of more than `longest` characters raises.
    """
    text = text.replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise UserError(f"{what} may have at most {longest:,} characters; this one has {len(text):,}: shorten it.")
    if "\0" in text:
        raise UserError(f"{what} may not contain NUL characters: remove them.")
    return text
