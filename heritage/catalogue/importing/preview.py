"""What an import would do, from the first rows of its files: records beside their source, and what would be refused."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from heritage.importers.mapping import Mapping
from heritage.importers.record_files import Sample
from heritage.importers.source_records import LeftOut, Notice, RowProblem, SourceItem, SourceRecord
from heritage.texts import printable

from .picture_folder import PictureNames

SHOWN_RECORDS = 6
EXAMPLES = 3
_LONGEST_CELL = 300


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the source and what is made of it: a record, a problem, or nothing since it is left out."""

    line: int
    cells: list[tuple[str, str]]
    record: SourceRecord | None = None
    problem: RowProblem | None = None

    @property
    def is_left_out(self) -> bool:
        return self.record is None and self.problem is None


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows that are refused for one reason: how many, and the first of them."""

    field: str
    reason: str
    count: int
    examples: list[RowProblem]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they would go in. Counts are of the sample alone."""

    rows: list[SourceRow] = field(default_factory=list)
    looked_at: int = 0
    records: int = 0
    left_out: int = 0
    problems: list[RefusedRows] = field(default_factory=list)
    notices: list[tuple[str, int, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    pictures_found: int = 0
    pictures_missing: list[str] = field(default_factory=list)


def preview(sample: Sample, mapping: Mapping, pictures: Sequence[str] = ()) -> Preview:
    """Map the sample's rows, and look for the files that they name among `pictures`, those of the zip or folder.

    Raises UserError where the mapping is malformed.
    """
    names = PictureNames(pictures)
    found_pictures = 0
    missing: list[str] = []
    bound = mapping.bind(sample.columns)
    rows: list[SourceRow] = []
    refused: dict[tuple[str, str], list[RowProblem]] = defaultdict(list)
    notices: Counter[str] = Counter()
    first_notice: dict[str, str] = {}
    left_out = records = 0
    for problem in sample.problems:
        refused[problem.field, problem.reason].append(problem)
    for row in sample.rows:
        made = SourceRow(row.line, _cells(row.fields))
        for item in bound.items(row, file=sample.file):
            match item:
                case Notice():
                    notices[item.kind] += item.count
                    first_notice.setdefault(item.kind, item.example)
                case RowProblem():
                    refused[item.field, item.reason].append(item)
                    made = SourceRow(row.line, made.cells, problem=item)
                case LeftOut():
                    left_out += 1
                case SourceRecord():
                    records += 1
                    made = SourceRow(row.line, made.cells, record=item)
                    paths = [image.path for image in item.images if image.path] if pictures else []
                    there = [path for path in paths if names.find(path)]
                    found_pictures += len(there)
                    missing += [path for path in paths if path not in there]
        rows.append(made)
    # A refused row is what people have to see, though it be the last.
    shown = sorted(
        rows[:SHOWN_RECORDS] + [row for row in rows[SHOWN_RECORDS:] if row.problem][:2], key=lambda r: r.line
    )
    return Preview(
        rows=shown,
        looked_at=len(sample.rows) + len(sample.problems),
        records=records,
        left_out=left_out,
        problems=[
            RefusedRows(name, reason, len(found), found[:EXAMPLES])
            for (name, reason), found in sorted(refused.items(), key=lambda group: -len(group[1]))
        ],
        notices=[(kind, count, first_notice[kind]) for kind, count in notices.most_common()],
        unread=bound.unread(),
        pictures_found=found_pictures,
        pictures_missing=missing,
    )


def preview_of_items(items: Iterable[SourceItem]) -> Preview:
    """The first records of a source that says itself what is what, without the rows that they come from."""
    rows: list[SourceRow] = []
    for item in items:
        if isinstance(item, SourceRecord):
            rows.append(SourceRow(item.line, [], record=item))
        elif isinstance(item, RowProblem):
            rows.append(SourceRow(item.line, [], problem=item))
        if len(rows) == SHOWN_RECORDS:
            break
    return Preview(rows=rows, looked_at=len(rows), records=sum(row.record is not None for row in rows))


def source_rows(sample: Sample) -> list[SourceRow]:
    """The first rows as they stand in the file, before anybody has said what they mean."""
    return [SourceRow(row.line, _cells(row.fields)) for row in sample.rows[:SHOWN_RECORDS]]


def _cells(fields: dict[str, Any]) -> list[tuple[str, str]]:
    cells = []
    for name, value in fields.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        if text.strip() and text not in ("null", "[]", "{}"):
            shown = text if len(text) <= _LONGEST_CELL else text[:_LONGEST_CELL] + " …"
            cells.append((printable(name), printable(shown)))
    return cells
