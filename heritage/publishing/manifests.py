"""Records as IIIF Presentation 3 manifests: one record, or two beside each other. Pure.

https://iiif.io/api/presentation/3.0/. A viewer shows what it is given at once, so sensitive pictures and texts are left
out, and the manifest says how many. Canvases have the size of the museum's file; what is painted on them is the picture
as our pages show it, with the museum's image service, where there is one, to enlarge it by.
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

from heritage.pictures.licences import licence_address

from .published import SIMULATED, PublishedPicture, PublishedRecord, PublishedRights

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
MEDIA_TYPE = f'application/ld+json;profile="{CONTEXT}"'
LINKED_ART_PROFILE = "https://linked.art/ns/v1/linked-art.json"
DISPLAY_SIDE = 1200  # pixels of the longer side of what pages show
THUMBNAIL_SIDE = 480
EMPTY_SIDE = 1000  # of the canvas of a record without a picture

LanguageMap = dict[str, list[str]]


def record_manifest(record: PublishedRecord) -> dict[str, Any]:
    """The manifest of one record, a canvas for each picture; one empty canvas where there is none."""
    canvases = [_canvas(record, picture, place) for place, picture in enumerate(record.open_pictures, start=1)]
    return {
        "@context": CONTEXT,
        "id": record.manifest,
        "type": "Manifest",
        "label": _words(record.title, record.name_language if record.name else ""),
        **_if_any("summary", _text_map(record.open_description, record.description_language)),
        "metadata": _metadata(record),
        **_rights([record]),
        "homepage": _homepages(record),
        "provider": [_provider(record)],
        **_if_any("thumbnail", [_thumbnail(picture) for picture in record.open_pictures[:1]]),
        "seeAlso": [_linked_art(record)],
        "items": canvases or [_empty_canvas(record)],
    }


def pair_manifest(
    records: tuple[PublishedRecord, PublishedRecord],
    *,
    address: str,
    metadata: Sequence[tuple[str, str]] = (),
    summary: str = "",
) -> dict[str, Any]:
    """Two records as a manifest of two canvases, the first picture of each. `address` is the manifest's own.

    `metadata` is what else to say, as English labels and values; `summary` is in English.
    """
    canvases = [
        _canvas(record, record.open_pictures[0], 1, label=_words(record.title, record.name_language))
        if record.open_pictures
        else _empty_canvas(record)
        for record in records
    ]
    one, other = records
    shown = [picture for record in records for picture in record.open_pictures[:1]]
    sides = [entry for record in records for entry in _metadata(record, of=record.title)]
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "Manifest",
        "label": _words(f"{one.title} · {other.title}", one.name_language if _share_language(one, other) else ""),
        **_if_any("summary", _text_map(summary, "en")),
        "metadata": [*(_entry(label, value, "en") for label, value in metadata), *sides],
        **_rights(records, pictures=shown),
        "behavior": ["individuals"],
        "homepage": _each_once(page for record in records for page in _homepages(record)),
        "provider": _each_once(map(_provider, records)),
        **_if_any("thumbnail", [_thumbnail(picture) for picture in shown[:1]]),
        "seeAlso": _each_once(map(_linked_art, records)),
        "items": canvases,
    }


def _each_once(resources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of two records that may share them: the museum's page, the collection."""
    return list({resource["id"]: resource for resource in resources}.values())


def _share_language(one: PublishedRecord, other: PublishedRecord) -> bool:
    return one.name_language == other.name_language


def _if_any(name: str, value: Any) -> dict[str, Any]:
    """The property, or none: where IIIF allows a property it does not allow it to be empty."""
    return {name: value} if value else {}


def _words(text: str, language: str) -> LanguageMap:
    return {language or "none": [text]}


def _text(text: str) -> str:
    """A text that viewers show as it is: one between angle brackets they would take for HTML."""
    stripped = text.strip()
    return f"<span>{html.escape(text)}</span>" if stripped.startswith("<") and stripped.endswith(">") else text


def _text_map(text: str, language: str) -> LanguageMap:
    return _words(_text(text), language) if text else {}


def _entry(label: str, values: str | Sequence[str], language: str = "") -> dict[str, Any]:
    values = [values] if isinstance(values, str) else values
    return {"label": {"en": [label]}, "value": {language or "none": [_text(value) for value in values]}}


def _metadata(record: PublishedRecord, *, of: str = "") -> list[dict[str, Any]]:
    """What a viewer lists; `of` names the record where there are two."""

    def entry(label: str, values: str | Sequence[str], language: str = "") -> dict[str, Any]:
        return _entry(f"{label} of “{of}”" if of else label, values, language)

    covered = len(record.pictures) - len(record.open_pictures)
    entries = [
        entry("Identifier", record.record_id),
        entry("Accession number", record.accession) if record.accession else None,
        entry("Collection", record.collection_name, record.collection_language),
        entry("Kind", record.kind) if record.kind else None,
        entry("Terms", record.taxonomy, record.collection_language) if record.taxonomy else None,
        entry("Sensitive pictures that are left out", str(covered)) if covered else None,
        entry("Description", "Left out: its museum marks it as sensitive.", "en")
        if record.sensitive and record.description
        else None,
    ]
    return [each for each in entries if each]


