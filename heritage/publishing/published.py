"""A record as it is given to programs: plain data with whole addresses, and nothing that may not be shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SIMULATED = "Simulated: drawn by Heritage Weaver for demonstration."


@dataclass(frozen=True, slots=True)
class PublishedRights:
    """What a museum wants said; empty where it says nothing."""

    licence: str = ""  # an address, or the museum's words
    credit: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class PublishedPicture:
    """A picture in the store. `width` and `height` are those of the museum's file, in pixels the right way up."""

    image: str  # the address of what pages show, at most 1,200 px on the longer side
    thumbnail: str
    width: int
    height: int
    view: str
    service: str  # base address of the museum's IIIF Image API service, or empty
    sensitive: bool
    rights: PublishedRights


@dataclass(frozen=True, slots=True)
class PublishedCollection:
    slug: str
    name: str
    language: str  # a tag such as de; empty if mixed or not known
    simulated: bool
    page: str
    records: int
    pictures: int


@dataclass(frozen=True, slots=True)
class PublishedRecord:
    """One record. `page`, `manifest` and `linked_art` are its addresses here, `museum_page` is the museum's."""

    id: int
    record_id: str
    collection: str  # slug
    collection_name: str
    collection_language: str
    collection_page: str
    simulated: bool
    name: str
    name_language: str
    description: str
    description_language: str
    taxonomy: Sequence[str]
    accession: str
    kind: str
    museum_page: str
    sensitive: bool
    rights: PublishedRights
    updated: datetime
    page: str
    manifest: str
    linked_art: str
    pictures: Sequence[PublishedPicture]

    @property
    def title(self) -> str:
        """Its name, or its identifier where it has none."""
        return self.name or self.record_id

    @property
    def open_description(self) -> str:
        """For viewers, which cannot cover what is sensitive: empty where it is."""
        return "" if self.sensitive else self.description

    @property
    def open_pictures(self) -> list[PublishedPicture]:
        """Those that a viewer may show without being asked to."""
        return [picture for picture in self.pictures if not picture.sensitive]
