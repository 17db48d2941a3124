"""Choosing the mapping of an import: by name, from a file, guessed, corrected by hand; and keeping it by name."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import transaction

from heritage.errors import UserError
from heritage.importers.guessing import Guess, guess_mapping
from heritage.importers.mapping import FIELDS, Mapping
from heritage.importers.record_files import Sample
from heritage.importers.shipped import shipped_mappings
from heritage.models import SavedMapping, User

# What `--map` and the page call the parts of a picture.
PICTURE_FIELDS = {
    "img_url": "url",
    "img_path": "file",
    "img_service": "service",
    "img_order": "order",
    "img_primary": "primary",
    "img_view": "view",
    "img_licence": "licence",
    "img_credit": "credit",
    "img_statement": "statement",
    "img_sensitive": "sensitive",
    "img_withheld": "withheld",
}


def named_mapping(name: str) -> Mapping:
    """The saved or shipped mapping of that name. Raises UserError listing those there are."""
    saved = SavedMapping.objects.filter(name=name).first()
    if saved is not None:
        return Mapping.from_document(saved.document, name=name)
    shipped = shipped_mappings()
    if name in shipped:
        return shipped[name]
    known = ", ".join([*SavedMapping.objects.values_list("name", flat=True), *shipped])
    raise UserError(f"There is no mapping “{name}”; there are: {known}. A file of one is given by its path.")


def mapping_from(name_or_file: str) -> Mapping:
    """A mapping by its name, or from the JSON file at a path. Raises UserError."""
    path = Path(name_or_file)
    return mapping_from_json(path.read_bytes(), name=path.stem) if path.is_file() else named_mapping(name_or_file)


def mapping_from_json(data: bytes, *, name: str) -> Mapping:
    """A mapping that was exported. Raises UserError where it is none."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is no mapping: it is not JSON ({error}).") from error
    return Mapping.from_document(document, name=name)


def corrected(mapping: Mapping, changes: Sequence[tuple[str, Any]]) -> Mapping:
    """`mapping` with some fields read from elsewhere; an empty source takes a field out. Raises UserError."""
    fields = dict(mapping.fields)
    picture = dict(mapping.pictures[0]) if mapping.pictures else {}
    for field, source in changes:
        if field in FIELDS:
            target, key = fields, field
        elif field in PICTURE_FIELDS:
            target, key = picture, PICTURE_FIELDS[field]
        else:
            known = ", ".join([*FIELDS, *PICTURE_FIELDS])
            raise UserError(f"Records have no field “{field}”; there are: {known}.")
        if source in ("", None):
            target.pop(key, None)
        else:
            target[key] = source
    pictures = ((picture,) if picture.keys() & {"url", "file", "service"} else ()) + mapping.pictures[1:]
    changed = replace(mapping, fields=fields, pictures=pictures)
    return Mapping.from_document(changed.as_document(), name=mapping.name)


def parse_change(text: str) -> tuple[str, Any]:
    """A correction as written on the command line: `name="Object Name"`, the source a column, a path or JSON."""
    field, separator, source = text.partition("=")
    if not separator:
        raise UserError(f'“{text}” maps nothing; write FIELD="COLUMN", such as record_id="Object Number".')
    source = source.strip()
    if source[:1] in ("{", "["):
        try:
            return field.strip(), json.loads(source)
        except (ValueError, RecursionError) as error:
            raise UserError(f"The source of {field} is not JSON ({error}); write a column's name, or JSON.") from error
    return field.strip(), source.strip('"')


def guessed(sample: Sample) -> Guess:
    """What the sample's columns mean: a saved mapping that fits them all, a shipped one, or a guess by their names."""
    if sample.columns is not None:
        columns = set(sample.columns)
        for saved in SavedMapping.objects.all():
            mapping = Mapping.from_document(saved.document, name=saved.name)
            bound = mapping.bind(sample.columns)
            if bound.columns is not None and not bound.missing() and columns:
                return Guess(mapping, (f"Your mapping “{saved.name}” fits its columns.",))
    return guess_mapping(sample)


@transaction.atomic
def save_mapping(*, name: str, mapping: Mapping, user: User | None = None) -> SavedMapping:
    """Keep `mapping` by name, in place of an earlier one of that name. Raises UserError for a shipped one's name."""
    if name in shipped_mappings():
        raise UserError(f"“{name}” is the name of a mapping that ships; choose another.")
    saved = SavedMapping.objects.filter(name=name).first() or SavedMapping(name=name)
    saved.document = replace(mapping, name=name).as_document()
    saved.saved_by = user
    try:
        saved.clean_fields()
    except Exception as error:
        raise UserError(f"A mapping's name has letters, digits and hyphens; “{name}” cannot be used.") from error
    saved.save()
    return saved
