"""JSON: one object per line, one array, a list somewhere inside an answer, or one record a file. Streamed. Pure."""

import codecs
import json
from collections.abc import Iterator
from typing import Any

import ijson

from heritage.errors import UserError
from heritage.importers.containers import DAMAGED, Part, text_of, whole
from heritage.importers.source_records import RowProblem

from .rows import Layout, Row, Rows, SourceTable

MAX_LINE_CHARACTERS = 16_000_000
DEEPEST = 64
MOST_VALUES = 1_000_000  # of one row
MOST_BYTES = 64 << 20  # of a document that is one row
# Of one text: the parser's time grows with the square of its length.
MOST_TEXT_BYTES = 16 << 20
# Under these names interfaces of museums put their list of records.
WRAPPERS = (
    "records",
    "results",
    "data",
    "items",
    "objects",
    "docs",
    "response.docs",
    "response.rows",
    "hits.hits",
    "artObjects",
    "objectRecords",
    "orderedItems",
    "@graph",
    "rows",
    "member",
)


def read_json_lines(part: Part, layout: Layout) -> SourceTable:
    """Objects of a JSON-lines file; a line that is none is a problem of its own."""
    return SourceTable(None, _lines(part, layout))


def _lines(part: Part, layout: Layout) -> Rows:
    line = 0
    with text_of(part, layout.encoding) as file:
        while True:
            try:
                text = file.readline(MAX_LINE_CHARACTERS)
            except DAMAGED as error:
                yield RowProblem(part.name, line + 1, "", f"is damaged or cut off here ({error}); get the file again")
                return
            if not text:
                return
            line += 1
            if len(text) == MAX_LINE_CHARACTERS and not text.endswith("\n"):
                while text and not text.endswith("\n"):
                    text = file.readline(MAX_LINE_CHARACTERS)
                yield RowProblem(part.name, line, "", f"is longer than {MAX_LINE_CHARACTERS:,} characters; split it")
            elif text.strip():
                yield _row(text, line, part.name)


def has_an_object_a_line(part: Part, encoding: str) -> bool:
    """Whether the first line is complete in itself and another object follows it.

    An only line may as well be an interface's whole answer, with its records in a list: `rows_path` tells.
    """
    with text_of(part, encoding) as file:
        lines = filter(None, (line.strip() for line in iter(lambda: file.readline(MAX_LINE_CHARACTERS), "")))
        try:
            return next(lines, "").endswith("}") and next(lines, "").startswith("{")
        except DAMAGED:
            return False


def _row(text: str, line: int, name: str) -> Row | RowProblem:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        return RowProblem(name, line, "", f"is not JSON ({error}); write one object per line")
    return _checked(fields, line, name)


def _checked(fields: Any, line: int, name: str) -> Row | RowProblem:
    if fields is _TOO_LARGE:
        return RowProblem(name, line, "", f"has more than {MOST_VALUES:,} values; is the right list read (--rows)?")
    if fields is _TOO_DEEP:
        return _too_deep(line, name)
    if not isinstance(fields, dict):
        return RowProblem(name, line, "", "is not a JSON object; write {…} with the record's fields")
    if _depth(fields) > DEEPEST:
        return _too_deep(line, name)
    return Row(line, fields)


def _depth(value: Any) -> int:
    """How deep `value` is nested, counted without recursion, no further than one level too many."""
    level = [value]
    depth = 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def read_json(part: Part, layout: Layout) -> SourceTable:
    """The objects of a document's list `layout.rows` ("" for an array, "." for the document as one row)."""
    return SourceTable(None, _items(part, layout))


def _items(part: Part, layout: Layout) -> Rows:
    if layout.rows == ".":
        yield _single(part, layout)
        return
    number = 0
    with part.open() as stream:
        try:
            for item in _list_items(_events(stream, layout), layout.rows):
                number += 1
                yield _checked(item, number, part.name)
        except (ijson.JSONError, UnicodeError, _EndlessValueError) as error:
            reason = f"is not JSON from here ({_first_line(error)}); what follows cannot be read, get the file again"
            yield RowProblem(part.name, number + 1, "", reason)
        except DAMAGED as error:
            yield RowProblem(part.name, number + 1, "", f"is damaged or cut off here ({error}); get the file again")


def _too_deep(line: int, name: str) -> RowProblem:
    return RowProblem(name, line, "", f"is nested more than {DEEPEST} deep; export it with flatter fields")


_TOO_DEEP, _TOO_LARGE = object(), object()
_Events = Iterator[tuple[str, Any]]


def _events(stream: Any, layout: Layout) -> _Events:
    # Not ijson's `items`: for each value it makes the whole path to it, which of a document nested without end is
    # more than any memory holds.
    recoded = _Recoded(stream, layout.encoding)
    for event in ijson.basic_parse(recoded, use_float=True):
        recoded.since_event = 0
        yield event


def _list_items(events: _Events, path: str) -> Iterator[Any]:
    """The entries of the list at `path` (keys with dots between), built, or what stands in place of one that is
    too deep or too large."""
    for event, value in _below(events, path):
        yield _built(event, value, events)


