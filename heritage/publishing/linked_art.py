"""A record as a Linked Art 1.0 object, JSON-LD. Pure.

https://linked.art/model/. Terms that the museum gives without addresses get names of ours, which say whose they are and
lead nowhere. Sensitive pictures and texts are left out, as in manifests.
"""

from typing import Any
from urllib.parse import quote

from heritage.pictures.licences import licence_address

from . import manifests
from .published import SIMULATED, PublishedPicture, PublishedRecord, PublishedRights

CONTEXT = "https://linked.art/ns/v1/linked-art.json"
MEDIA_TYPE = f'application/ld+json;profile="{CONTEXT}"'

AAT = "http://vocab.getty.edu/aat/"
# What the Getty's Art & Architecture Thesaurus calls the kinds of names, numbers and texts.
PRIMARY_NAME = ("300404670", "Primary Name")
OWNER_ASSIGNED_NUMBER = ("300404621", "Owner-Assigned Number")
ACCESSION_NUMBER = ("300312355", "Accession Number")
DESCRIPTION = ("300435416", "Description")
CREDIT_LINE = ("300435418", "Credit Line")
RIGHTS_STATEMENT = ("300435434", "Copyright/License Statement")
BRIEF_TEXT = ("300418049", "Brief Text")
NOTE = ("300027200", "Note")
WEB_PAGE = ("300264578", "Web Page")
DIGITAL_IMAGE = ("300215302", "Digital Image")
COLLECTION = ("300025976", "Collection")
# Languages that the AAT has numbers for and museums use most; of others the Library of Congress has addresses.
LANGUAGES = {
    "en": ("300388277", "English"),
    "nl": ("300388256", "Dutch"),
    "de": ("300388344", "German"),
    "fr": ("300388306", "French"),
    "it": ("300388474", "Italian"),
}


def linked_art_object(record: PublishedRecord) -> dict[str, Any]:
    """The document that is served at `record.linked_art`."""
    names = [_named(record)] if record.name else []
    identifiers = [_identifier(record.record_id, OWNER_ASSIGNED_NUMBER)]
    if record.accession:
        identifiers.append(_identifier(record.accession, ACCESSION_NUMBER))
    terms = [*([record.kind] if record.kind else []), *record.taxonomy]
    texts = _texts(record)
    pictures = [_visual_item(picture) for picture in record.open_pictures]
    return {
        "@context": CONTEXT,
        "id": record.linked_art,
        "type": "HumanMadeObject",
        "_label": record.title,
        "identified_by": [*names, *identifiers],
        **({"classified_as": [_term(record, term) for term in terms]} if terms else {}),
        **({"referred_to_by": texts} if texts else {}),
        **({"representation": pictures} if pictures else {}),
        "member_of": [{"id": record.collection_page, "type": "Set", "_label": record.collection_name}],
        "subject_of": _pages(record),
    }


def _type(kind: tuple[str, str], *, of: tuple[str, str] | None = None) -> dict[str, Any]:
    number, label = kind
    found: dict[str, Any] = {"id": AAT + number, "type": "Type", "_label": label}
    return found | ({"classified_as": [_type(of)]} if of else {})


def _language(tag: str) -> dict[str, Any]:
    """The property of a text in that language; none where it is not known."""
    code = tag.split("-")[0].lower()
    if code in LANGUAGES:
        number, label = LANGUAGES[code]
        return {"language": [{"id": AAT + number, "type": "Language", "_label": label}]}
    if len(code) == 2:
        return {
            "language": [{"id": f"http://id.loc.gov/vocabulary/iso639-1/{code}", "type": "Language", "_label": code}]
        }
    return {}


def _named(record: PublishedRecord) -> dict[str, Any]:
    name = {"type": "Name", "content": record.name, "classified_as": [_type(PRIMARY_NAME)]}
    return name | _language(record.name_language)


def _identifier(content: str, kind: tuple[str, str]) -> dict[str, Any]:
    return {"type": "Identifier", "content": content, "classified_as": [_type(kind)]}


def _term(record: PublishedRecord, term: str) -> dict[str, Any]:
    address = f"urn:heritage-weaver:{record.collection}:term:{quote(term, safe='')}"
    return {"id": address, "type": "Type", "_label": term}


def _statement(content: str, kind: tuple[str, str], language: str = "") -> dict[str, Any]:
    text = {"type": "LinguisticObject", "content": content, "classified_as": [_type(kind, of=BRIEF_TEXT)]}
    return text | _language(language)


def _texts(record: PublishedRecord) -> list[dict[str, Any]]:
    description = record.open_description
    return [
        *([_statement(description, DESCRIPTION, record.description_language)] if description else []),
        *_rights(record.rights),
        *([_statement(SIMULATED, NOTE, "en")] if record.simulated else []),
    ]


def _rights(rights: PublishedRights) -> list[dict[str, Any]]:
    said = [(rights.credit, CREDIT_LINE), (rights.statement, RIGHTS_STATEMENT)]
    said.append((licence_address(rights.licence) or rights.licence, RIGHTS_STATEMENT))
    return [_statement(content, kind) for content, kind in said if content]


def _visual_item(picture: PublishedPicture) -> dict[str, Any]:
    image: dict[str, Any] = {
        "type": "DigitalObject",
        "classified_as": [_type(DIGITAL_IMAGE)],
        "format": "image/webp",
        "access_point": [{"id": picture.image, "type": "DigitalObject"}],
    }
    if picture.view:
        image["identified_by"] = [{"type": "Name", "content": picture.view}]
    if texts := _rights(picture.rights):
        image["referred_to_by"] = texts
    if address := licence_address(picture.rights.licence):
        image["subject_to"] = [{"type": "Right", "classified_as": [{"id": address, "type": "Type"}]}]
    if picture.service:
        image["digitally_available_via"] = [
            {
                "type": "DigitalService",
                "access_point": [{"id": picture.service, "type": "DigitalObject"}],
                "conforms_to": [{"id": "http://iiif.io/api/image", "type": "InformationObject"}],
            }
        ]
    return {"type": "VisualItem", "digitally_shown_by": [image]}


def _pages(record: PublishedRecord) -> list[dict[str, Any]]:
    """The museum's page, ours, and the manifest."""
    pages = [
        (record.museum_page, f"{record.title} at the museum"),
        (record.page, f"{record.title} in Heritage Weaver"),
    ]
    manifest = {
        "type": "DigitalObject",
        "_label": f"{record.title} as a IIIF manifest",
        "format": manifests.MEDIA_TYPE,
        "access_point": [{"id": record.manifest, "type": "DigitalObject"}],
        "conforms_to": [{"id": "http://iiif.io/api/presentation/", "type": "InformationObject"}],
    }
    carriers = [
        {
            "type": "DigitalObject",
            "_label": label,
            "classified_as": [_type(WEB_PAGE)],
            "format": "text/html",
            "access_point": [{"id": address, "type": "DigitalObject"}],
        }
        for address, label in pages
        if address
    ]
    return [{"type": "LinguisticObject", "digitally_carried_by": [carrier]} for carrier in [*carriers, manifest]]
