"""The project's own format: CSV or JSON lines with one row per image.

Columns (keys): `record_id`, required; `name`, `description`, `taxonomy`, `img_url`, `img_path`, each of
which may be absent or empty. Others are ignored. Taxonomy terms are separated by semicolons (in JSON
they may be a list). A record with several images has several rows (see `merging`). HTML in texts is
removed; everything else, formulas of spreadsheets included, stays as written.
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
from .tables import Row, first_character, read_csv, read_json_lines


def read_uniform(path: Path) -> Iterator[SourceRecord | RowProblem]:
    """One record per row of a uniform file; see `source_records.Importer`."""
    is_json = first_character(path) in ("{", "[")
    for row in read_json_lines(path) if is_json else read_csv(path, required="record_id"):
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            yield _record(row, file=str(path))
        except FieldError as error:
            known = row.fields.get("record_id")
            yield RowProblem(
                str(path), row.line, error.field, error.reason, known.strip() if isinstance(known, str) else ""
            )


def _record(row: Row, *, file: str) -> SourceRecord:
    url = checked_url(_text(row, "img_url"), "img_url")
    path = checked_path(_text(row, "img_path"), "img_path")
    image = ImageSource(file, row.line, "img_path" if path else "img_url", url, path)
    return SourceRecord(
        record_id=checked_record_id(_text(row, "record_id")),
        name=plain_text(checked_text(_text(row, "name"), "name")),
        description=plain_text(checked_text(_text(row, "description"), "description")),
        taxonomy=_taxonomy(row),
        images=(image,) if image.source else (),
        file=file,
        line=row.line,
    )


def _text(row: Row, name: str) -> str:
    value = row.fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if name == "record_id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise FieldError(name, f"is {type(value).__name__} where text is due; write it in double quotes")


def _taxonomy(row: Row) -> tuple[str, ...]:
    value = row.fields.get("taxonomy")
    if isinstance(value, list):
        if not all(isinstance(term, str) for term in value):
            raise FieldError("taxonomy", "holds something other than text; write a list of terms")
        terms = value
    else:
        terms = _text(row, "taxonomy").split(";")
    return taxonomy_terms(*(checked_text(term, "taxonomy") for term in terms))
