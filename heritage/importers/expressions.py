"""The small language in which a mapping says where a field's texts stand in a row.

A source is written as JSON:

    "Object Number"                          a column of a table, or a JMESPath into nested rows
    ["title.en", "title.de"]                 the first that says something
    {"value": "CC0"}                         always this
    {"join": [...], "with": "; "}            all that say something, as one text
    {"sentences": [...]}                     the same, as sentences
    {"all": [...]}                           what all of them say, one after the other
    {"of": SOURCE, ...}                      what SOURCE says, changed by, in this order,
        "first": true                            only its first
        "split": "|" or [";", "|"]               each text cut at separators
        "strip": "/"                             without these at either end
        "after": "/"                             only what follows the last of these
        "only_starting": ["PF", "MP"]            only texts that begin so
        "is": [...], "true": text                TEXT where one of them is said, else nothing
        "reverse": true                          in the other order
        "lower": true                            in lower case
        "template": "https://m.example/{}"       put into an address; "quote": true escapes it
    {"languages": PATH}                      an object of texts by language tag
    {"each": PATH, "text": PATH, "language": PATH}   objects that say their language

Compiled, a source is a function from a row's fields to a list of texts, not yet cleaned. Pure.
"""

import datetime
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError

from heritage.errors import UserError

from .cleaning import plain_text, says_nothing
from .readers.rows import folded_column
from .source_records import FieldError

Source = str | list[Any] | dict[str, Any]
Texts = Callable[[Any], list[str]]
_CHANGES = frozenset(
    {"first", "split", "strip", "after", "only_starting", "is", "true", "reverse", "lower", "template", "quote"}
)
_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？")


class TextInLanguage(str):
    """A text whose source says its language, as a tag such as de."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> "TextInLanguage":
        made = super().__new__(cls, text)
        made.language = language
        return made


def nothing(_: Any) -> list[str]:
    """What a source says that no column of the table can answer; known by its identity, and never asked."""
    return []


class Columns:
    """The columns of a table, found by their names as people write them; which of them a mapping reads."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.read: set[str] = set()
        self.missing: set[str] = set()
        counts = Counter(name.casefold() for name in self.names if name)
        self.repeated = [name for name in dict.fromkeys(self.names) if counts[name.casefold()] > 1]
        self._exact = {name.casefold(): name for name in reversed(self.names)}
        self._loose = {loosened(name): name for name in reversed(self.names)}

    def find(self, name: str) -> str | None:
        """The column that `name` means, or None: by letters and digits alone, what stands in brackets left out.

        Raises UserError where two columns have that name.
        """
        wanted = folded_column(name)
        found = self._exact.get(wanted.casefold()) or self._loose.get(loosened(wanted))
        if found is None:
            self.missing.add(name)
        elif found in self.repeated:
            raise UserError(f"The table has the column {found} twice; keep one of them, or rename one.")
        else:
            self.read.add(found)
        return found


@lru_cache(1 << 16)
def loosened(name: str) -> str:
    """`name` without case, accents, punctuation and a remark in brackets: "Name (English)" is the column name."""
    plain = unicodedata.normalize("NFD", name.split("(")[0] or name)
    return "".join(character for character in plain.casefold() if character.isalnum()) or name.casefold()


def compile_source(source: Source, columns: Columns | None, *, field: str, prefer: Sequence[str] = ()) -> Texts:
    """The function that `source` describes, for a table of `columns` or, with None, for nested rows.

    `field` names what is mapped, for the UserError that a malformed source raises; `prefer` are the languages in
    which texts are put together where the source has several.
    """
    if isinstance(source, str):
        return _path(source, columns, field)
    if isinstance(source, list):
        return _first_saying([compile_source(each, columns, field=field, prefer=prefer) for each in source])
    if not isinstance(source, dict):
        raise UserError(f"The mapping's {field} is {source!r}; write a column, a path, a list or an object.")
    return _compiled_object(source, columns, field, prefer)


