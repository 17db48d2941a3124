"""The documents that a reconciliation service answers with, version 0.2 of the specification. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from heritage.publishing.published import PublishedRecord

from .properties import COMPARED, PROPERTIES, values_of
from .questions import MOST_QUERIES, Extension

VERSIONS = ["0.2"]
# What the records are: the class of the CIDOC CRM, as Linked Art has them.
SCHEMA_SPACE = "http://www.cidoc-crm.org/cidoc-crm/E22_Human-Made_Object"
PREVIEW_SIZE = (420, 220)  # pixels

Document = dict[str, Any]


def service_manifest(*, site: str, types: Sequence[Document], records: str, documentation: str, logo: str) -> Document:
    """`site` is the service's own address, which ends in a slash; `records` that of records, up to their number."""
    suggest = {
        what: {"service_url": site.rstrip("/"), "service_path": f"/suggest/{what}"}
        for what in ("entity", "property", "type")
    }
    width, height = PREVIEW_SIZE
    return {
        "versions": VERSIONS,
        "name": "Heritage Weaver",
        "identifierSpace": records,
        "schemaSpace": SCHEMA_SPACE,
        "documentation": documentation,
        "logo": logo,
        "defaultTypes": list(types),
        "view": {"url": f"{records}{{{{id}}}}/"},
        "preview": {"url": f"{site}preview/{{{{id}}}}", "width": width, "height": height},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": site.rstrip("/"), "service_path": "/properties"},
            "property_settings": [],
        },
        "batchSize": MOST_QUERIES,
    }


def collection_type(slug: str, name: str, simulated: bool) -> Document:
    return {"id": slug, "name": f"{name} (simulated)" if simulated else name}


def about(*, identifier: str, collection: str, simulated: bool, terms: Sequence[str]) -> str:
    """What tells namesakes apart, in a line."""
    of = f"{collection} (simulated)" if simulated else collection
    return " · ".join([identifier, of, *terms[:1]])


def proposed_properties(type_id: str, limit: int | None) -> Document:
    """All properties, whatever the type: each record has the same."""
    found: Document = {"properties": [_property(each) for each in PROPERTIES][:limit], "type": type_id}
    return found | ({"limit": limit} if limit is not None else {})


def suggested_properties(prefix: str) -> Document:
    """Those that queries may give, by the beginning of a word of their names."""
    return {"result": [_property(each) for each in COMPARED if _begins(prefix, each, PROPERTIES[each][0])]}


def suggested_types(prefix: str, types: Sequence[Document]) -> Document:
    return {"result": [each for each in types if _begins(prefix, each["id"], each["name"])]}


def extension(wanted: Extension, records: Mapping[str, PublishedRecord]) -> Document:
    """Of each asked id each property's values; none of a record that is not there or may not be shown."""
    return {
        "meta": [_property(each) for each in wanted.properties],
        "rows": {
            identifier: {
                each: [{"str": value} for value in values_of(records[identifier], each)]
                if identifier in records
                else []
                for each in wanted.properties
            }
            for identifier in wanted.ids
        },
    }


def _property(identifier: str) -> Document:
    return {"id": identifier, "name": PROPERTIES[identifier][0]}


def _begins(prefix: str, *texts: str) -> bool:
    wanted = prefix.casefold().strip()
    return any(f" {text.casefold()}".find(f" {wanted}") >= 0 for text in texts)
