"""A record of every field, for tests of what is made of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from heritage.publishing.published import PublishedPicture, PublishedRecord, PublishedRights

SITE = "https://links.museum.example"


def picture(number: int = 1, **changes: Any) -> PublishedPicture:
    made = PublishedPicture(
        image=f"{SITE}/images/{number:064x}/display",
        thumbnail=f"{SITE}/images/{number:064x}/thumbnail",
        width=4000,
        height=3000,
        view="back",
        service="",
        sensitive=False,
        rights=PublishedRights(licence="CC BY 4.0", credit="© The Museum"),
    )
    return replace(made, **changes)


def record(number: int = 7, **changes: Any) -> PublishedRecord:
    page = f"{SITE}/records/{number}/"
    made = PublishedRecord(
        id=number,
        record_id="T.1932.119",
        collection="smg",
        collection_name="Museum of Telephones",
        collection_language="de",
        collection_page=f"{SITE}/collections/smg/",
        simulated=False,
        name="Tischtelefon",
        name_language="de",
        description="A telephone of black bakelite.",
        description_language="en",
        taxonomy=["telephone", "communication"],
        accession="1932-119/2",
        kind="object",
        museum_page="https://museum.example/objects/7",
        sensitive=False,
        rights=PublishedRights(licence="CC BY 4.0", credit="Gift of A. Donor", statement="Ask before printing."),
        updated=datetime(2026, 1, 31, tzinfo=UTC),
        page=page,
        manifest=f"{page}manifest.json",
        linked_art=f"{page}linked-art.json",
        pictures=[picture(1), picture(2, view="", service="https://iiif.museum.example/iiif/3/7-2")],
    )
    return replace(made, **changes)