def _compiled_object(source: dict[str, Any], columns: Columns | None, field: str, prefer: Sequence[str]) -> Texts:
    kind = next((key for key in ("value", "join", "sentences", "all", "of", "languages", "each") if key in source), "")
    allowed = {
        "value": {"value"},
        "join": {"join", "with"},
        "sentences": {"sentences"},
        "all": {"all"},
        "of": {"of", *_CHANGES},
        "languages": {"languages"},
        "each": {"each", "text", "language"},
    }.get(kind, set())
    if not kind or source.keys() - allowed:
        unknown = ", ".join(sorted(source.keys() - allowed)) or "nothing"
        raise UserError(f"The mapping's {field} says {unknown}, which no source has; see docs/guides/collections.md.")
    if kind == "value":
        constant = [str(source["value"])]
        return lambda _: constant
    if kind in ("join", "sentences", "all"):
        inner = [compile_source(each, columns, field=field, prefer=prefer) for each in source[kind]]
        inner = [texts for texts in inner if texts is not nothing]
        if not inner:
            return nothing
        if kind == "all":
            return lambda row: [text for texts in inner for text in texts(row)]
        put = _sentences if kind == "sentences" else str(source.get("with", "; ")).join
        return lambda row: _joined([texts(row) for texts in inner], put, prefer)
    if kind == "of":
        return _changed(compile_source(source["of"], columns, field=field, prefer=prefer), source, field)
    if columns is not None:
        raise UserError(f"The mapping's {field} reads “{kind}”, which tables do not have; name a column.")
    if kind == "languages":
        return _by_language(compile_path(source["languages"], field))
    return _each_language(compile_path(source["each"], field), source, field)


def _path(path: str, columns: Columns | None, field: str) -> Texts:
    if columns is None:
        search = compile_path(path, field)
        return lambda row: texts_of(search(row), path)
    column = columns.find(path)
    if column is None:
        return nothing

    def of_column(row: dict[str, Any]) -> list[str]:
        value = row.get(column, "")
        return [value] if value else []

    return of_column


def compile_path(path: str, field: str) -> Callable[[Any], Any]:
    """The function that finds a JMESPath in nested rows. Raises UserError, naming `field`, where it is none."""
    try:
        expression = jmespath.compile(path)
    except JMESPathError as error:
        reason = str(error).split("\n")[0]
        raise UserError(
            f"The mapping's {field}: “{path}” is no path ({reason}); write keys with dots, such as title[].value."
        ) from error

    def search(row: Any) -> Any:
        try:
            return expression.search(row)
        except JMESPathError as error:
            raise FieldError(path, f"cannot be followed here ({str(error).splitlines()[0][:120]})") from error

    return search