def _below(events: _Events, path: str) -> _Events:
    """The first event of each entry of the list at `path`; who asks for the next has read the entry to its end."""
    keys = path.split(".") if path else []
    for key in keys:
        event, _ = next(events, ("", None))
        if event != "start_map" or not _forward_to(key, events):
            return
    if next(events, ("", None))[0] != "start_array":
        return
    for event, value in events:
        if event == "end_array":
            return
        yield event, value


def _forward_to(key: str, events: _Events) -> bool:
    """Skip the entries of an object until its `key`."""
    depth = 0
    for event, value in events:
        if event == "map_key" and not depth and value == key:
            return True
        depth += (event in _STARTS) - (event in _ENDS)
        if depth < 0:
            return False
    return False


_STARTS = frozenset({"start_map", "start_array"})
_ENDS = frozenset({"end_map", "end_array"})
_DEEPEST_WRAPPER = 3


def _built(event: str, value: Any, events: _Events) -> Any:
    """The value that begins with `event`, `_TOO_DEEP` or `_TOO_LARGE`; `events` stand behind it afterwards."""
    if event not in _STARTS:
        return value
    root: Any = {} if event == "start_map" else []
    stack, keys = [root], [""]
    beyond = values = 0
    too_deep = False
    for event, value in events:
        values += 1
        if event in _ENDS:
            if beyond:
                beyond -= 1
                continue
            stack.pop()
            keys.pop()
            if not stack:
                return _TOO_LARGE if values > MOST_VALUES else _TOO_DEEP if too_deep else root
        elif event == "map_key":
            keys[-1] = value
        elif beyond or (event in _STARTS and len(stack) > DEEPEST):
            too_deep = True
            beyond += event in _STARTS
        else:
            if values > MOST_VALUES:
                root.clear()
            made: Any = {} if event == "start_map" else [] if event == "start_array" else value
            if isinstance(stack[-1], dict):
                stack[-1][keys[-1]] = made
            else:
                stack[-1].append(made)
            if event in _STARTS:
                stack.append(made)
                keys.append("")
    return root


def _single(part: Part, layout: Layout) -> Row | RowProblem:
    try:
        fields = json.loads(whole(part, most=MOST_BYTES).decode(layout.encoding, errors="surrogateescape"))
    except (ValueError, RecursionError) as error:
        return RowProblem(part.name, 1, "", f"is not JSON ({error}); get the file again")
    return _checked(fields, 1, part.name)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:120]


class _EndlessValueError(ValueError):
    """A text or number that no memory may be spent on."""


class _Recoded:
    """A stream of bytes as the UTF-8 that ijson reads."""

    def __init__(self, stream: Any, encoding: str) -> None:
        self._stream = stream
        self._decoder: Any = None
        self.since_event = 0
        if encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self.since_event += len(data)
        if self.since_event > MOST_TEXT_BYTES:
            raise _EndlessValueError(f"a text of more than {MOST_TEXT_BYTES >> 20} MB")
        if self._decoder is None or not size:
            return data
        while data:
            if text := self._decoder.decode(data):
                return bytes(text.encode())
            data = self._stream.read(size)
        return bytes(self._decoder.decode(b"", final=True).encode())


def rows_path(part: Part, layout: Layout) -> str:
    """Where the rows of a document lie: "" (an array), a path such as response.docs, or "." (one record).

    Reads no further than the first list that may be it. Raises UserError where the file is no JSON.
    """
    with part.open() as stream:
        try:
            return _path_of_list(_events(stream, layout))
        except (ijson.JSONError, UnicodeError, _EndlessValueError) as error:
            raise UserError(f"{part.name} is not JSON ({_first_line(error)}); get the file again.") from error
        except DAMAGED as error:
            raise UserError(f"{part.name} is damaged or cut off ({error}); get the file again.") from error


def _path_of_list(events: _Events) -> str:
    event, _ = next(events, ("", None))
    if event == "start_map":
        return _list_below(events, ()) or "."
    return "" if event == "start_array" else "."


def _list_below(events: _Events, path: tuple[str, ...]) -> str:
    """The path of the first list of objects in the object that `events` have just entered, "" where it has none."""
    here = path
    for event, value in events:
        if event == "end_map":
            break
        if event == "map_key":
            here = (*path, value)
        elif event == "start_array":
            first = next(events, ("", None))[0] if ".".join(here) in WRAPPERS else ""
            if first == "start_map":
                return ".".join(here)
            _skip(events, depth=1 + (first in _STARTS) - (first in _ENDS))
        elif event == "start_map":
            if len(here) >= _DEEPEST_WRAPPER:
                _skip(events, depth=1)
            elif found := _list_below(events, here):
                return found
    return ""


def _skip(events: _Events, *, depth: int) -> None:
    """Read on until `depth` open lists and objects are closed."""
    while depth:
        event = next(events, ("", None))[0]
        if not event:
            return
        depth += (event in _STARTS) - (event in _ENDS)
