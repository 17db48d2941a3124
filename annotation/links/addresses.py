"""What a record is called on the web. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from annotation.links.link import LinkedRecord
from heritage.errors import UserError

_QUALIFIED = re.compile(r"(?P<collection>[-\w]+)=(?P<template>.+)")


@dataclass(frozen=True)
class RecordAddresses:
    """Addresses by collection: a template with {id}, such as https://museum.example/objects/{id}.

    A collection without a template gets `urn:heritage-weaver:SLUG:ID`, which names the record and leads nowhere.
    """

    templates: dict[str, str] = field(default_factory=dict)

    def of(self, record: LinkedRecord) -> str:
        identifier = quote(record.record_id, safe="")
        template = self.templates.get(record.collection)
        return (
            template.replace("{id}", identifier)
            if template
            else f"urn:heritage-weaver:{record.collection}:{identifier}"
        )


def read_addresses(options: Sequence[str], *, collections: Sequence[str]) -> RecordAddresses:
    """From options of the form COLLECTION=https://...{id}. Raises UserError for one that names no such address."""
    templates = {}
    for option in options:
        match = _QUALIFIED.fullmatch(option)
        parts = urlsplit(match["template"]) if match else None
        if not match or not parts or parts.scheme not in ("http", "https") or not parts.netloc or "{id}" not in option:
            raise UserError(
                f"{option!r} is no address of records: write COLLECTION=https://museum.example/objects/{{id}}."
            )
        if re.search(r"[\s<>\"]", match["template"]):
            raise UserError(f"{option!r} has a space, quote or angle bracket in it, which no address can have.")
        if match["collection"] not in collections:
            raise UserError(
                f"The campaign has no pairs of a collection {match['collection']}: it has {' and '.join(collections)}."
            )
        templates[match["collection"]] = match["template"]
    return RecordAddresses(templates)