def texts_of(value: Any, field: str) -> list[str]:
    """The texts in a JSON value: lists are read through, numbers written out. Raises FieldError for an object."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, int | float):
        return [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)]
    if isinstance(value, datetime.date):
        return [value.isoformat()]
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each, field)]
    inside = ", ".join(list(value)[:4]) or "nothing"
    raise FieldError(field, f"is an object where text is due; name the path inside it: it has {inside}")


def _first_saying(sources: list[Texts]) -> Texts:
    sources = [texts for texts in sources if texts is not nothing]
    if not sources:
        return nothing

    def first(row: Any) -> list[str]:
        for texts in sources:
            if found := [text for text in texts(row) if text.strip() and not says_nothing(text)]:
                return found
        return []

    return first


def _joined(sources: Sequence[list[str]], put: Callable[[list[str]], str], prefer: Sequence[str]) -> list[str]:
    """One text of all that the sources say, in the language of the first of them that says its own."""
    chosen: list[str] = []
    for texts in sources:
        said = [text for text in texts if text.strip() and not says_nothing(text)]
        languages = [tag for text in chosen if (tag := getattr(text, "language", ""))]
        chosen += in_one_language(said, languages[:1] or prefer)
    chosen = list(dict.fromkeys(chosen))
    if not chosen:
        return []
    tags = {getattr(text, "language", "") for text in chosen}
    text = put([each.strip() for each in chosen])
    return [TextInLanguage(text, tags.pop()) if len(tags) == 1 and tags != {""} else text]


def _sentences(texts: list[str]) -> str:
    # Without markup: the full stop of <p>Black.</p> stands before a tag.
    texts = [cleaned for text in texts if (cleaned := plain_text(text))] or texts
    ended = [text if text.endswith(_SENTENCE_ENDS) else f"{text}." for text in texts[:-1]]
    return " ".join([*ended, texts[-1]])


def _changed(inner: Texts, changes: dict[str, Any], field: str) -> Texts:
    if inner is nothing:
        return nothing
    separators = changes.get("split", [])
    separators = [separators] if isinstance(separators, str) else separators
    strip, after = changes.get("strip", ""), changes.get("after", "")
    starts = tuple(changes.get("only_starting", ()))
    among = {str(each).casefold() for each in changes.get("is", ())}
    template = changes.get("template", "")
    if template and "{}" not in template:
        raise UserError(f"The mapping's {field}: the template “{template}” has no {{}} where the text goes.")

    def changed(row: Any) -> list[str]:
        texts = inner(row)
        if changes.get("first"):
            texts = texts[:1]
        for separator in separators:
            texts = [part for text in texts for part in text.split(separator)]
        if separators or after or starts:
            texts = [text.strip() for text in texts]
        if strip:
            texts = [text.strip(strip) for text in texts]
        if after:
            texts = [text.rstrip(after).rpartition(after)[2] for text in texts]
        if starts:
            texts = [text for text in texts if text.startswith(starts)]
        if among:
            texts = [changes.get("true", "true")] if any(text.strip().casefold() in among for text in texts) else []
        if changes.get("reverse"):
            texts = texts[::-1]
        if changes.get("lower"):
            texts = [text.lower() for text in texts]
        if template:
            texts = [text for text in texts if text.strip() and not says_nothing(text)]
            texts = [template.replace("{}", quote(text, safe="") if changes.get("quote") else text) for text in texts]
        return texts

    return changed


def _by_language(search: Callable[[Any], Any]) -> Texts:
    def texts(row: Any) -> list[str]:
        found = search(row)
        if not isinstance(found, dict):
            return texts_of(found, "languages")
        return [
            TextInLanguage(text, "" if language in ("def", "und", "zxx") else language)
            for language, value in found.items()
            for text in texts_of(value, language)
        ]

    return texts


def _each_language(search: Callable[[Any], Any], source: dict[str, Any], field: str) -> Texts:
    text_of = compile_path(source.get("text", "text"), field)
    language_of = compile_path(source.get("language", '"@lang"'), field)

    def texts(row: Any) -> list[str]:
        found = search(row)
        items = found if isinstance(found, list) else [found] if found is not None else []
        answer: list[str] = []
        for item in items:
            tag = language_of(item) if isinstance(item, dict) else None
            for text in texts_of(text_of(item) if isinstance(item, dict) else item, field):
                answer.append(TextInLanguage(text, tag) if isinstance(tag, str) and tag else text)
        return answer

    return texts


def in_one_language(texts: list[str], preferred: Sequence[str]) -> list[str]:
    """Those of `texts` in the first preferred language that any is in, otherwise in that of the first."""
    tags = [getattr(text, "language", "") for text in texts]
    if not any(tags):
        return texts
    for wanted in preferred:
        if chosen := [text for text, tag in zip(texts, tags, strict=True) if _same_language(tag, wanted)]:
            return chosen
    return [text for text, tag in zip(texts, tags, strict=True) if tag == tags[0]]


def _same_language(tag: str, wanted: str) -> bool:
    return tag.casefold().split("-")[0] == wanted.casefold().split("-")[0]
