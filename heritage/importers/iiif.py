"""Manifests of the IIIF Presentation API, versions 2 and 3, as records; collections as lists of manifests.

Documents are walked as they come rather than checked against the specification: manifests in the wild mix both
versions, leave out lists and languages, and are nonetheless what viewers show. Nothing is fetched but through the
function that the caller gives. Pure.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heritage.errors import UserError

from .cleaning import checked_record, checked_record_id, checked_text, checked_url, folded, plain_text, says_nothing
from .containers import Part, parts_of, whole
from .expressions import TextInLanguage, in_one_language
from .fetched import Fetch, FetchedDocuments
from .record_files import NamedFile
from .source_records import FieldError, ImageSource, Notice, RowProblem, SourceItem, SourceRecord, SourceRights

# A collection may name every page that a museum has, and collections one another.
MOST_DOCUMENTS = 100_000
DEEPEST_COLLECTION = 8
_WITHOUT_LANGUAGE = frozenset({"none", "@none", "und", "zxx", ""})
# Contexts, types and profiles of the Image API, of version 1 as well.
_IMAGE_SERVICES = ("/image", "image-api", "ImageService", "level0", "level1", "level2")
_VALUES = ("@value", "value", "chars")


@dataclass(frozen=True, slots=True)
class ManifestReference:
    """A manifest or collection that a collection names; `document` where it is embedded as a whole."""

    url: str
    is_collection: bool
    document: dict[str, Any] | None = None


def is_manifest(document: Any) -> bool:
    """Whether a JSON document is a manifest of either version."""
    return isinstance(document, dict) and (_type(document) == "manifest" or "sequences" in document)


def is_collection(document: Any) -> bool:
    """Whether a JSON document is a collection, or a page of one, of either version."""
    return isinstance(document, dict) and _type(document) in ("collection", "collectionpage")


def references(collection: dict[str, Any]) -> list[ManifestReference]:
    """What a collection refers to, in its order; pages of a long one come last, as collections."""
    found = []
    for key in ("collections", "manifests", "members", "items"):
        for entry in _list(collection.get(key)):
            url = entry if isinstance(entry, str) else _id(entry)
            kind = _type(entry) or ("collection" if key == "collections" else "manifest")
            if url and kind in ("manifest", "collection"):
                embedded = isinstance(entry, dict) and any(
                    entry.get(name) for name in ("sequences", "items", "manifests", "members", "collections")
                )
                found.append(ManifestReference(url, kind == "collection", entry if embedded else None))
    for key in ("first", "next"):
        if url := _id(collection.get(key)):
            found.append(ManifestReference(url, True))
    return found


def items_of_manifest(
    manifest: dict[str, Any], *, file: str, prefer: Sequence[str] = (), address: str = ""
) -> list[SourceItem]:
    """The record that a manifest describes, after notices of pictures that cannot be used; or why there is none.

    `address` is where it was fetched from: its identifier where it does not say one itself.
    """
    notices: list[SourceItem] = []
    record_id = ""
    try:
        record_id = checked_record_id(_id(manifest) or address, "id")
        record = _record(manifest, record_id, file, prefer, notices)
    except FieldError as error:
        return [*notices, RowProblem(file, 1, error.field, error.reason, record_id)]
    return [*notices, record]


def _record(
    manifest: dict[str, Any], record_id: str, file: str, prefer: Sequence[str], notices: list[SourceItem]
) -> SourceRecord:
    label = in_one_language(_texts(manifest.get("label")), prefer)
    summary = in_one_language(_texts(manifest.get("summary") or manifest.get("description")), prefer)
    languages = {
        name: language
        for name, texts in (("name", label), ("description", summary))
        if texts and (language := getattr(texts[0], "language", ""))
    }
    sentences = [*(_cleaned(text, "summary") for text in summary), *_pairs(manifest.get("metadata"), prefer)]
    statement = manifest.get("requiredStatement")
    statement = statement.get("value") if isinstance(statement, dict) else statement
    return checked_record(
        SourceRecord(
            record_id=record_id,
            name=_said(manifest.get("label"), prefer, "label"),
            description=checked_text(" ".join(map(_ended, filter(None, sentences))), "metadata"),
            taxonomy=(),
            images=tuple(_images(manifest, file, prefer, notices)),
            file=file,
            line=1,
            page=_page(manifest),
            languages=tuple(sorted(languages.items())),
            rights=SourceRights(
                licence="; ".join(
                    filter(None, map(_address, _list(manifest.get("rights") or manifest.get("license"))))
                ),
                statement=_said(statement or manifest.get("attribution"), prefer, "requiredStatement"),
            ),
        )
    )


def _pairs(metadata: Any, prefer: Sequence[str]) -> Iterator[str]:
    """Each pair as “Material: brass”, without those that are nothing but an address."""
    for pair in _list(metadata):
        if not isinstance(pair, dict):
            continue
        label, value = _said(pair.get("label"), prefer, "metadata"), _said(pair.get("value"), prefer, "metadata")
        if value and not (value.startswith(("http://", "https://")) and " " not in value):
            yield f"{label.rstrip(':')}: {value}" if label else value


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…", "。")) else f"{sentence}."


def _images(
    manifest: dict[str, Any], file: str, prefer: Sequence[str], notices: list[SourceItem]
) -> Iterator[ImageSource]:
    """What is painted on the canvases, in their order."""
    seen: set[str] = set()
    for order, canvas in enumerate(_canvases(manifest)):
        view = folded(_said(canvas.get("label"), prefer, "canvas label"))[:200]
        for body in _painted(canvas):
            try:
                service = checked_url(_image_service(body).removesuffix("/info.json").rstrip("/"), "service")
                url = checked_url(_id(body), "image") or service
            except FieldError as error:
                notices.append(Notice("pictures without an address that can be fetched", f"{file}: {error.reason}"))
                continue
            if url and url not in seen:
                seen.add(url)
                yield ImageSource(file, 1, "image", url=url, view=view, service=service, order=float(order))


def _canvases(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Of several sequences (version 2) the first: the others order the same canvases differently."""
    sequences = _objects(manifest.get("sequences"))
    return _objects(sequences[0].get("canvases") if sequences else manifest.get("items"))


