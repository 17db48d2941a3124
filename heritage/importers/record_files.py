"""Files of records read through a mapping: the one engine behind the command, the page and the job. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from heritage.errors import UserError

from .containers import Part, parts_of
from .layouts import guess_layout, open_table
from .mapping import BoundMapping, Mapping
from .readers.rows import Layout, Row
from .source_records import Notice, RowProblem, SourceItem

# Of a folder with a file per record, so many layouts are remembered between the two times that it is read.
_REMEMBERED_LAYOUTS = 10_000


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person says of files; what is empty is guessed."""

    encoding: str = ""
    delimiter: str = ""
    rows: str = ""
    sheet: str = ""


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file or folder, and how people know it: uploads have names of our own."""

    path: Path
    name: str

    @classmethod
    def at(cls, path: Path) -> "NamedFile":
        return cls(path, str(path))


@dataclass
class RecordFiles:
    """The records of `files` as `mapping` reads them; a `source_records.Source`."""

    files: Sequence[NamedFile]
    mapping: Mapping
    hints: Hints = NO_HINTS
    _layouts: dict[str, Layout] = field(default_factory=dict)

    def identifiers(self) -> Iterator[str]:
        for item in self._rows():
            if isinstance(item, RowProblem):
                yield item.record_id
            elif not isinstance(item, Notice):
                row, bound, _ = item
                yield bound.identifier(row)

    def items(self) -> Iterator[SourceItem]:
        for item in self._rows(tell=True):
            if isinstance(item, RowProblem | Notice):
                yield item
            else:
                row, bound, name = item
                yield from bound.items(row, file=name)

    def _rows(self, *, tell: bool = False) -> Iterator[tuple[Row, BoundMapping, str] | RowProblem | Notice]:
        """The rows of all parts, each with the mapping bound to its part's columns. With `tell`, also what the mapping
        does not read."""
        parts = 0
        for file in self.files:
            for part in parts_of(file.path, name=file.name):
                if not isinstance(part, Part):
                    yield part
                    continue
                parts += 1
                yield from self._rows_of(part, given=part.name == file.name, tell=tell)
        if not parts:
            names = ", ".join(file.name for file in self.files)
            raise UserError(f"There is no file of records in {names}; it may be CSV, a spreadsheet, JSON or XML.")

    def _rows_of(
        self, part: Part, *, given: bool, tell: bool
    ) -> Iterator[tuple[Row, BoundMapping, str] | RowProblem | Notice]:
        try:
            table = open_table(part, self._layout(part), wanted=self.mapping.identifiers)
            bound = self.mapping.bind(table.columns)
            if table.columns is not None:
                self._check_identifier(bound, part.name)
        except UserError as error:
            # A bad file in a folder or archive is a problem of its own; one that was given by itself is the end.
            if given:
                raise
            yield RowProblem(part.name, 0, "", str(error))
            return
        try:
            for item in table.rows:
                yield (item, bound, part.name) if isinstance(item, Row) else item
        except UserError as error:  # What came before goes in.
            yield RowProblem(part.name, 0, "", str(error))
        if tell:
            yield from (Notice("columns named twice", name) for name in bound.repeated())
            yield from (Notice("columns that were not read", name) for name in bound.unread())

    def _layout(self, part: Part) -> Layout:
        if part.name not in self._layouts:
            hints = self.hints
            layout = guess_layout(
                part,
                encoding=hints.encoding,
                delimiter=hints.delimiter,
                rows=hints.rows or self.mapping.rows,
                sheet=hints.sheet,
                wanted=self.mapping.identifiers,
            ).layout
            if len(self._layouts) >= _REMEMBERED_LAYOUTS:
                return layout
            self._layouts[part.name] = layout
        return self._layouts[part.name]

    def _check_identifier(self, bound: BoundMapping, name: str) -> None:
        columns = bound.columns
        if columns is not None and not any(columns.find(each) for each in self.mapping.identifiers):
            wanted = " or ".join(dict.fromkeys(self.mapping.identifiers))
            there = ", ".join(filter(None, columns.names))[:300]
            raise UserError(
                f"{name} has no column {wanted}; it has: {there}. Say which is the identifier: "
                '--map record_id="…", or choose another format.'
            )


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of files, before anything is mapped: for guessing, and to be shown beside the records."""

    file: str
    layout: Layout
    reasons: tuple[str, ...]
    columns: tuple[str, ...] | None
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...] = ()


def take_sample(files: Sequence[NamedFile], hints: Hints = NO_HINTS, *, count: int = 200) -> Sample:
    """The first `count` rows, and those that cannot be read, of the first file that holds any.

    Raises UserError where none can be read.
    """
    without_rows: Sample | None = None
    refused: UserError | None = None
    for file in files:
        for part in parts_of(file.path, name=file.name):
            if not isinstance(part, Part):
                continue
            try:
                sample = _sample_of(part, hints, count)
            except UserError as error:
                # Of a folder or archive, the next file may do.
                if part.name == file.name:
                    raise
                refused = refused or error
                continue
            if sample.rows:
                return sample
            without_rows = without_rows or sample
    if without_rows is not None:
        return without_rows
    raise refused or UserError(f"There is no file of records in {', '.join(file.name for file in files)}.")


def _sample_of(part: Part, hints: Hints, count: int) -> Sample:
    guessed = guess_layout(part, **asdict(hints))
    table = open_table(part, guessed.layout)
    found = list(islice((item for item in table.rows if not isinstance(item, Notice)), count))
    rows = tuple(item for item in found if isinstance(item, Row))
    problems = tuple(item for item in found if isinstance(item, RowProblem))
    return Sample(part.name, guessed.layout, guessed.reasons, table.columns, rows, problems)
