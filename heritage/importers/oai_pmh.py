"""Records harvested by OAI-PMH: page after page of ListRecords, each kept for the second reading.

Rows go through a mapping, as those of files do. Who fetches is the caller's: his function waits as the server asks.
Pure.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from heritage.errors import UserError

from .containers import Part
from .fetched import Fetch, FetchedDocuments
from .mapping import Mapping
from .readers.rows import Layout, Row
from .readers.xml_documents import read_xml
from .shipped import shipped_mapping
from .source_records import Notice, RowProblem, SourceItem

# The mapping that ships for each metadataPrefix that museums offer.
FORMATS = {"oai_dc": "oai-dc", "lido": "lido", "edm": "edm", "mods": "mods"}
MOST_PAGES = 100_000
_PARAMETERS = frozenset({"verb", "metadataPrefix", "set", "from", "until", "resumptionToken", "identifier"})
# XML has no such characters, and catalogues have them all the same: one would hide the rest of its page.
_NO_CHARACTERS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ERRORS = {
    "badArgument": "does not understand the request; check the set and the dates",
    "badResumptionToken": "no longer knows how far the harvest got; start it again, from the beginning",
    "badVerb": "does not know ListRecords; check the address",
    "cannotDisseminateFormat": "does not offer the format “{prefix}”; choose another metadataPrefix",
    "noSetHierarchy": "has no sets; harvest it without one",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records to ask for: `start` and `end` are dates (2026-03-01) or times in UTC (2026-03-01T08:00:00Z)."""

    prefix: str = "oai_dc"
    set: str = ""
    start: str = ""
    end: str = ""

    def parameters(self) -> dict[str, str]:
        asked = {"metadataPrefix": self.prefix, "set": self.set, "from": self.start, "until": self.end}
        return {"verb": "ListRecords"} | {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a page says of itself; `token` is empty on the last."""

    token: str = ""
    error: str = ""
    message: str = ""


@dataclass
class OaiSource:
    """The records of a repository at `address`, its base URL; a `source_records.Source`.

    A harvest that breaks off goes on with the first page that is missing, where `fetched` keeps its pages in a folder.
    """

    address: str
    mapping: Mapping
    fetched: FetchedDocuments
    selection: Selection = Selection()

    def identifiers(self) -> Iterator[str]:
        bound = self.mapping.bind(None)
        for item, _ in self._rows():
            if isinstance(item, Row):
                yield bound.identifier(item)
            elif isinstance(item, RowProblem):
                yield item.record_id

    def items(self) -> Iterator[SourceItem]:
        bound = self.mapping.bind(None)
        for item, page in self._rows():
            if isinstance(item, Row):
                yield from bound.items(item, file=page)
            else:
                yield item

    def _rows(self) -> Iterator[tuple[Row | RowProblem | Notice, str]]:
        """The rows of all pages, each with its page's name for people."""
        layout = Layout("xml", rows=self.mapping.rows or "record")
        for number, page in enumerate(self._pages(), start=1):
            name = f"{self.address} page {number}"
            if isinstance(page, Notice):
                yield page, name
                continue
            for item in read_xml(Part(name, partial(io.BytesIO, page)), layout).rows:
                yield item, name

    def _pages(self) -> Iterator[bytes | Notice]:
        """Every page, in order. Raises UserError where the repository answers none."""
        urls: list[str] = []
        parameters = self.selection.parameters()
        while True:
            url = _with_parameters(self.address, parameters)
            if url in urls[-1:] or len(urls) >= MOST_PAGES:
                raise UserError(f"{self.address} answers without end: page {len(urls) + 1} is the one before it again.")
            urls.append(url)
            data = _NO_CHARACTERS.sub(b" ", self.fetched.get(url))
            answer = self._answer(data, urls)
            if answer.error:
                yield Notice("nothing to harvest", f"{self.address}: {answer.message or 'no records match'}")
                return
            yield data
            if not answer.token:
                return
            parameters = {"verb": "ListRecords", "resumptionToken": answer.token}

    def _answer(self, data: bytes, urls: list[str]) -> _Answer:
        """What the page says. Raises UserError for every error but that no records match; none is kept."""
        try:
            answer = _read_answer(data)
        except UserError as error:
            self.fetched.forget(urls[-1])
            raise UserError(f"{self.address} {error}") from error
        if answer.error:
            for url in urls if answer.error == "badResumptionToken" else urls[-1:]:
                self.fetched.forget(url)
            if answer.error != "noRecordsMatch":
                words = _ERRORS.get(answer.error, "refuses").format(prefix=self.selection.prefix)
                said = f" ({answer.error}: {answer.message})" if answer.message else f" ({answer.error})"
                raise UserError(f"{self.address} {words}{said}.")
        return answer


def _read_answer(data: bytes) -> _Answer:
    """Raises UserError, without its subject, where `data` is no answer of OAI-PMH."""
    # Read on after damage: the rows' reader tells of it, and the token stands at the very end.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    is_answer = root is not None and etree.QName(root).localname == "OAI-PMH"
    for error in root.iterchildren("{*}error") if is_answer else ():
        return _Answer(error=error.get("code", "error"), message=" ".join("".join(error.itertext()).split()))
    if not is_answer or root.find("{*}ListRecords") is None:
        raise UserError("does not answer as OAI-PMH does; give the base address of the repository.")
    tokens = [token.text or "" for token in root.iterfind("{*}ListRecords/{*}resumptionToken")]
    return _Answer(token=tokens[-1].strip() if tokens else "")


def _with_parameters(address: str, parameters: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))


def open_harvest(
    address: str,
    fetch: Fetch,
    *,
    selection: Selection | None = None,
    mapping: Mapping | None = None,
    folder: Path | None = None,
) -> OaiSource:
    """The harvest of the repository at `address`, which may also be a whole request (…?verb=ListRecords&set=…).

    Pages are kept in `folder`, to go on after a break, or as long as the source. Without `mapping` the one that ships
    for the format is taken. Raises UserError for an address or a format that cannot be harvested.
    """
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"“{address[:80]}” is no web address; give the base address of an OAI-PMH repository.")
    query = parse_qsl(parts.query, keep_blank_values=True)
    asked = {name: value for name, value in query if name in _PARAMETERS}
    if asked.get("verb", "ListRecords") != "ListRecords":
        raise UserError(f"Records are harvested by ListRecords, not by {asked['verb']}; give the base address alone.")
    rest = urlencode([(name, value) for name, value in query if name not in _PARAMETERS])
    selection = selection or Selection(
        asked.get("metadataPrefix") or "oai_dc", asked.get("set", ""), asked.get("from", ""), asked.get("until", "")
    )
    if mapping is None:
        if selection.prefix not in FORMATS:
            raise UserError(
                f"No mapping ships for the metadataPrefix {selection.prefix}, only for {', '.join(FORMATS)}; give one."
            )
        mapping = shipped_mapping(FORMATS[selection.prefix])
    base = urlunsplit(parts._replace(query=rest, fragment=""))
    return OaiSource(base, mapping, FetchedDocuments(fetch, folder), selection)
