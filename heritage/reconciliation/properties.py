"""What can be asked of a record: to be compared with a spreadsheet's columns, and to fill new ones. Pure."""

from collections.abc import Callable, Sequence

from heritage.publishing.published import PublishedRecord

# Of each property its name, and its values of a record.
PROPERTIES: dict[str, tuple[str, Callable[[PublishedRecord], Sequence[str]]]] = {
    "identifier": ("Identifier", lambda record: [record.record_id]),
    "accession": ("Accession number", lambda record: [record.accession]),
    "term": ("Term", lambda record: list(record.taxonomy)),
    "kind": ("Kind", lambda record: [record.kind]),
    "name": ("Name", lambda record: [record.name]),
    "description": ("Description", lambda record: [record.open_description]),
    "collection": ("Collection", lambda record: [record.collection_name]),
    "licence": ("Licence of the texts", lambda record: [record.rights.licence]),
    "credit": ("Credit line of the texts", lambda record: [record.rights.credit]),
    "page": ("Page here", lambda record: [record.page]),
    "museum_page": ("Page at the museum", lambda record: [record.museum_page]),
    "manifest": ("IIIF manifest", lambda record: [record.manifest]),
    "picture": ("Picture", lambda record: [picture.image for picture in record.open_pictures[:1]]),
}
# Those that a query may give; the first two name one record among its collection's.
IDENTIFYING = ("identifier", "accession")
COMPARED = (*IDENTIFYING, "term", "kind")


def values_of(record: PublishedRecord, property: str) -> list[str]:
    """What a record says of a property; nothing where it says nothing."""
    _, values = PROPERTIES[property]
    return [value for value in values(record) if value]
