"""How a part is laid out, told by its first bytes, and the reader that fits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heritage.errors import UserError

from .containers import DAMAGED, Part, beginning_of
from .encodings import SAMPLE_BYTES, encoding_of
from .readers.delimited import guess_delimiter, read_delimited
from .readers.json_documents import has_an_object_a_line, read_json, read_json_lines, rows_path
from .readers.rows import Layout, SourceTable
from .readers.workbooks import read_workbook
from .readers.xml_documents import read_xml, row_element

_DELIMITERS_IN_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# As people write a tab on the command line.
_DELIMITERS_BY_NAME = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True, slots=True)
class GuessedLayout:
    """A layout, and why it was taken, a sentence each."""

    layout: Layout
    reasons: tuple[str, ...]


def guess_layout(
    part: Part,
    *,
    encoding: str = "",
    delimiter: str = "",
    rows: str = "",
    sheet: str = "",
    wanted: Sequence[str] = (),
) -> GuessedLayout:
    """The layout of `part`; what is given is taken, the rest is told by its beginning.

    `wanted` are names of which a table's header has one.
    Raises UserError where the part is empty or cannot be read at all.
    """
    if part.is_workbook:
        return GuessedLayout(Layout("workbook", sheet=sheet), ("It is a spreadsheet.",))
    try:
        sample = beginning_of(part, SAMPLE_BYTES)
    except DAMAGED as error:
        raise UserError(f"{part.name} is damaged or cut off ({error}); get the file again.") from error
    delimiter = _DELIMITERS_BY_NAME.get(delimiter, delimiter)
    if len(delimiter) > 1 or delimiter in ('"', "\n", "\r", " "):
        raise UserError(f"Columns cannot be separated by “{delimiter}”; give one character, such as ; or tab.")
    found = encoding_of(sample)
    codec = encoding or found.codec
    try:
        table = sample.decode(codec, errors="replace").lstrip("\ufeff")
    except (LookupError, ValueError) as error:
        raise UserError(f"No encoding is called {encoding}; write utf-8, windows-1252 or the like.") from error
    text = table.lstrip()
    if not text:
        raise UserError(f"{part.name} is empty; it needs at least one row.")
    because = f"Encoding {encoding}: as you say." if encoding else f"Encoding {found.name}: {found.reason}."
    layout = Layout("delimited", codec, sheet=sheet)
    if text[0] == "<" and not text[1:2].isspace():
        layout = replace(layout, shape="xml", rows=rows or row_element(part))
        return GuessedLayout(layout, (f"It is XML; each element {layout.rows} is a row.",))
    if text[0] in "[{":
        return _json(part, layout, text, rows, because)
    guessed = delimiter or guess_delimiter(table, is_whole=len(sample) < SAMPLE_BYTES, wanted=wanted)
    words = _DELIMITERS_IN_WORDS.get(guessed, guessed)
    return GuessedLayout(
        replace(layout, delimiter=guessed),
        (
            because,
            f"Columns are separated by {words}" + (": as you say." if delimiter else ": they cut its lines alike."),
        ),
    )


def _json(part: Part, layout: Layout, text: str, rows: str, because: str) -> GuessedLayout:
    if text[0] == "{" and not rows and has_an_object_a_line(part, layout.encoding):
        return GuessedLayout(replace(layout, shape="json-lines"), (because, "Each line is a JSON object."))
    path = rows or rows_path(part, layout)
    where = {"": "It is one JSON array.", ".": "It is one JSON object: one record."}
    return GuessedLayout(
        replace(layout, shape="json", rows=path), (because, where.get(path, f"Its rows are the list {path}."))
    )


def open_table(part: Part, layout: Layout, *, wanted: Sequence[str] = ()) -> SourceTable:
    """The rows of `part` by the reader of its layout; `wanted` are names of which a table's header has one."""
    match layout.shape:
        case "delimited":
            return read_delimited(part, layout, wanted=wanted)
        case "workbook":
            return read_workbook(part, layout, wanted=wanted)
        case "json-lines":
            return read_json_lines(part, layout)
        case "json":
            return read_json(part, layout)
        case "xml":
            return read_xml(part, layout)
