"""Texts of catalogues made fit to be stored and read, and the limits that the database sets, met here.

Texts are cleaned in this order, since each step may uncover work for the next: control characters that were
Windows-1252 letters, entities until nothing changes, markup that really is markup, composition (NFC), white
space. Names of files and addresses stay as they are written. Pure.
"""

import html
import re
import unicodedata
from urllib.parse import urlsplit

from .source_records import FieldError, SourceRecord

MAX_ID_CHARACTERS = 200
# PostgreSQL refuses a tsvector of more than 1 MB; a text this long stays below it whatever its words.
MAX_TEXT_CHARACTERS = 100_000
# A source is part of a unique index, an accession number of another, and a B-tree entry holds at most 2,704 bytes.
MAX_SOURCE_BYTES = 2_000

# What pandas, SQL, JavaScript and spreadsheets write where there is nothing.
WORDS_FOR_NOTHING = frozenset(
    (
        *("nan", "NaN", "NAN", "null", "NULL", "Null", "None", "none", "N/A", "n/a", "NA", "#N/A", "#NA", "<NA>"),
        *("NaT", "(null)", "undefined", "\\N", "[]", "{}"),
        *("#VALUE!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#DIV/0!"),
    )
)
# The same at the end of an address that was put together from nothing.
_NOTHING_IN_ADDRESS = re.compile(r"[=/](?:nan|NaN|None|null|NULL|undefined)/?$")

