"""The imports of a collection: why rows did not go in, and undoing one.

What an import brought goes, what it changed is put back. Not everything can: a record that a later import changed, or
on which something depends, stays as it is, and the result says so.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from heritage.catalogue.picture_files import discard_pictures_after_commit
from heritage.catalogue.removal import (
    collection_dependents,
    delete_records,
    delete_rows,
    dependents,
    get_locked_collection,
    has_dependents,
    lock_records,
)
from heritage.catalogue.snapshots import RIGHTS_FIELDS
from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.errors import UserError
from heritage.importers.source_records import SourceRights
from heritage.models import Collection, Image, Import, ImportChange, Record, User
from heritage.pictures.store import StoredImage
from heritage.progress import NoProgress, Progress

BATCH_RECORDS = 1_000
SHOWN_RECORDS = 5
SHOWN_PLACES = 5

CHANGED_LATER = "A later import changed it. Undo that one first to have these go or be put back too."
DEPENDED_ON = "Something depends on it: {}. Remove that first."


@dataclass(frozen=True, slots=True)
class KeptRecords:
    """Records that undoing an import leaves as they are, why, and the first of them."""

    reason: str
    count: int
    records: tuple[tuple[int, str], ...]  # primary key, identifier


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What undoing an import did, or would do: numbers of records removed and put back, and those that stay."""

    removed: int
    restored: int
    kept: tuple[KeptRecords, ...]
    collection_removed: bool

    @property
    def kept_count(self) -> int:
        return sum(kept.count for kept in self.kept)

    @property
    def concerned(self) -> int:
        return self.removed + self.restored

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Undoing:
    """What can be removed and put back, as queries, and what cannot."""

    removable: QuerySet[Record]
    restorable: QuerySet[ImportChange]
    kept: tuple[KeptRecords, ...]


def get_import(number: int) -> Import:
    """Raises UserError where there is none of that number."""
    imported = Import.objects.select_related("collection", "started_by").filter(pk=number).first()
    if imported is None:
        raise UserError(f"There is no import {number}; the collection's page lists its imports.")
    return imported


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Rows of files that did not go in for the same reason.

    Where the reasons differ in a number or in what they quote, `reason` has a dot-dot-dot in its place and `example`
    is the first of them as it stands. `places` are the first rows, such as "records.csv, lines 12, 15".
    """

    field: str
    reason: str
    example: str
    count: int
    places: str
    more: bool


_DIFFERS = re.compile(r"“[^”]*”|(?<![\w.])\d[\d,.]*(?!\w)")


def problem_groups(problems: Iterable[dict[str, Any]]) -> list[ProblemGroup]:
    """`problems`, as an import's result keeps them, by field and reason; the most frequent first."""
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for problem in problems:
        grouped[problem["field"], _DIFFERS.sub("…", problem["reason"])].append(problem)
    groups = []
    for (field, pattern), alike in grouped.items():
        first = alike[0]["reason"]
        same = all(problem["reason"] == first for problem in alike)
        groups.append(
            ProblemGroup(
                field=field,
                reason=first if same else pattern,
                example="" if same else first,
                count=len(alike),
                places=_places(alike[:SHOWN_PLACES]),
                more=len(alike) > SHOWN_PLACES,
            )
        )
    return sorted(groups, key=lambda group: -group.count)


def _places(problems: Iterable[dict[str, Any]]) -> str:
    lines: dict[str, dict[str, None]] = defaultdict(dict)
    for problem in problems:
        lines[problem["file"]][str(problem["line"])] = None
    return "; ".join(
        f"{file}, line{'' if len(numbers) == 1 else 's'} {', '.join(numbers)}" for file, numbers in lines.items()
    )


def plan_undo(imported: Import) -> UndoResult:
    """What `undo_import` would do now. Raises UserError where it was undone."""
    _require_not_undone(imported)
    undoing = _undoing(imported)
    removed = undoing.removable.count()
    stay = Record.objects.filter(collection=imported.collection_id).count() - removed
    goes = not stay and _made_its_collection(imported)
    return UndoResult(removed, undoing.restorable.count(), undoing.kept, goes)


@transaction.atomic
def undo_import(*, imported: Import, user: User | None = None, progress: Progress | None = None) -> UndoResult:
    """Remove the records that `imported` created and put back those it changed, as far as nothing speaks against it.

    A collection that it made, and that is empty then, goes too, and with it the import. Raises UserError where it
    was undone before.
    """
    progress = progress or NoProgress()
    collection = get_locked_collection(imported.collection.slug)
    imported = Import.objects.select_for_update(of=("self",)).get(pk=imported.pk)
    _require_not_undone(imported)
    lock_records(Record.objects.filter(imported_by=imported))
    undoing = _undoing(imported)
    keys = lock_records(undoing.removable)
    restored = _restore(imported, undoing.restorable, progress)
    delete_records(keys, progress=progress)

    stay = Record.objects.filter(collection=collection).exists()
    goes = not stay and _made_its_collection(imported)
    result = UndoResult(len(keys), restored, undoing.kept, goes)
    if goes:
        delete_rows(Collection, [collection.pk])
    else:
        imported.undone = timezone.now()
        imported.result["undone"] = result.as_dict() | {"by": user.username if user else ""}
        imported.save(update_fields=["undone", "result"])
    return result


