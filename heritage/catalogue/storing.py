"""Writing a batch of records with a handful of queries, touching only what changed.

Vectors hang on image and segment rows and vanish with them. So a text or picture that is still what it
was keeps its row, wherever in the record it has moved to; one that changed is a new row.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import models, transaction

from heritage.catalogue.segments import Segment, cut_texts
from heritage.models import Collection, Image, Record, TextSegment
from heritage.pictures.store import StoredImage


@dataclass(frozen=True, slots=True)
class IncomingImage:
    """A picture as a record's rows name it; `stored` is None where it still has to be fetched."""

    source: str
    stored: StoredImage | None


@dataclass(frozen=True, slots=True)
class IncomingRecord:
    """A record to be stored. Images of `kept_sources` stay as they are: their rows could not be used."""

    record_id: str
    name: str
    description: str
    taxonomy: tuple[str, ...]
    images: tuple[IncomingImage, ...]
    kept_sources: frozenset[str] = frozenset()

    def says_the_same_as(self, record: Record) -> bool:
        return (self.name, self.description, list(self.taxonomy)) == (record.name, record.description, record.taxonomy)


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many records of a batch were created, updated and found unchanged."""

    created: int
    updated: int
    unchanged: int


Row = TypeVar("Row", Image, TextSegment)


@dataclass(slots=True)
class _Changes(Generic[Row]):
    """Rows of one table to insert, update and delete, and the records that they belong to."""

    created: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)
    record_ids: set[int] = field(default_factory=set)


def store_batch(*, collection: Collection, records: Sequence[IncomingRecord]) -> BatchCounts:
    """Create or update `records`, whose identifiers differ, in one transaction.

    Imports into the same collection wait for each other, batch by batch.
    """
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        existing = {
            record.record_id: record
            for record in Record.objects.filter(
                collection=collection, record_id__in=[incoming.record_id for incoming in records]
            )
        }
        rewritten = [
            incoming
            for incoming in records
            if incoming.record_id not in existing or not incoming.says_the_same_as(existing[incoming.record_id])
        ]
        primary_keys = {record.record_id: record.pk for record in existing.values()}
        primary_keys |= _write_records(collection, rewritten)

        known = [record.pk for record in existing.values()]
        touched = {primary_keys[incoming.record_id] for incoming in rewritten}
        touched |= _write_images(records, primary_keys, known)
        touched |= _write_segments(rewritten, primary_keys, known)

        created = len(records) - len(existing)
        updated = len(touched) - created
        return BatchCounts(created=created, updated=updated, unchanged=len(records) - created - updated)


def _write_records(collection: Collection, rewritten: Sequence[IncomingRecord]) -> dict[str, int]:
    """Insert or overwrite, and return primary keys by identifier."""
    rows = Record.objects.bulk_create(
        [
            Record(
                collection=collection,
                record_id=incoming.record_id,
                name=incoming.name,
                description=incoming.description,
                taxonomy=list(incoming.taxonomy),
            )
            for incoming in rewritten
        ],
        update_conflicts=True,
        unique_fields=["collection", "record_id"],
        update_fields=["name", "description", "taxonomy", "updated"],
    )
    return {row.record_id: row.pk for row in rows}


def _by_record(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.record_id].append(row)
    return grouped


def _write_images(records: Sequence[IncomingRecord], primary_keys: dict[str, int], known: Sequence[int]) -> set[int]:
    """Bring the images of `records` up to date; returns the primary keys of records that changed."""
    present = _by_record(Image.objects.filter(record__in=known)) if known else {}
    changes: _Changes[Image] = _Changes()
    for incoming in records:
        _compare_images(incoming, primary_keys[incoming.record_id], present, changes)
    _apply(Image, changes, fields=["position", "content_hash", "width", "height", "problem"])
    return changes.record_ids


def _compare_images(
    incoming: IncomingRecord, record_pk: int, present: dict[int, list[Image]], changes: _Changes[Image]
) -> None:
    before = {image.source: image for image in present.get(record_pk, ())}
    for position, wanted in enumerate(incoming.images):
        image = before.pop(wanted.source, None)
        stored = wanted.stored
        if image is not None and stored is not None and image.content_hash not in ("", stored.content_hash):
            changes.deleted.append(image)
            image = None
        if image is None:
            changes.created.append(_image(record_pk, position, wanted))
            changes.record_ids.add(record_pk)
        elif image.position != position or (stored is not None and not image.content_hash):
            image.position = position
            if stored is not None:
                _fill(image, stored)
            changes.changed.append(image)
            changes.record_ids.add(record_pk)
    gone = [image for image in before.values() if image.source not in incoming.kept_sources]
    if gone:
        changes.deleted += gone
        changes.record_ids.add(record_pk)


def _image(record_pk: int, position: int, wanted: IncomingImage) -> Image:
    image = Image(record_id=record_pk, position=position, source=wanted.source)
    if wanted.stored is not None:
        _fill(image, wanted.stored)
    return image


def _fill(image: Image, stored: StoredImage) -> None:
    image.content_hash, image.width, image.height = stored.content_hash, stored.width, stored.height
    image.problem = ""


def _write_segments(
    rewritten: Sequence[IncomingRecord], primary_keys: dict[str, int], known: Sequence[int]
) -> set[int]:
    """Cut the texts of records that were written and bring their segments up to date, as `_write_images` does."""
    if not rewritten:
        return set()
    present = _by_record(TextSegment.objects.filter(record__in=known)) if known else {}
    changes: _Changes[TextSegment] = _Changes()
    cut = cut_texts((incoming.name, incoming.description) for incoming in rewritten)
    for incoming, segments in zip(rewritten, cut, strict=True):
        _compare_segments(segments, primary_keys[incoming.record_id], present, changes)
    _apply(TextSegment, changes, fields=["kind", "position"])
    return changes.record_ids


def _compare_segments(
    segments: Iterable[Segment],
    record_pk: int,
    present: dict[int, list[TextSegment]],
    changes: _Changes[TextSegment],
) -> None:
    before = {segment.text: segment for segment in present.get(record_pk, ())}
    for wanted in segments:
        segment = before.pop(wanted.text, None)
        if segment is None:
            changes.created.append(
                TextSegment(record_id=record_pk, kind=wanted.kind, position=wanted.position, text=wanted.text)
            )
        elif (segment.kind, segment.position) != (wanted.kind, wanted.position):
            segment.kind, segment.position = wanted.kind, wanted.position
            changes.changed.append(segment)
        else:
            continue
        changes.record_ids.add(record_pk)
    changes.deleted += before.values()


def _apply(model: type[Row], changes: _Changes[Row], *, fields: list[str]) -> None:
    manager: models.Manager[Row] = model._default_manager
    if changes.deleted:
        manager.filter(pk__in=[row.pk for row in changes.deleted]).delete()
    if changes.changed:
        manager.bulk_update(changes.changed, fields, batch_size=500)
    manager.bulk_create(changes.created)
