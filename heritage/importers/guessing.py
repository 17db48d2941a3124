"""What a file's columns or paths probably mean: a shipped format where it is recognised, else by names and values.

A guess always says why, so that people can correct it. Pure.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import jmespath

from heritage.texts import printable

from .cleaning import says_nothing
from .column_words import PICTURE_WORDS, WORDS
from .expressions import loosened, texts_of
from .mapping import FIELDS, Mapping
from .record_files import Sample
from .shipped import shipped_mappings
from .source_records import FieldError

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_PICTURE_NAME = re.compile(r"[^?#\n]+\.(?:jpe?g|png|tiff?|webp|gif|bmp|jp2|avif)(?:[?#].*)?$", re.IGNORECASE)
_IIIF = re.compile(r"/info\.json$|/iiif/", re.IGNORECASE)
_SEPARATORS = ("|", ";", " > ", "\n")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOKED_AT = 50
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping, and why each part of it was taken, a sentence each."""

    mapping: Mapping
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A column or path, what it is called, and the texts that stand in it."""

    source: str
    name: str
    texts: tuple[str, ...]
    rows: int

    @property
    def filled(self) -> float:
        return len(self.texts) / self.rows if self.rows else 0.0

    def share(self, holds: Callable[[str], Any]) -> float:
        return sum(bool(holds(text)) for text in self.texts) / len(self.texts) if self.texts else 0.0


def guess_mapping(sample: Sample) -> Guess:
    """The mapping that fits the sample; it may lack an identifier, and says so."""
    if shipped := recognised(sample):
        return Guess(shipped, (f"It is recognised as: {shipped.title}.",))
    return _by_words(sample)


def recognised(sample: Sample) -> Mapping | None:
    """The shipped mapping whose marks are in the sample: the one with most of them."""
    fitting = [(_marks(mapping, sample), mapping) for mapping in shipped_mappings().values()]
    best, mapping = max(fitting, key=lambda pair: pair[0])
    return mapping if best else None


def _marks(mapping: Mapping, sample: Sample) -> int:
    """How many marks of the mapping the sample bears, 0 where one is wanting."""
    marks = mapping.recognise
    if isinstance(marks, list):
        if sample.columns is None:
            # The project's own names mean the same in JSON.
            known = {key for row in sample.rows[:_LOOKED_AT] for key in row.fields}
            return len(marks) if marks and known.issuperset(marks) else 0
        columns = {name.casefold() for name in sample.columns}
        return len(marks) if all(mark.casefold() in columns for mark in marks) else 0
    if not marks or sample.columns is not None or not sample.rows:
        return 0
    expression = jmespath.compile(marks)
    return 1 + marks.count("&&") if all(expression.search(row.fields) for row in sample.rows[:3]) else 0


def _by_words(sample: Sample) -> Guess:
    candidates = _of_table(sample) if sample.columns is not None else _of_objects(sample)
    fields: dict[str, Any] = {}
    reasons: list[str] = []
    taken: set[str] = set()

    def take(name: str, candidate: _Candidate, source: Any, why: str) -> None:
        fields[name] = source
        taken.add(candidate.source)
        reasons.append(why)

    if identifier := _identifier(candidates):
        take(
            "record_id",
            identifier,
            identifier.source,
            f"Identifier: “{identifier.source}”, {_why_identifier(identifier)}.",
        )
    else:
        reasons.append("No column looks like an identifier: say which it is.")
    pictures = [each for each in _pictures(candidates) if each[0].source not in taken]
    taken |= {candidate.source for candidate, _ in pictures}
    for name in ("name", "description", "taxonomy", "page", "licence", "credit", "language", "accession"):
        rest = [each for each in candidates if each.source not in taken and each.texts]
        candidate = _named(rest, WORDS[name], partial(_may_be, name))
        if candidate is None:
            continue
        source: Any = candidate.source
        why = f"{FIELDS[name]}: “{candidate.source}”, by its name."
        if name == "taxonomy" and (separator := _separator(candidate)):
            source = {"of": candidate.source, "split": separator.strip() or separator}
            why = f"Terms: “{candidate.source}”, separated by “{separator.strip() or 'line breaks'}”."
        take(name, candidate, source, why)
    described = []
    for candidate, kind in pictures[:1] if sample.columns is None else pictures[:3]:
        described.append({kind: candidate.source})
        reasons.append(f"Pictures: “{candidate.source}” holds {_PICTURES_IN_WORDS[kind]}.")
    # Not by `from_document`: it may still lack its identifier.
    mapping = Mapping(
        name="guessed",
        fields=fields,
        pictures=tuple(described),
        rows=sample.layout.rows if sample.layout.shape in ("json", "xml") else "",
        table=sample.columns is not None,
    )
    return Guess(mapping, tuple(reasons))


_PICTURES_IN_WORDS = {"url": "addresses of pictures", "file": "names of picture files", "service": "IIIF services"}


def _of_table(sample: Sample) -> list[_Candidate]:
    """Columns with a name of their own, in their order."""
    rows = sample.rows
    columns = sample.columns or ()
    names = Counter(column.casefold() for column in columns)
    return [
        _Candidate(
            column,
            column,
            tuple(text for row in rows if (text := row.fields.get(column, "").strip()) and not says_nothing(text)),
            len(rows),
        )
        for column in columns
        if column and names[column.casefold()] == 1
    ]


def _of_objects(sample: Sample) -> list[_Candidate]:
    """Paths to texts in nested rows, in the order in which they are met, shallow ones first."""
    rows = sample.rows[:_LOOKED_AT]
    found: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in rows:
        for path, name in set(_leaves(row.fields)):
            found[path] += 1
            names.setdefault(path, name)
    candidates = []
    for path in sorted(found, key=lambda path: (path.count(".") + path.count("["), -found[path])):
        expression = jmespath.compile(path)
        texts: list[str] = []
        for row in rows:
            try:
                texts += texts_of(expression.search(row.fields), path)[:1]
            except FieldError:
                continue
        candidates.append(_Candidate(path, names[path], tuple(texts), len(rows)))
    return candidates


def _leaves(value: Any, path: str = "", name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            step = key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=printable(key) != key)
            # What an object calls its text says less than what the object is called.
            inner_name = name if key in ("text", "value", "_content", "@value", "content") and name else key
            yield from _leaves(inner, f"{path}.{step}" if path else step, inner_name, depth + 1)
    elif isinstance(value, list):
        for inner in value[:3]:
            yield from _leaves(inner, f"{path}[]", name, depth + 1)
    elif value not in (None, "") and path:
        yield path, name


def _identifier(candidates: Sequence[_Candidate]) -> _Candidate | None:
    """By name and by telling rows apart; where no name fits, the first code that never stands twice."""
    texts = [each for each in candidates if not each.share(_ADDRESS.match) > 0.9]
    named = _named(texts, WORDS["record_id"], lambda each: each.filled > 0.5 and _distinct(each) > 0.3)
    if named is not None:
        return named
    others = {
        loosened(word) for field, words in WORDS.items() if field not in ("record_id", "accession") for word in words
    }
    for each in texts:
        codes = each.share(lambda text: " " not in text and any(character.isdigit() for character in text))
        tells_apart = each.rows > 1 and each.filled > 0.9 and _distinct(each) == 1
        if tells_apart and codes > 0.8 and loosened(each.name) not in others:
            return each
    addresses = [each for each in candidates if each.filled > 0.9 and _distinct(each) == 1]
    return _named(addresses, WORDS["record_id"], lambda _: True)


def _distinct(candidate: _Candidate) -> float:
    return len(set(candidate.texts)) / len(candidate.texts) if candidate.texts else 0.0


def _why_identifier(candidate: _Candidate) -> str:
    by_name = loosened(candidate.name) in {loosened(word) for word in WORDS["record_id"]}
    return ("by its name, " if by_name else "") + (
        "it is different in every row" if _distinct(candidate) == 1 else "several rows may describe one record"
    )


def _named(
    candidates: Sequence[_Candidate], words: Sequence[str], fits: Callable[[_Candidate], bool]
) -> _Candidate | None:
    """The candidate whose name is the best of `words`, otherwise one whose name has such a word in it."""
    by_name: dict[str, _Candidate] = {}
    for each in candidates:
        by_name.setdefault(loosened(each.name), each)
    for word in words:
        candidate = by_name.get(loosened(word))
        if candidate is not None and fits(candidate):
            return candidate
    for word in words:
        plain = loosened(word)
        if len(plain) < 5:
            continue
        for each in candidates:
            if plain in loosened(each.name) and fits(each):
                return each
    return None


def _may_be(field: str, candidate: _Candidate) -> bool:
    """Whether what stands in a column can be of the field: an address is no name, a number no description."""
    addresses = candidate.share(_ADDRESS.fullmatch)
    if field == "page":
        return addresses > 0.5
    if field == "licence":
        return True
    if field == "language":
        return max(map(len, candidate.texts)) <= 12
    return addresses < 0.5 and (field == "accession" or candidate.share(lambda text: not text.isdecimal()) > 0.5)


def _pictures(candidates: Sequence[_Candidate]) -> list[tuple[_Candidate, str]]:
    """Candidates that name pictures, and what they hold: url, file or service; the likeliest first."""
    words = {loosened(word) for word in PICTURE_WORDS}
    found: list[tuple[bool, _Candidate, str]] = []
    for each in candidates:
        if not each.texts:
            continue
        named = any(word in loosened(each.name) for word in words)
        first = [text.split("|")[0].split(";")[0].strip() for text in each.texts]
        shares = _Candidate(each.source, each.name, tuple(first), each.rows)
        is_address = shares.share(_ADDRESS.match) > 0.5
        if is_address and shares.share(_IIIF.search) > 0.5 and not shares.share(_PICTURE_NAME.match) > 0.5:
            found.append((named, each, "service"))
        elif is_address and (named or shares.share(_PICTURE_NAME.match) > 0.5):
            found.append((named, each, "url"))
        elif not is_address and shares.share(_PICTURE_NAME.match) > (0.2 if named else 0.5):
            found.append((named, each, "file"))
    found.sort(key=lambda entry: not entry[0])
    kinds: set[str] = set()
    answer = []
    for _, candidate, kind in found:
        if kind not in kinds:
            kinds.add(kind)
            answer.append((candidate, kind))
    return answer


def _separator(candidate: _Candidate) -> str:
    counts = {each: sum(each in text for text in candidate.texts) for each in _SEPARATORS}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] > 0.1 * len(candidate.texts) else ""


def first_records(sample: Sample, mapping: Mapping, *, count: int = 10) -> list[AnyMapping[str, Any]]:
    """The first rows as they would be read: what each item says, for people to compare with the source."""
    bound = mapping.bind(sample.columns)
    return [
        {
            "row": row.line,
            "items": [{"is": type(item).__name__, **asdict(item)} for item in bound.items(row, file=sample.file)],
        }
        for row in sample.rows[:count]
    ]
