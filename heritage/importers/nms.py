"""Exports of National Museums Scotland: CSV with `object_number`, `object_name`, `description`,
`object_category`, `administration_name` and `media.reference`.

Taxonomy: the category, then the administration's name for it. Images: the references separated by `|`
that begin with PF or MP (the others are documents), at the museum's own address, or as `REFERENCE.jpg`
in the folder of images.
"""

from collections.abc import Iterator
from pathlib import Path

from .source_records import (
    FieldError,
    ImageSource,
    RowProblem,
    SourceRecord,
    checked_path,
    checked_record_id,
    checked_text,
    checked_url,
    plain_text,
    taxonomy_terms,
)
from .tables import Row, read_csv

IMAGE_ADDRESS = "https://www.nms.ac.uk/api/axiell?command=getcontent&server=Detail&value="
PICTURE_PREFIXES = ("PF", "MP")


def read_nms(path: Path) -> Iterator[SourceRecord | RowProblem]:
    """Records of an export; see `source_records.Importer`."""
    for row in read_csv(path, required="object_number"):
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            yield _record(row, file=str(path))
        except FieldError as error:
            field = "object_number" if error.field == "record_id" else error.field
            yield RowProblem(str(path), row.line, field, error.reason, row.fields["object_number"].strip())


def _record(row: Row, *, file: str) -> SourceRecord:
    def text(column: str) -> str:
        return checked_text(row.fields.get(column, ""), column)

    references = (
        reference.strip() for reference in checked_path(text("media.reference"), "media.reference").split("|")
    )
    pictures = dict.fromkeys(reference for reference in references if reference.startswith(PICTURE_PREFIXES))
    return SourceRecord(
        record_id=checked_record_id(row.fields["object_number"]),
        name=plain_text(text("object_name")),
        description=plain_text(text("description")),
        taxonomy=taxonomy_terms(text("object_category"), text("administration_name")),
        images=tuple(
            ImageSource(
                file,
                row.line,
                "media.reference",
                checked_url(IMAGE_ADDRESS + reference, "media.reference"),
                f"{reference}.jpg",
            )
            for reference in pictures
        ),
        file=file,
        line=row.line,
    )
