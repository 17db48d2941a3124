"""Merging the rows of one record, wherever in the files they stand.

Importers yield a `SourceRecord` per row. A record of several images has several rows, and an export may
be spread over several files; here they become one record. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from .source_records import ImageSource, RowProblem, SourceRecord

ReadRows = Callable[[], Iterable[SourceRecord | RowProblem]]
TEXTS = ("name", "description", "taxonomy")


@dataclass(frozen=True, slots=True)
class Survey:
    """How many rows there are, and after which of them (counted from 0) each record is complete."""

    rows: int
    last_row: dict[str, int]


@dataclass(slots=True)
class _Merging:
    """A record whose rows are still coming in: its texts so far, and where each was read."""

    record: SourceRecord
    text_places: dict[str, str] = field(default_factory=dict)
    images: dict[str, ImageSource] = field(default_factory=dict)
    rows: int = 0

    def contradiction(self, row: SourceRecord) -> RowProblem | None:
        for name in TEXTS:
            ours, theirs = getattr(self.record, name), getattr(row, name)
            if ours and theirs and ours != theirs:
                return RowProblem(
                    row.file,
                    row.line,
                    name,
                    f"differs from {self.text_places[name]}, which describes the same record; make them the same",
                    row.record_id,
                )
        return None

    def add(self, row: SourceRecord) -> None:
        """Each text comes from the first row that has one, images from all rows."""
        found = {name: value for name in TEXTS if (value := getattr(row, name)) and name not in self.text_places}
        self.text_places.update(dict.fromkeys(found, f"{row.file}:{row.line}"))
        self.record = replace(self.record, **found)
        for image in row.images:
            self.images.setdefault(image.source, image)
        self.rows += row.rows

    def merged(self) -> SourceRecord:
        return replace(self.record, images=tuple(self.images.values()), rows=self.rows)


def survey_rows(read_rows: ReadRows) -> Survey:
    """Read everything once, keeping only the place of each record's last row.

    Raises UserError where a file cannot be read at all, before anything is stored of the others.
    """
    last_row: dict[str, int] = {}
    rows = 0
    for rows, item in enumerate(read_rows(), start=1):
        if isinstance(item, SourceRecord):
            last_row[item.record_id] = rows - 1
    return Survey(rows, last_row)


def merge_rows(read_rows: ReadRows, survey: Survey) -> Iterator[SourceRecord | RowProblem]:
    """Read everything again and yield each record once, as soon as its last row was read.

    Only records whose rows lie apart are held in memory. A row that contradicts an earlier one of its
    record is a RowProblem; the record goes on without it.
    """
    merging: dict[str, _Merging] = {}
    for index, item in enumerate(read_rows()):
        if isinstance(item, RowProblem):
            yield item
            continue
        record = merging.setdefault(item.record_id, _Merging(item))
        if problem := record.contradiction(item):
            yield problem
        else:
            record.add(item)
        if index == survey.last_row[item.record_id]:
            yield merging.pop(item.record_id).merged()