def _painted(canvas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies of the annotations that paint images; of a choice, the one that is shown first."""
    annotations = _objects(canvas.get("images"))
    for page in _objects(canvas.get("items")):
        annotations += _objects(page.get("items"))
    for annotation in annotations:
        motivations = _list(annotation.get("motivation"))
        if motivations and not any(str(each).rpartition(":")[2] == "painting" for each in motivations):
            continue
        for body in _objects(annotation.get("resource") or annotation.get("body")):
            body = _chosen(body)
            if _type(body) in ("image", ""):
                yield body


def _chosen(body: dict[str, Any]) -> dict[str, Any]:
    """`body`, or the image inside: a choice's default, what a part of an image (specific resource) is taken from."""
    for _ in range(3):
        inside = _objects(body.get("default")) or _objects(body.get("full")) or _objects(body.get("source"))
        if _type(body) == "choice":
            inside = inside or _objects(body.get("items")) or _objects(body.get("item"))
        if not inside:
            break
        body = inside[0]
    return body


def _image_service(body: dict[str, Any]) -> str:
    """The base address of the first service of the body that serves images, or ""."""
    for service in _objects(body.get("service")):
        words = " ".join(str(service.get(key, "")) for key in ("@context", "type", "@type", "profile"))
        if not words.strip() or any(mark in words for mark in _IMAGE_SERVICES):
            return _id(service)
    # The address of the image may be a request to one.
    base, _, request = _id(body).partition("/full/")
    return base if "/0/default." in request else ""


def _page(manifest: dict[str, Any]) -> str:
    """The first page about the object: version 3's homepage, version 2's related."""
    entries = _list(manifest.get("homepage")) + _list(manifest.get("related"))
    html = [each for each in entries if isinstance(each, dict) and "html" in str(each.get("format", ""))]
    for entry in html + entries:
        try:
            if url := checked_url(_address(entry), "homepage"):
                return url
        except FieldError:
            continue
    return ""


def _texts(value: Any, language: str = "") -> list[str]:
    """The texts in any of the ways in which both versions write them, each with its language where it says one."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each, language)]
    if isinstance(value, dict):
        if key := next((key for key in _VALUES if key in value), ""):
            tag = value.get("@language") or value.get("language")
            return _texts(value[key], tag if isinstance(tag, str) else language)
        return [
            text
            for tag, each in value.items()
            if not tag.startswith("@") or tag == "@none"
            for text in _texts(each, "" if tag in _WITHOUT_LANGUAGE else tag)
        ]
    text = "" if value is None or isinstance(value, bool) else str(value)
    if not text.strip() or says_nothing(text):
        return []
    return [TextInLanguage(text, language) if language else text]


def _said(value: Any, prefer: Sequence[str], name: str) -> str:
    return "; ".join(filter(None, (_cleaned(text, name) for text in in_one_language(_texts(value), prefer))))


def _cleaned(text: str, name: str) -> str:
    return plain_text(checked_text(text, name))


def _list(value: Any) -> list[Any]:
    """`value` as a list: an only entry often stands without one."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _id(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id") or value.get("@id")
    return value.strip() if isinstance(value, str) else ""


def _address(value: Any) -> str:
    return value.strip() if isinstance(value, str) else _id(value)


def _type(value: Any) -> str:
    """The type without its prefix, in lower case: sc:Manifest and Manifest are one, dctypes:Image and Image too."""
    kind = (value.get("type") or value.get("@type") or "") if isinstance(value, dict) else ""
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return kind.rpartition(":")[2].casefold() if isinstance(kind, str) else ""


