"""What a record is called on the web. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from annotation.links.link import LinkedRecord
from heritage.errors import UserError

# What no IRI of RDF may have in it (RDF 1.1 Turtle, IRIREF), white space of all kinds among them.
_NO_IRI = re.compile(r"[\x00-\x20\s<>\"{}|\\^`\x7f]")
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
        if not match or not _is_web_address(match["template"]) or "{id}" not in match["template"]:
            raise UserError(
                f"{option!r} is no address of records: write COLLECTION=https://museum.example/objects/{{id}}."
            )
        if found := _NO_IRI.search(match["template"].replace("{id}", "")):
            raise UserError(f"{option!r} has {found[0]!r} in it, which no address can have: write it percent-encoded.")
        if match["collection"] not in collections:
            raise UserError(
                f"The campaign has no pairs of a collection {match['collection']}: it has {' and '.join(collections)}."
            )
        templates[match["collection"]] = match["template"]
    return RecordAddresses(templates)


def _is_web_address(template: str) -> bool:
    try:
        parts = urlsplit(template)
        port_is_a_number = parts.port is None or parts.port >= 0
    except ValueError:  # brackets that hold no address of IPv6, a port that is no number
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_a_number
