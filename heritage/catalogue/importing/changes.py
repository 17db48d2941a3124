"""What an import changed of records that were there: each field before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from heritage.catalogue.snapshots import RECORD_FIELDS, record_snapshot
from heritage.models import Import, ImportChange, Record

SHOWN_CHANGES = 20
FIELDS_IN_WORDS = {
    "name": "Name",
    "description": "Description",
    "taxonomy": "Terms",
    "accession": "Second identifier",
    "page": "Museum's page",
    "kind": "Kind of record",
    "languages": "Languages",
    "licence": "Licence",
    "credit": "Credit line",
    "statement": "Required statement",
    "sensitive": "Sensitive",
    "withheld": "May not be shown",
}


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field of a record, as it was and as it became, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record that an import changed, and what of it."""

    record: Record
    fields: list[ChangedField]


def changed_records(imported: Import) -> list[ChangedRecord]:
    """The first records that the import changed, as it left them: a later import may have changed them again."""
    changes = list(
        imported.changes.select_related("record__collection").prefetch_related("record__images")[:SHOWN_CHANGES]
    )
    later = ImportChange.objects.filter(by__gt=imported.pk, record__in=[change.record_id for change in changes])
    # The first later change holds the record as this import left it.
    after = {change.record_id: change.before for change in later.order_by("-by")}
    return [
        ChangedRecord(
            change.record,
            list(
                _differences(
                    change.before,
                    after.get(change.record_id) or record_snapshot(change.record, change.record.images.all()),
                )
            ),
        )
        for change in changes
    ]


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[ChangedField]:
    for field in RECORD_FIELDS:
        if before.get(field) != after.get(field):
            yield ChangedField(FIELDS_IN_WORDS[field], _in_words(before.get(field)), _in_words(after.get(field)))
    old, new = _pictures(before), _pictures(after)
    if old != new:
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        yield ChangedField("Pictures", ", ".join(gone) or _in_words(len(old)), ", ".join(come) or _in_words(len(new)))


def _pictures(snapshot: dict[str, Any]) -> list[str]:
    return [image["source"].rpartition("/")[2] for image in snapshot.get("images", [])]


def _in_words(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return " › ".join(map(str, value))
        case dict():
            return ", ".join(f"{field}: {tag}" for field, tag in value.items())
    return str(value)