@dataclass
class IiifSource:
    """The records of manifests: in files, at addresses, and in what collections among them refer to.

    A `source_records.Source`. Without `fetched`, what collections refer to is not read, and a Notice says so.
    """

    files: Sequence[NamedFile] = ()
    addresses: Sequence[str] = ()
    fetched: FetchedDocuments | None = None
    prefer: Sequence[str] = ("en",)
    most_documents: int = MOST_DOCUMENTS
    _seen: set[str] = field(default_factory=set)

    def identifiers(self) -> Iterator[str]:
        for item in self.items():
            if not isinstance(item, Notice):
                yield item.record_id

    def items(self) -> Iterator[SourceItem]:
        self._seen = set()
        alone = len(self.files) + len(self.addresses) == 1
        collections: list[ManifestReference] = []
        for file in self.files:
            for part in parts_of(file.path, name=file.name):
                if not isinstance(part, Part):
                    yield part
                    continue
                try:
                    document = _parsed(whole(part), part.name)
                except UserError as error:
                    # One bad file among many is a problem of its own; the only one is the end.
                    if alone and part.name == file.name:
                        raise
                    yield RowProblem(part.name, 0, "", str(error))
                    continue
                self._seen.add(_id(document))
                start = ManifestReference(part.name, is_collection(document), document)
                if start.is_collection:
                    collections.append(start)
                else:
                    yield from self._follow(start)
        # Last: what a collection refers to may lie beside it.
        for start in collections:
            yield from self._follow(start)
        for address in self.addresses:
            self._seen.add(address)
            yield from self._follow(ManifestReference(address, False), alone=alone)

    def _follow(self, start: ManifestReference, *, alone: bool = False) -> Iterator[SourceItem]:
        """The records of `start` and of all that it refers to, in order, each document once."""
        # No recursion: a long collection is a chain of pages.
        pending = [(start, 0)]
        while pending:
            reference, depth = pending.pop()
            try:
                document = self._document(reference)
            except UserError as error:
                if alone and reference is start:
                    raise
                yield RowProblem(reference.url, 0, "", str(error))
                continue
            if document is None:
                yield Notice("manifests that a collection only refers to, which were not read", reference.url)
            elif is_manifest(document):
                address = reference.url if reference.url.startswith(("http://", "https://")) else ""
                yield from items_of_manifest(document, file=reference.url, prefer=self.prefer, address=address)
            elif depth >= DEEPEST_COLLECTION:
                reason = f"is a collection inside {DEEPEST_COLLECTION} others; import it by itself"
                yield RowProblem(reference.url, 0, "", reason)
            else:
                unseen = [each for each in references(document) if self._is_new(each)]
                yield from (Notice(self._beyond, each.url) for each in unseen if each.url not in self._seen)
                pages = {_id(document.get("first")), _id(document.get("next"))}
                # Pages of one collection follow one another, and lie no deeper for it.
                pending += [
                    (each, depth + (each.url not in pages)) for each in reversed(unseen) if each.url in self._seen
                ]

    def _is_new(self, reference: ManifestReference) -> bool:
        """Whether it was not met before; notes it, as long as there are not too many."""
        if reference.url in self._seen:
            return False
        if len(self._seen) < self.most_documents:
            self._seen.add(reference.url)
        return True

    @property
    def _beyond(self) -> str:
        return f"manifests beyond the first {self.most_documents:,}, which were not read"

    def _document(self, reference: ManifestReference) -> dict[str, Any] | None:
        """The document itself, None where nothing is fetched. Raises UserError where it cannot be had."""
        if reference.document is not None or self.fetched is None:
            return reference.document
        return _parsed(self.fetched.get(reference.url), reference.url)


def _parsed(data: bytes, name: str) -> dict[str, Any]:
    """Raises UserError where `data` is neither a manifest nor a collection."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not JSON ({error}); give the address or file of a IIIF manifest.") from error
    if not (is_manifest(document) or is_collection(document)):
        raise UserError(f"{name} is neither a IIIF manifest nor a collection; give the address or file of one.")
    checked: dict[str, Any] = document
    return checked


def open_source(
    places: Sequence[str | Path | NamedFile],
    fetch: Fetch | None = None,
    *,
    folder: Path | None = None,
    prefer: Sequence[str] = ("en",),
) -> IiifSource:
    """The source of `places`: addresses of manifests and collections, files, folders and archives of them.

    What `fetch` brings is kept in `folder`, or as long as the source. Raises UserError for an address without `fetch`.
    """
    addresses = [place for place in places if isinstance(place, str) and place.startswith(("http://", "https://"))]
    if addresses and fetch is None:
        raise UserError(f"{addresses[0]} is an address, and nothing is fetched here; give the manifest as a file.")
    files = [
        place if isinstance(place, NamedFile) else NamedFile.at(Path(place))
        for place in places
        if not (isinstance(place, str) and place in addresses)
    ]
    fetched = FetchedDocuments(fetch, folder) if fetch is not None else None
    return IiifSource(files, addresses, fetched, prefer)
