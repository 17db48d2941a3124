"""A mapping says which columns or paths of a source become which fields of a record. Pure.

It is a small JSON document, which people keep, send and edit:

    {"name": "our-tms", "title": "...", "fields": {"record_id": "Object Number", ...}, "pictures": [{"url": ...}]}

`fields` has sources (see `expressions`) by the names in FIELDS; `pictures` a list of descriptions, each with `url`,
`file` or `service` and any of `each` (the path of a list whose entries are the pictures), `order`, `primary`, `view`
and the rights; `keep` conditions that a row has to meet; `require` paths without which a row is refused; `rows` where
the rows lie in a document; `prefer` which languages to take where the source has several; `table` whether it is of
tables, whose columns may be called anything; `recognise` by what the format is known.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass
from typing import Any

from heritage.errors import UserError

from .cleaning import (
    address_of_nothing,
    checked_path,
    checked_record,
    checked_record_id,
    checked_text,
    checked_url,
    folded,
    has_invisible,
    looks_like_a_date,
    plain_text,
    says_nothing,
    taxonomy_terms,
)
from .expressions import Columns, Source, Texts, compile_path, compile_source, in_one_language, nothing
from .readers.rows import Row
from .source_records import (
    NO_RIGHTS,
    FieldError,
    ImageSource,
    LeftOut,
    Notice,
    RowProblem,
    SourceItem,
    SourceRecord,
    SourceRights,
)

FIELDS = {
    "record_id": "Identifier",
    "accession": "Second identifier",
    "name": "Name",
    "description": "Description",
    "taxonomy": "Terms",
    "page": "Museum's page",
    "kind": "Kind of record",
    "language": "Language",
    "licence": "Licence",
    "credit": "Credit line",
    "statement": "Required statement",
    "sensitive": "Sensitive",
    "withheld": "May not be shown",
}
_RIGHTS = ("licence", "credit", "statement", "sensitive", "withheld")
_PICTURE = frozenset({"each", "url", "file", "service", "order", "primary", "view", *_RIGHTS})
_CONDITION = frozenset({"of", "is", "is_not", "or_absent"})
_NO = frozenset({"", "0", "false", "no", "n", "f", "nein", "non", "none", "public"})
# Several addresses in a cell, whatever stands between them.
_BETWEEN_ADDRESSES = re.compile(r"[\s|;,]+(?=https?://)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as its document says it; `bind` makes it ready for the columns of a file."""

    name: str
    fields: dict[str, Source]
    title: str = ""
    pictures: tuple[dict[str, Any], ...] = ()
    keep: tuple[dict[str, Any], ...] = ()
    require: tuple[str, ...] = ()
    rows: str = ""
    table: bool = False
    prefer: tuple[str, ...] = ()
    recognise: str | list[str] = ""
    documentation: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, document: Any, *, name: str = "") -> "Mapping":
        """Raises UserError, saying what is wrong and where, for a document that is no mapping."""
        if not isinstance(document, dict):
            raise UserError("A mapping is a JSON object with “fields”; see docs/guides/collections.md.")
        known = set(cls.__dataclass_fields__)
        if unknown := sorted(document.keys() - known):
            raise UserError(
                f"The mapping has {unknown[0]}, which no mapping has; it may have {', '.join(sorted(known))}."
            )
        fields = document.get("fields")
        if not isinstance(fields, dict) or not fields.get("record_id"):
            raise UserError("The mapping does not say which column is the identifier; map record_id.")
        _known("field", fields, FIELDS)
        pictures, keep = document.get("pictures", []), document.get("keep", [])
        for what, entries, keys in (("picture", pictures, _PICTURE), ("condition", keep, _CONDITION)):
            if not isinstance(entries, list | tuple) or not all(isinstance(entry, dict) for entry in entries):
                raise UserError(f"The mapping's list of {what}s is no list of objects; write [{{…}}].")
            for entry in entries:
                _known(what, entry, keys)
        mapping = cls(
            name=str(document.get("name") or name),
            fields=dict(fields),
            title=str(document.get("title", "")),
            pictures=tuple(pictures),
            keep=tuple(keep),
            require=tuple(document.get("require", ())),
            rows=str(document.get("rows", "")),
            table=bool(document.get("table")) or isinstance(document.get("recognise"), list),
            prefer=tuple(document.get("prefer", ())),
            recognise=document.get("recognise", ""),
            documentation=str(document.get("documentation", "")),
            notes=tuple(document.get("notes", ())),
        )
        mapping.bind([] if mapping.table else None)  # Raises where a source is malformed.
        return mapping

    def as_document(self) -> dict[str, Any]:
        """What `from_document` reads, without what is empty."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items() if value}

    def bind(self, columns: Sequence[str] | None) -> "BoundMapping":
        """Ready for a table with these columns or, with None, for nested rows."""
        return BoundMapping(self, columns)

    @property
    def identifiers(self) -> list[str]:
        """Columns of which a table's header has one: those of the identifier. Raises UserError where the mapping says
        nothing of it."""
        if "record_id" not in self.fields:
            raise UserError('The mapping does not say which column is the identifier: --map record_id="…" does.')
        return list(_columns_of(self.fields["record_id"]))


def _known(what: str, entries: AnyMapping[str, Any], known: Any) -> None:
    if unknown := sorted(entries.keys() - set(known)):
        raise UserError(f"The mapping has the {what} {unknown[0]}; there are: {', '.join(sorted(known))}.")


def _columns_of(source: Any) -> Iterator[str]:
    if isinstance(source, str):
        yield source
    elif isinstance(source, list):
        for each in source:
            yield from _columns_of(each)
    elif isinstance(source, dict):
        for key in ("of", "join", "sentences", "all"):
            yield from _columns_of(source.get(key))


@dataclass(frozen=True, slots=True)
class _Picture:
    """A compiled description of pictures: functions of the row, or of each entry of `each`.

    `labels` says which column or path each comes from, for people.
    """

    entries: Any
    sources: dict[str, Texts]
    labels: dict[str, str]


class BoundMapping:
    """A mapping compiled for one file: makes a record of each row."""

    def __init__(self, mapping: Mapping, columns: Sequence[str] | None) -> None:
        self.columns = Columns(columns) if columns is not None else None
        self._prefer = mapping.prefer
        self._labels = {name: next(_columns_of(source), name) for name, source in mapping.fields.items()}
        self._fields = self._answerable({name: (source, name) for name, source in mapping.fields.items()})
        self._rights = [name for name in _RIGHTS if name in self._fields]
        self._pictures = [self._picture(each) for each in mapping.pictures]
        self._keep = [self._condition(each) for each in mapping.keep]
        self._require = [(each, compile_path(each, "require")) for each in mapping.require if columns is None]

    def _answerable(self, sources: dict[str, tuple[Source, str]]) -> dict[str, Texts]:
        """The compiled sources, without those that read only columns that the table lacks."""
        compiled = {key: self._compile(source, name) for key, (source, name) in sources.items()}
        return {key: texts for key, texts in compiled.items() if texts is not nothing}

    def _compile(self, source: Source, name: str) -> Texts:
        return compile_source(source, self.columns, field=name, prefer=self._prefer)

    def _picture(self, described: dict[str, Any]) -> _Picture:
        each = described.get("each")
        if each is not None and self.columns is not None:
            raise UserError("The mapping's pictures read “each”, which tables do not have; name a column.")
        sources = self._answerable(
            {key: (source, f"pictures {key}") for key, source in described.items() if key != "each"}
        )
        labels = {key: next(_columns_of(source), key) for key, source in described.items()}
        return _Picture(compile_path(each, "pictures") if each else None, sources, labels)

    def _condition(self, condition: dict[str, Any]) -> Any:
        texts = self._compile(condition.get("of", ""), "keep")
        wanted = {str(each).casefold() for each in condition.get("is", ())}
        unwanted = {str(each).casefold() for each in condition.get("is_not", ())}
        or_absent = bool(condition.get("or_absent", not wanted))

        def holds(row: Any) -> bool:
            said = {text.strip().casefold() for text in texts(row) if text.strip()}
            if not said:
                return or_absent
            return not (said & unwanted) and (not wanted or bool(said & wanted))

        return holds

    def identifier(self, row: Row) -> str:
        """The row's identifier for telling rows of one record from others, "" where it has none."""
        try:
            return self._record_id(row)
        except FieldError:
            return ""

    def _record_id(self, row: Row) -> str:
        label = self._labels["record_id"]
        texts = self._fields.get("record_id", nothing)(row.fields)
        return checked_record_id(texts[0] if texts else "", label)

    def items(self, row: Row, *, file: str) -> list[SourceItem]:
        """What the row says: notices first, then the record, or why it cannot be used, or that it is left out."""
        notices: list[SourceItem] = []
        try:
            if self._keep and not all(holds(row.fields) for holds in self._keep):
                return [LeftOut(self.identifier(row))]
            record = self._record(row, file, notices)
        except FieldError as error:
            return [*notices, RowProblem(file, row.line, error.field, error.reason, self.identifier(row))]
        return [*notices, record]

    def _record(self, row: Row, file: str, notices: list[SourceItem]) -> SourceRecord:
        for path, search in self._require:
            if search(row.fields) is None:
                raise FieldError(path, "is missing; this is no record of this format")
        record_id = self._record_id(row)
        place = f"{file}:{row.line}"
        written = self._fields["record_id"](row.fields)[0]
        if has_invisible(written):
            notices.append(Notice("identifiers with characters that nobody sees", f"{record_id} ({place})"))
        if looks_like_a_date(record_id):
            notices.append(Notice("identifiers that look like dates made by a spreadsheet", f"{record_id} ({place})"))

        def texts(name: str) -> list[str]:
            source = self._fields.get(name)
            if source is None:
                return []
            said = []
            for text in source(row.fields):
                if says_nothing(text):
                    label = self._labels[name]
                    notices.append(Notice("words for nothing", f"{label} “{text.strip()}” ({place})"))
                elif text.strip():
                    said.append(text)
            return said

        languages = {}

        def text(name: str, *, joined_by: str = "; ") -> str:
            found = texts(name)
            if not found:
                return ""
            chosen = in_one_language(found, self._prefer)
            if language := _language(getattr(chosen[0], "language", "")):
                languages[name] = language
            cleaned = plain_text(checked_text(joined_by.join(chosen), self._labels[name]))
            return "" if says_nothing(cleaned) else cleaned

        name, description = text("name"), text("description")
        if language := _language(text("language")):
            languages = {"name": language, "description": language} | languages
        labels = self._labels
        rights = self._rights_of(self._fields, row.fields) if self._rights else NO_RIGHTS
        return checked_record(
            SourceRecord(
                record_id=record_id,
                name=name,
                description=description,
                taxonomy=taxonomy_terms(
                    *(
                        checked_text(each, labels["taxonomy"])
                        for each in in_one_language(texts("taxonomy"), self._prefer)
                    )
                ),
                images=tuple(self._images(row, file, notices)),
                file=file,
                line=row.line,
                accession=text("accession"),
                page=_page(texts("page")),
                kind=text("kind"),
                languages=tuple(sorted(languages.items())),
                rights=rights,
            )
        )

    def _rights_of(self, sources: AnyMapping[str, Texts], fields: Any) -> SourceRights:
        said: dict[str, Any] = {}
        for name in _RIGHTS:
            source = sources.get(name)
            if source is None:
                continue
            texts = [text for text in source(fields) if text.strip() and not says_nothing(text)]
            if name in ("sensitive", "withheld"):
                said[name] = any(text.strip().casefold() not in _NO for text in texts)
            else:
                said[name] = plain_text(checked_text("; ".join(texts), name))
        return SourceRights(**said)

    def _images(self, row: Row, file: str, notices: list[SourceItem]) -> Iterator[ImageSource]:
        seen: set[str] = set()
        for described in self._pictures:
            entries = [row.fields] if described.entries is None else _entries(described.entries(row.fields))
            for entry in entries:
                for image in self._of_entry(described, entry, row, file, notices):
                    if image.source not in seen:
                        seen.add(image.source)
                        yield image

    def _of_entry(
        self, described: _Picture, entry: Any, row: Row, file: str, notices: list[SourceItem]
    ) -> Iterator[ImageSource]:
        sources = described.sources

        def texts(key: str) -> list[str]:
            found = sources[key](entry) if key in sources else []
            return [text.strip() for text in found if text.strip() and not says_nothing(text)]

        labels = described.labels
        services = [checked_url(url, labels["service"]) for url in texts("service")]
        urls = [url for cell in texts("url") for url in _BETWEEN_ADDRESSES.split(cell)]
        if nothing := [url for url in urls if address_of_nothing(url)]:
            notices.append(Notice("words for nothing", f"{labels['url']} “{nothing[0]}” ({file}:{row.line})"))
        urls = [checked_url(url, labels["url"]) for url in urls if not address_of_nothing(url)] or services
        paths = [checked_path(path, labels["file"]) for path in texts("file")]
        if not urls and not paths:
            return
        order = _order(texts("order"), texts("primary"))
        own = self._rights_of(sources, entry) if any(name in sources for name in _RIGHTS) else NO_RIGHTS
        views = texts("view")
        for index in range(max(len(urls), len(paths))):
            yield ImageSource(
                file,
                row.line,
                labels["file" if index < len(paths) else "url" if "url" in labels else "service"],
                url=urls[index] if index < len(urls) else "",
                path=paths[index] if index < len(paths) else "",
                view=folded(plain_text(checked_text(views[0], "view")))[:200] if views else "",
                service=services[index] if index < len(services) else "",
                order=order,
                rights=own,
            )

    def unread(self) -> list[str]:
        """Columns of the table that nothing of the mapping reads."""
        if self.columns is None:
            return []
        return [name for name in dict.fromkeys(self.columns.names) if name and name not in self.columns.read]

    def repeated(self) -> list[str]:
        """Columns of the table that share their name with another; the mapping reads none of them."""
        return self.columns.repeated if self.columns is not None else []

    def missing(self) -> list[str]:
        """Columns that the mapping reads and the table does not have."""
        return sorted(self.columns.missing) if self.columns is not None else []


def _entries(found: Any) -> list[Any]:
    """The pictures in what a path found; an only one may stand without its list."""
    if found is None:
        return []
    return [entry for entry in found if entry is not None] if isinstance(found, list) else [found]


def _order(order: list[str], primary: list[str]) -> float | None:
    if any(text.casefold() not in _NO for text in primary):
        return -1.0
    try:
        return float(order[0]) if order else None
    except ValueError:
        return None


def _language(tag: str) -> str:
    """`tag` as language tags are written, or "" where it is none."""
    first, *rest = tag.strip().replace("_", "-").split("-")
    tag = "-".join([first.lower(), *rest])
    return tag if len(tag) <= 35 and _LANGUAGE.fullmatch(tag) else ""


def _page(texts: list[str]) -> str:
    """The first address among `texts`; what is no address is no page, and nothing that a record falls for."""
    for text in texts:
        try:
            return checked_url(text, "page")
        except FieldError:
            continue
    return ""
