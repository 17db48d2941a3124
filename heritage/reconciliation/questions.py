"""What a client asks, read from its JSON. Pure.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/. Whatever is sent, what cannot be read
is one sentence.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heritage.errors import UserError

from .properties import COMPARED, PROPERTIES

MOST_QUERIES = 50
MOST_IDS = 200
MOST_BYTES = 1_000_000  # of a request's body
MOST_CANDIDATES = 50
USUAL_CANDIDATES = 5
LONGEST_TEXT = 5_000  # characters of a query: some museums write a paragraph for a name
# Each value is compared with each term of each candidate.
MOST_PROPERTIES = 8
MOST_VALUES = 5
LONGEST_VALUE = 500


class TooLargeError(UserError):
    """More than is answered at once: the same, sent in parts, is answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query. `types` are short names of collections, empty for all; `values` are what properties should say."""

    words: str
    types: tuple[str, ...] = ()
    limit: int = USUAL_CANDIDATES
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """Which properties of which records are wanted."""

    ids: tuple[str, ...]
    properties: tuple[str, ...]


def read_batch(text: str) -> dict[str, Question]:
    """The queries of a batch by the names that the client gives them. Raises UserError, TooLargeError."""
    batch = _json(text, "queries")
    if not isinstance(batch, dict):
        raise UserError('queries has to be an object such as {"q0": {"query": "Telephone"}}.')
    if len(batch) > MOST_QUERIES:
        raise TooLargeError(
            f"A batch has {MOST_QUERIES} queries at most (batchSize), this one has {len(batch):,}: send it in parts."
        )
    return {name: _question(query, name) for name, query in batch.items()}


def read_query(text: str) -> Question:
    """A single query: words as they are, or a query's JSON. Raises UserError."""
    return _question(_json(text, "query"), "query") if text.lstrip().startswith("{") else _question({"query": text}, "")


def read_extension(text: str) -> Extension:
    """Raises UserError, TooLargeError."""
    wanted = _json(text, "extend")
    ids = wanted.get("ids") if isinstance(wanted, dict) else None
    properties = wanted.get("properties") if isinstance(wanted, dict) else None
    if not isinstance(ids, list) or not isinstance(properties, list):
        raise UserError('extend has to be an object such as {"ids": ["12"], "properties": [{"id": "term"}]}.')
    if len(ids) > MOST_IDS:
        raise TooLargeError(f"{MOST_IDS} records are extended at once, these are {len(ids):,}: send them in parts.")
    if len(properties) > len(PROPERTIES):
        raise TooLargeError(f"There are {len(PROPERTIES)} properties, and {len(properties):,} are asked for.")
    asked = [each.get("id") if isinstance(each, dict) else None for each in properties]
    for identifier in asked:
        if not isinstance(identifier, str) or identifier not in PROPERTIES:
            raise UserError(f"There is no property {_shown(identifier)}. There are: {', '.join(PROPERTIES)}.")
    return Extension(tuple(str(each)[:LONGEST_VALUE] for each in ids), tuple(dict.fromkeys(map(str, asked))))


def _json(text: str, parameter: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{parameter} is not JSON: {str(error)[:100]}.") from error


def _question(query: Any, name: str) -> Question:
    where = f"Query {_shown(name)}" if name else "The query"
    if not isinstance(query, dict):
        raise UserError(f'{where} has to be an object such as {{"query": "Telephone"}}.')
    words, properties = query.get("query") or "", query.get("properties") or []
    if not isinstance(words, str) or not isinstance(properties, list):
        raise UserError(f"{where}: query has to be a text, and properties a list.")
    if len(properties) > MOST_PROPERTIES:
        raise UserError(f"{where} has {len(properties):,} properties, and {MOST_PROPERTIES} at most are compared.")
    values = tuple(_value(each, where) for each in properties)
    if not words.strip() and not values:
        raise UserError(f"{where} asks for nothing: give words in query, or properties.")
    if len(words) > LONGEST_TEXT:
        raise UserError(f"{where} has {len(words):,} characters, and {LONGEST_TEXT:,} at most are compared.")
    return Question(_clean(words), _types(query.get("type"), where), _limit(query.get("limit"), where), values)


def _types(given: Any, where: str) -> tuple[str, ...]:
    """A type, or several; each as its name or as an object that has it as its id."""
    several = given if isinstance(given, list) else [given] if given else []
    named = [each.get("id") if isinstance(each, dict) else each for each in several]
    types = [each for each in named if isinstance(each, str)]
    if len(types) < len(named) or len(types) > MOST_QUERIES:
        raise UserError(f"{where}: type has to be the short name of a collection, or a list of some.")
    return tuple(dict.fromkeys(types))


def _limit(given: Any, where: str) -> int:
    if given is None:
        return USUAL_CANDIDATES
    if isinstance(given, bool) or not isinstance(given, int | float) or not 1 <= given < 10**9:
        raise UserError(f"{where}: limit has to be a number from 1 up.")
    return min(int(given), MOST_CANDIDATES)


def _value(given: Any, where: str) -> tuple[str, tuple[str, ...]]:
    """A property and what it should say, of which one is enough."""
    if not isinstance(given, dict) or "pid" not in given or "v" not in given:
        raise UserError(f'{where}: a property has to be an object such as {{"pid": "term", "v": "telephone"}}.')
    if given["pid"] not in COMPARED:
        raise UserError(f"{where}: {_shown(given['pid'])} is not compared. Compared are: {', '.join(COMPARED)}.")
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    return given["pid"], tuple(_clean(_as_text(value))[:LONGEST_VALUE] for value in values[:MOST_VALUES])


def _as_text(value: Any) -> str:
    """A value may be a number, or a record that was found before."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("id") or ""
    return "" if value is None or (isinstance(value, Sequence) and not isinstance(value, str)) else str(value)


def _clean(text: str) -> str:
    """Without the one character that a database takes in no text."""
    return text.replace("\x00", " ").strip()


def _shown(value: Any) -> str:
    return repr(str(value)[:50])