def _rights(records: Sequence[PublishedRecord], pictures: Sequence[PublishedPicture] | None = None) -> dict[str, Any]:
    """`rights` where all that is shown has one licence that IIIF knows, and what has to be displayed."""
    if pictures is None:
        pictures = [picture for record in records for picture in record.open_pictures]
    said = [*(record.rights for record in records), *(picture.rights for picture in pictures)]
    licences = {rights.licence for rights in said if rights.licence}
    addresses = {licence_address(licence) for licence in licences}
    lines = [*_statement_lines(said), *({SIMULATED} if any(record.simulated for record in records) else ())]
    return {
        **(_if_any("rights", next(iter(addresses))) if len(addresses) == 1 else {}),
        **_if_any("requiredStatement", _statement(lines)),
    }


def _statement_lines(said: Iterable[PublishedRights]) -> list[str]:
    """Each line once. A licence that IIIF has no address for is said in words."""
    lines: list[str] = []
    for rights in said:
        lines += [rights.credit, rights.statement]
        if rights.licence and not licence_address(rights.licence):
            lines.append(f"Licence: {rights.licence}")
    return list(dict.fromkeys(line for line in lines if line))


def _statement(lines: Sequence[str]) -> dict[str, Any]:
    return _entry("Attribution", lines) if lines else {}


def _homepages(record: PublishedRecord) -> list[dict[str, Any]]:
    pages = [(record.museum_page, f"{record.title} at the museum"), (record.page, f"{record.title} in Heritage Weaver")]
    return [
        {"id": address, "type": "Text", "label": {"en": [label]}, "format": "text/html"}
        for address, label in pages
        if address
    ]


def _provider(record: PublishedRecord) -> dict[str, Any]:
    name = f"{record.collection_name} (simulated)" if record.simulated else record.collection_name
    label = _words(name, "" if record.simulated else record.collection_language)
    homepage = {"id": record.collection_page, "type": "Text", "label": label, "format": "text/html"}
    return {"id": record.collection_page, "type": "Agent", "label": label, "homepage": [homepage]}


def _linked_art(record: PublishedRecord) -> dict[str, Any]:
    return {
        "id": record.linked_art,
        "type": "Dataset",
        "label": {"en": [f"{record.title} as Linked Art"]},
        "format": "application/ld+json",
        "profile": LINKED_ART_PROFILE,
    }


def _canvas(
    record: PublishedRecord, picture: PublishedPicture, place: int, *, label: LanguageMap | None = None
) -> dict[str, Any]:
    address = f"{record.page}canvas/{place}"
    named = _words(picture.view, "") if picture.view else {"en": [f"Picture {place}"]}
    return {
        "id": address,
        "type": "Canvas",
        "label": label or named,
        "width": picture.width,
        "height": picture.height,
        **_if_any("requiredStatement", _statement(_statement_lines([picture.rights]))),
        **_if_any("rights", licence_address(picture.rights.licence)),
        "thumbnail": [_thumbnail(picture)],
        "items": [
            {
                "id": f"{address}/page",
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": f"{address}/painting",
                        "type": "Annotation",
                        "motivation": "painting",
                        "body": _body(picture),
                        "target": address,
                    }
                ],
            }
        ],
    }


def _empty_canvas(record: PublishedRecord) -> dict[str, Any]:
    return {
        "id": f"{record.page}canvas/0",
        "type": "Canvas",
        "label": {"en": [f"{record.title}: no picture"]},
        "width": EMPTY_SIDE,
        "height": EMPTY_SIDE,
        "items": [{"id": f"{record.page}canvas/0/page", "type": "AnnotationPage", "items": []}],
    }


def _body(picture: PublishedPicture) -> dict[str, Any]:
    width, height = _within(picture, DISPLAY_SIDE)
    return {
        "id": picture.image,
        "type": "Image",
        "format": "image/webp",
        "width": width,
        "height": height,
        **_if_any("service", [_service(picture.service)] if picture.service else []),
    }


def _service(address: str) -> dict[str, Any]:
    """The least that every service does. Which version it is of is read from its address, where that says it; a viewer
    asks the service itself before it uses it."""
    if re.search(r"/(?:v|iiif/?)?3(?:\.\d)?/", address):
        return {"id": address, "type": "ImageService3", "profile": "level0"}
    return {"@id": address, "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level0.json"}


def _thumbnail(picture: PublishedPicture) -> dict[str, Any]:
    width, height = _within(picture, THUMBNAIL_SIDE)
    return {"id": picture.thumbnail, "type": "Image", "format": "image/webp", "width": width, "height": height}


def _within(picture: PublishedPicture, side: int) -> tuple[int, int]:
    """Its size when made to fit a square of that side; small pictures are not enlarged."""
    scale = min(1.0, side / max(picture.width, picture.height))
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
