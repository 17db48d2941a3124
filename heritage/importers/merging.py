"""Merging the rows of one record, wherever in the files they stand.

A source yields a `SourceRecord` per row. A record of several images has several rows, and an export may
be spread over several files; here they become one record. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from .source_records import NO_RIGHTS, ImageSource, Notice, RowProblem, Source, SourceItem, SourceRecord

# Of these, two rows of a record may not say different things.
TEXTS = ("name", "description", "taxonomy")
_OTHERS = ("accession", "page", "kind", "languages")


@dataclass(frozen=True, slots=True)
class Survey:
    """How many rows there are, and after which of them (counted from 0) each record of several rows is complete.

    `last_row` is by the hash of the identifier, so that a million records of a row each take up little memory;
    where two identifiers share a hash, a record is held a little longer, and nothing else changes.
    """

    rows: int
    last_row: dict[int, int]


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
        others = {name: getattr(row, name) for name in _OTHERS if not getattr(self.record, name)}
        if self.record.rights == NO_RIGHTS:
            others["rights"] = row.rights
        self.record = replace(self.record, **found, **others)
        for image in row.images:
            self.images.setdefault(image.source, image)
        self.rows += row.rows

    def merged(self) -> SourceRecord:
        return replace(self.record, images=in_order(self.images.values()), rows=self.rows)


def in_order(images: Iterable[ImageSource]) -> tuple[ImageSource, ...]:
    """The pictures in the order that the source gives, those without one last, as they came."""
    return tuple(sorted(images, key=lambda image: (image.order is None, image.order or 0.0)))


def survey(source: Source) -> Survey:
    """Read the source once for its rows' identifiers.

    Raises UserError where a file cannot be read at all, before anything is stored of the others.
    """
    hashes = np.fromiter((hash(identifier) for identifier in source.identifiers()), dtype=np.int64)
    if not len(hashes):
        return Survey(0, {})
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(hashes)]
    repeated = ends - starts > 1
    lasts = order[ends[repeated] - 1]
    return Survey(len(hashes), dict(zip(ordered[starts[repeated]].tolist(), lasts.tolist(), strict=True)))


def merge_rows(source: Source, surveyed: Survey | None = None) -> Iterator[SourceItem]:
    """Read everything again and yield each record once, as soon as its last row was read.

    Only records whose rows lie apart are held in memory. A row that contradicts an earlier one of its
    record is a RowProblem; the record goes on without it.
    """
    surveyed = surveyed or survey(source)
    merging: dict[int, dict[str, _Merging]] = defaultdict(dict)
    row = -1
    for item in source.items():
        if isinstance(item, Notice):
            yield item
            continue
        row += 1
        key = hash(item.record_id)
        last = surveyed.last_row.get(key)
        if not isinstance(item, SourceRecord):
            yield item
        elif last is None:
            yield replace(item, images=in_order(item.images)) if len(item.images) > 1 else item
        else:
            record = merging[key].setdefault(item.record_id, _Merging(item))
            if problem := record.contradiction(item):
                yield problem
            else:
                record.add(item)
        if last == row:
            for complete in merging.pop(key, {}).values():
                yield complete.merged()
