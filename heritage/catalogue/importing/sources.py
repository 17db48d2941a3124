"""Where an import's records come from: files, a IIIF manifest or collection, or a repository to be harvested."""

from collections.abc import Sequence
from pathlib import Path

from heritage.catalogue.web_sources import WebDocuments
from heritage.errors import UserError
from heritage.importers import iiif, oai_pmh
from heritage.importers.containers import DAMAGED, Part, beginning_of, parts_of
from heritage.importers.mapping import Mapping
from heritage.importers.oai_pmh import Selection
from heritage.importers.record_files import NO_HINTS, Hints, NamedFile, RecordFiles
from heritage.importers.source_records import Source

from .drafts import Draft

# Read by a reader of its own, since a manifest is a record with as many pictures as it has pages.
IIIF = "iiif"
_CONTEXT = b"iiif.io/api/presentation/"
_CONTEXT_WITHIN = 1 << 16


def is_address(place: str) -> bool:
    return place.startswith(("https://", "http://"))


def named_files(places: Sequence[str | Path | NamedFile]) -> list[NamedFile]:
    """Files and folders, known by their paths where they have no name. Raises UserError for one that is not there."""
    files = [place if isinstance(place, NamedFile) else NamedFile.at(Path(place)) for place in places]
    for file in files:
        if not file.path.exists():
            raise UserError(f"There is no file {file.name}; check the path.")
    return files


def file_source(files: Sequence[NamedFile], mapping: Mapping | None, hints: Hints = NO_HINTS) -> Source:
    """The records of files by a mapping; without one they are IIIF manifests and collections."""
    return (
        iiif.open_source(files, WebDocuments().fetch_document)
        if mapping is None
        else RecordFiles(files, mapping, hints)
    )


def unmapped_source(draft: Draft) -> Source | None:
    """The source of a draft whose records say themselves what is what: an address, or IIIF documents in files.

    None where rows have to be mapped. Raises UserError.
    """
    if draft.address:
        is_iiif = "verb=" not in draft.address
        return web_source([draft.address], None, is_iiif=is_iiif, selection=None, folder=draft.folder)
    return file_source(draft.named_files, None) if _are_iiif(draft.named_files) else None


def _are_iiif(files: Sequence[NamedFile]) -> bool:
    """Whether the first file of records names the context that IIIF documents have at their beginning."""
    for file in files:
        for part in parts_of(file.path, name=file.name):
            if isinstance(part, Part) and not part.is_workbook:
                try:
                    beginning = beginning_of(part, _CONTEXT_WITHIN)
                except DAMAGED:
                    return False  # what reads it next says so
                return beginning.lstrip()[:1] == b"{" and _CONTEXT in beginning
    return False


def web_source(
    places: Sequence[str], mapping: Mapping | None, *, is_iiif: bool, selection: Selection | None, folder: Path
) -> Source:
    """The records behind addresses: IIIF ones, or one repository that answers OAI-PMH.

    What is fetched lies in `folder`, so that a harvest that was stopped goes on. Raises UserError.
    """
    fetch = WebDocuments().fetch_document
    if is_iiif:
        return iiif.open_source(places, fetch, folder=folder)
    if len(places) > 1:
        raise UserError("One repository is harvested at a time; give its address alone.")
    return oai_pmh.open_harvest(places[0], fetch, selection=selection, mapping=mapping, folder=folder)