_SURROGATES = re.compile("[\ud800-\udfff]")
_C1_CONTROLS = re.compile("[\x80-\x9f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Zero width, joiners, direction marks, soft hyphen, byte order mark: what nobody sees in an identifier.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MOST_ESCAPES = 5

# Only elements that catalogues use, with attributes as HTML writes them: the thesaurus term <object facet> and the
# inscription <A Present from Leeds> are text and stay.
_ATTRIBUTE = r"""\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+)"""
_BLOCKS = "p|br|div|ul|ol|li|h[1-6]|blockquote|table|tr|td|th|hr|section|article"
_INLINE = "span|i|em|b|strong|u|a|sup|sub|small|font|cite|q|tbody|thead"
_TAG = re.compile(rf"<(/?)({_BLOCKS}|{_INLINE}|img)((?:{_ATTRIBUTE})*)\s*(/?)>", re.IGNORECASE)
_BLOCK_NAME = re.compile(_BLOCKS, re.IGNORECASE)
# These stand alone; of all others a tag without its partner is text, as the mark <P> on a weight is.
_ALONE = frozenset({"br", "hr", "img"})
_HIDING = re.compile(r"<(script|style)\b[^<>]*>|<!--", re.IGNORECASE)
_HIDDEN_UNTIL = {
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "<!--": re.compile("-->"),
}


def checked_text(value: str, field: str) -> str:
    """`value` as it may be stored, composition included as it came.

    Raises FieldError for bytes that did not fit the encoding (they arrive as surrogates), NUL and over-long texts.
    """
    if not value.isascii() and _SURROGATES.search(value):
        raise FieldError(field, "holds bytes that are not in the file's encoding; save the file as UTF-8")
    if "\x00" in value:
        raise FieldError(field, "contains a NUL character; the file is damaged here, write the field again")
    if len(value) > MAX_TEXT_CHARACTERS:
        raise FieldError(field, f"has {len(value):,} characters, the limit is {MAX_TEXT_CHARACTERS:,}; shorten it")
    return value


def checked_record(record: SourceRecord) -> SourceRecord:
    """`record`, whose texts are searched together and stored as they are.

    Raises FieldError where they are too long, though each that they were joined of may be short enough.
    """
    texts = (record.name, record.description, record.accession, *record.taxonomy)
    if (together := sum(map(len, texts))) > MAX_TEXT_CHARACTERS:
        raise FieldError(
            "", f"has {together:,} characters in all its texts, the limit is {MAX_TEXT_CHARACTERS:,}; shorten them"
        )
    if len(record.accession.encode()) > MAX_SOURCE_BYTES:
        raise FieldError("accession", f"is longer than {MAX_SOURCE_BYTES:,} bytes; give the number alone")
    for field in ("licence", "credit", "statement"):
        checked_text(getattr(record.rights, field), field)
    return record


def folded(value: str) -> str:
    """`value` with every run of white space as one blank."""
    return " ".join(value.split())


def says_nothing(value: str) -> bool:
    """Whether `value` is one of the words that programs write for nothing."""
    return value.strip() in WORDS_FOR_NOTHING


def plain_text(value: str) -> str:
    """A text of a catalogue without its HTML: tags dropped, entities resolved, NFC, white space folded.

    Line breaks and paragraphs become blanks: descriptions are cut into sentences, not into paragraphs.
    """
    if value.isascii() and value.isprintable() and "&" not in value and "<" not in value:
        return folded(value)  # Most are, and nothing below would change them.
    value = _C1_CONTROLS.sub(_as_windows_1252, value)
    for _ in range(_MOST_ESCAPES):
        if "&" not in value:
            break
        resolved = _ENTITY.sub(lambda entity: html.unescape(entity.group()), value)
        if resolved == value:
            break
        value = resolved
    if "<" in value:
        value = _without_tags(_without_hidden(value))
    return folded(unicodedata.normalize("NFC", _CONTROLS.sub(" ", value)))


def _as_windows_1252(control: re.Match[str]) -> str:
    """The letter that a C1 control was before somebody read Windows-1252 as Latin-1; the five unused stay."""
    return control.group().encode("latin-1").decode("cp1252", errors="ignore") or control.group()


def _without_hidden(value: str) -> str:
    """`value` without scripts, styles and comments, each a blank. What is never closed is text, and looked for once."""
    parts: list[str] = []
    at, unclosed = 0, set()
    for opening in _HIDING.finditer(value):
        kind = (opening[1] or opening[0]).lower()
        if opening.start() < at or kind in unclosed:
            continue
        closing = _HIDDEN_UNTIL[kind].search(value, opening.end())
        if closing is None:
            unclosed.add(kind)
            continue
        parts += [value[at : opening.start()], " "]
        at = closing.end()
    return "".join(parts) + value[at:]


def _without_tags(value: str) -> str:
    tags = list(_TAG.finditer(value))
    markup = _markup(tags)
    parts: list[str] = []
    end = 0
    for index, tag in enumerate(tags):
        if index not in markup:
            continue
        parts += [value[end : tag.start()], " " if _BLOCK_NAME.fullmatch(tag[2]) else ""]
        end = tag.end()
    return "".join([*parts, value[end:]])


def _markup(tags: list[re.Match[str]]) -> set[int]:
    """Which of `tags` are markup: those that stand alone, have attributes, or have their partner in the text."""
    markup: set[int] = set()
    open_tags: dict[str, list[int]] = {}
    for index, tag in enumerate(tags):
        name = tag[2].lower()
        if name in _ALONE or tag[3] or tag[4]:
            markup.add(index)
        if name in _ALONE or tag[4]:
            continue
        if not tag[1]:
            open_tags.setdefault(name, []).append(index)
        elif opened := open_tags.get(name):
            markup |= {opened.pop(), index}
    # Old HTML leaves <p> and <li> open: where some are surely markup, or several stand in a text, all are.
    for name in ("p", "li"):
        of_name = [index for index, tag in enumerate(tags) if tag[2].lower() == name]
        if len(of_name) > 1 or markup.intersection(of_name):
            markup.update(of_name)
    return markup


def checked_record_id(value: str, field: str) -> str:
    """The museum's identifier, trimmed, without characters that nobody sees.

    Raises FieldError where it is missing or too long.
    """
    text = unicodedata.normalize("NFC", _CONTROLS.sub(" ", checked_text(value, field)))
    record_id = folded(_INVISIBLE.sub("", text))
    if not record_id or says_nothing(record_id):
        raise FieldError(field, "is missing; every row needs the museum's identifier of its record")
    if len(record_id) > MAX_ID_CHARACTERS:
        raise FieldError(field, f"has {len(record_id):,} characters, the limit is {MAX_ID_CHARACTERS}")
    return record_id


def has_invisible(value: str) -> bool:
    """Whether characters that nobody sees stand in `value`: two identifiers that look alike then differ."""
    return _INVISIBLE.search(value) is not None or "\u00a0" in value


_DATE_BY_SPREADSHEET = re.compile(
    r"\d{1,2}[/.]\d{1,2}[/.](?:\d{2}|\d{4})|\d{4}-\d{2}-\d{2}(?: 00:00:00)?"
    r"|\d{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ -]?\d{0,4}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}|\d(?:[.,]\d+)?E\+\d+",
    re.IGNORECASE,
)


def looks_like_a_date(record_id: str) -> bool:
    """Whether an identifier has the shape that a spreadsheet gives to 1995-7-1 or to a long number."""
    return _DATE_BY_SPREADSHEET.fullmatch(record_id) is not None


def address_of_nothing(url: str) -> bool:
    """Whether an address was put together from a word for nothing, as https://museum.example/get?value=nan was."""
    return _NOTHING_IN_ADDRESS.search(url) is not None


def checked_url(value: str, field: str) -> str:
    """An address that can be fetched, as it is written, or "". Raises FieldError where it is not http or https."""
    url = checked_text(value, field).strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        reachable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        reachable = False
    if not reachable:
        raise FieldError(field, f"“{url[:80]}” is no web address; it has to begin with https:// or http://")
    if len(url.encode()) > MAX_SOURCE_BYTES:
        raise FieldError(field, f"is longer than {MAX_SOURCE_BYTES:,} bytes; give a shorter address")
    return url


def checked_path(value: str, field: str) -> str:
    """A path as written, or "". Raises FieldError where it is over-long."""
    path = checked_text(value, field).strip()
    if len(path.encode()) > MAX_SOURCE_BYTES:
        raise FieldError(field, f"is longer than {MAX_SOURCE_BYTES:,} bytes; give a shorter path")
    return path


def taxonomy_terms(*values: str) -> tuple[str, ...]:
    """Terms in their order, cleaned, with empty ones, words for nothing and repetitions dropped."""
    cleaned = (plain_text(value) for value in values)
    return tuple(dict.fromkeys(term for term in cleaned if term and not says_nothing(term)))