def _require_not_undone(imported: Import) -> None:
    if imported.undone is not None:
        raise UserError(f"Import {imported.pk} was undone already; import the file again to have its records back.")


def _undoing(imported: Import) -> _Undoing:
    created = Record.objects.filter(imported_by=imported)
    changed_later = Exists(ImportChange.objects.filter(record=OuterRef("pk")).exclude(by=imported))
    unchanged = created.exclude(changed_later)
    changes = ImportChange.objects.filter(by=imported)
    superseded = Exists(ImportChange.objects.filter(record=OuterRef("record"), pk__gt=OuterRef("pk")))
    later = created.filter(changed_later) | Record.objects.filter(pk__in=changes.filter(superseded).values("record"))
    needed = unchanged.filter(has_dependents())
    reason = DEPENDED_ON.format("; ".join(map(str, dependents(needed))))
    kept = (_kept(CHANGED_LATER, later), _kept(reason, needed))
    return _Undoing(
        removable=unchanged.exclude(has_dependents()),
        restorable=changes.exclude(superseded),
        kept=tuple(each for each in kept if each.count),
    )


def _kept(reason: str, records: QuerySet[Record]) -> KeptRecords:
    first = records.order_by("pk").values_list("pk", "record_id")[:SHOWN_RECORDS]
    return KeptRecords(reason, records.count(), tuple(first))


def _made_its_collection(imported: Import) -> bool:
    """Whether the collection holds nothing but what this import did: others were undone, and nothing depends on it."""
    others = imported.collection.imports.exclude(pk=imported.pk)
    is_first = not others.filter(pk__lt=imported.pk).exists()
    return is_first and not others.filter(undone=None).exists() and not collection_dependents(imported.collection)


# --- putting back ------------------------------------------------------------------------------


def _restore(imported: Import, restorable: QuerySet[ImportChange], progress: Progress) -> int:
    """Put back what records said before; returns how many."""
    keys = list(restorable.order_by("pk").values_list("pk", flat=True))
    progress.start("Putting back what records said", len(keys))
    content_hashes: set[str] = set()
    for start in range(0, len(keys), BATCH_RECORDS):
        changes = list(ImportChange.objects.filter(pk__in=keys[start : start + BATCH_RECORDS]).select_related("record"))
        images = Image.objects.filter(record__in=[change.record_id for change in changes])
        content_hashes.update(images.values_list("content_hash", flat=True))
        store_batch(collection=imported.collection, records=[_as_incoming(change) for change in changes])
        _restore_outcomes(changes)
        ImportChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
        progress.advance(len(changes))
    discard_pictures_after_commit(content_hashes - {""})
    return len(keys)


def _as_incoming(change: ImportChange) -> IncomingRecord:
    before = change.before
    return IncomingRecord(
        record_id=change.record.record_id,
        name=before["name"],
        description=before["description"],
        taxonomy=tuple(before["taxonomy"]),
        images=tuple(map(_incoming_image, before["images"])),
        accession=before["accession"],
        page=before["page"],
        kind=before["kind"],
        languages=tuple(before["languages"].items()),
        rights=_rights(before),
    )


def _rights(before: dict[str, Any]) -> SourceRights:
    return SourceRights(**{field: before[field] for field in RIGHTS_FIELDS})


def _incoming_image(image: dict[str, Any]) -> IncomingImage:
    content_hash = image["content_hash"]
    return IncomingImage(
        source=image["source"],
        stored=StoredImage(content_hash, image["width"], image["height"]) if content_hash else None,
        view=image["view"],
        service=image["service"],
        rights=_rights(image),
    )


def _restore_outcomes(changes: Iterable[ImportChange]) -> None:
    """What came of fetching pictures is not what an import says of them, and is put back apart."""
    before = {(change.record_id, image["source"]): image for change in changes for image in change.before["images"]}
    mended = []
    for image in Image.objects.filter(record__in={record for record, _ in before}):
        was = before[image.record_id, image.source]
        same_picture = image.content_hash == was["content_hash"]
        if same_picture and (image.problem, image.validators) != (was["problem"], was["validators"]):
            image.problem, image.validators = was["problem"], was["validators"]
            mended.append(image)
    Image.objects.bulk_create(
        mended, update_conflicts=True, unique_fields=["pk"], update_fields=["problem", "validators"]
    )
