"""Dumps of the Science Museum Group: JSON lines, one `{"_id": …, "_source": {…}}` per line.

Name: `name[].value` joined with "; ". Description: `title[].value` joined, a full stop, `description[].value`
joined. Taxonomy: the names of `terms[0].hierarchy[]` by `sort`, then the first of `categories[].name`.
Images: `multimedia[].processed.medium.location`, in lower case under the museum's image host.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from .tables import Row, read_json_lines

IMAGE_HOST = "https://coimages.sciencemuseumgroup.org.uk/"


def read_smg_dump(path: Path) -> Iterator[SourceRecord | RowProblem]:
    """Records of a dump; see `source_records.Importer`."""
    for row in read_json_lines(path):
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            yield _record(row, file=str(path))
        except FieldError as error:
            known = row.fields.get("_id")
            yield RowProblem(str(path), row.line, error.field, error.reason, known if isinstance(known, str) else "")


def _record(row: Row, *, file: str) -> SourceRecord:
    identifier = row.fields.get("_id", "")
    if not isinstance(identifier, str):
        raise FieldError("_id", "is not text; it has to be the museum's identifier, such as “co8413501”")
    source = row.fields.get("_source")
    if not isinstance(source, dict):
        raise FieldError("_source", "is missing; each line of a dump is {“_id”: …, “_source”: {…}}")
    return SourceRecord(
        record_id=checked_record_id(identifier),
        name=plain_text("; ".join(_values(source, "name"))),
        description=_sentences("; ".join(_values(source, "title")), "; ".join(_values(source, "description"))),
        taxonomy=taxonomy_terms(*_hierarchy(source), *_first_category(source)),
        images=tuple(_images(source, file=file, line=row.line)),
        file=file,
        line=row.line,
    )


def _sentences(title: str, description: str) -> str:
    title, description = plain_text(title), plain_text(description)
    if not title or not description:
        return title or description
    return f"{title} {description}" if title[-1] in ".!?" else f"{title}. {description}"


def _objects(parent: dict[str, Any], name: str, *, field: str) -> list[dict[str, Any]]:
    """The list of objects `parent[name]`, empty where it is absent."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FieldError(field, "is not a list of objects as in the museum's dumps")
    return value


def _string(parent: dict[str, Any], name: str, *, field: str) -> str:
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(field, f"“{name}” is not text as in the museum's dumps")
    return checked_text(value, field)


def _values(source: dict[str, Any], name: str) -> list[str]:
    values = (_string(item, "value", field=name).strip() for item in _objects(source, name, field=name))
    return [value for value in values if value]


def _hierarchy(source: dict[str, Any]) -> list[str]:
    terms = _objects(source, "terms", field="terms")
    if not terms:
        return []
    levels = _objects(terms[0], "hierarchy", field="terms")
    if not all(isinstance(level.get("sort"), int) for level in levels):
        raise FieldError("terms", "has a level without the number “sort”")
    names = (_objects(level, "name", field="terms") for level in sorted(levels, key=lambda level: level["sort"]))
    return [_string(name[0], "value", field="terms") for name in names if name]


def _first_category(source: dict[str, Any]) -> list[str]:
    categories = _objects(source, "categories", field="categories")
    return [_string(categories[0], "name", field="categories")] if categories else []


def _images(source: dict[str, Any], *, file: str, line: int) -> Iterator[ImageSource]:
    seen = set()
    for medium in _objects(source, "multimedia", field="multimedia"):
        rendering: Any = medium
        for step in ("processed", "medium"):
            rendering = rendering.get(step)
            if not isinstance(rendering, dict):
                break
        else:
            location = checked_path(_string(rendering, "location", field="multimedia"), "multimedia").lstrip("/")
            if location and location not in seen:
                seen.add(location)
                url = checked_url(IMAGE_HOST + location.lower(), "multimedia")
                yield ImageSource(file, line, "multimedia", url, location)
