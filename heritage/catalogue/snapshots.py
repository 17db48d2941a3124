"""What a record says, as an import's history keeps it: its fields, its rights and its pictures, as JSON.

The pixels stay in the picture store; a snapshot names them by their content hash. Pieces of text are left out:
they are cut from the texts again.
"""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from heritage.importers.source_records import SourceRights
from heritage.models import Image, Record

RIGHTS_FIELDS = tuple(field.name for field in fields(SourceRights))
RECORD_FIELDS = (
    "name",
    "description",
    "taxonomy",
    "accession",
    "page",
    "kind",
    "languages",
    *RIGHTS_FIELDS,
)
# What a row of the source says of a picture, and what came of it.
PICTURE_FIELDS = ("view", "service", *RIGHTS_FIELDS)
OUTCOME_FIELDS = ("content_hash", "width", "height", "problem", "validators")


def record_snapshot(record: Record, images: Iterable[Image]) -> dict[str, Any]:
    """`record` with its `images`, in their order."""
    kept = ("source", "position", *PICTURE_FIELDS, *OUTCOME_FIELDS)
    pictures = sorted(images, key=lambda image: image.position)
    return {field: getattr(record, field) for field in RECORD_FIELDS} | {
        "images": [{field: getattr(image, field) for field in kept} for image in pictures]
    }
