"""Files that say how records relate: pairs with labels, or keys by which records are the same, and their places.

Pairs are a CSV table with the columns a, b, label; the labels are same_object, similar_object, same_category and
unrelated. A table that names an unrelated pair says all that it knows, and other pairs are left out; in one that names
none, all other pairs are unrelated. a_collection and b_collection may stand beside.

Keys are a CSV table of records: record (or record_id), then a column of keys for each label, the closest first: records
with the same key in the first column are the same object, in the second similar, in the third of one category. An
empty key is like no other. A column named collection tells records of the same identifier apart.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError

from .known_pairs import CLOSENESS, SAME_OBJECT, UNRELATED, KnownPairs

PAIR_COLUMNS = ("a", "b", "label")
RECORD_COLUMNS = ("record", "record_id")
MOST_LEVELS = 3
MOST_LINKS = 20_000_000  # pairs that keys may link; more would not be held
LARGEST_FILE = 100 * 2**20

# {collection: {record id: place}}, the first collection that of side A.
Places = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class PairRow:
    """One line of pairs. Collections are empty where the file names none."""

    line: int
    a: tuple[str, str]
    b: tuple[str, str]
    closeness: int


@dataclass(frozen=True)
class KeyRow:
    """One line of keys, the closest label's first."""

    line: int
    record: tuple[str, str]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class TruthFile:
    """The lines of one of the two kinds of file."""

    pairs: tuple[PairRow, ...] = ()
    keys: tuple[KeyRow, ...] = ()

    @property
    def collections(self) -> list[str]:
        """The collections that it names, in the order of their first line."""
        named = [side[0] for row in self.pairs for side in (row.a, row.b)] + [row.record[0] for row in self.keys]
        return list(dict.fromkeys(name for name in named if name))


def read_truth_file(path: Path) -> TruthFile:
    """Raises UserError with the first thing that is wrong."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{path} is larger than {LARGEST_FILE // 2**20} MB: leave out what is no truth.")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", strict=True)
            columns = [(name or "").strip().casefold() for name in reader.fieldnames or []]
            reader.fieldnames = columns
            if repeated := sorted({name for name in columns if columns.count(name) > 1}):
                raise UserError(f"{path} has two columns named {repeated[0]!r}: rename one.")
            rows = [
                (reader.line_num, {name: (row.get(name) or "").strip() for name in columns})
                for row in reader
                if any(row.values())
            ]
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): name the file of the truth.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is no CSV table in UTF-8 ({error}): export it anew.") from error
    if set(PAIR_COLUMNS) <= set(columns):
        found = TruthFile(pairs=tuple(_pair_row(line, row) for line, row in rows))
    elif record := next((name for name in RECORD_COLUMNS if name in columns), None):
        found = TruthFile(keys=_key_rows(path, rows, columns, record))
    else:
        raise UserError(
            f"{path} has the columns {', '.join(columns) or '(none)'}: a truth has a, b, label, or record and keys."
        )
    if not found.pairs and not found.keys:
        raise UserError(f"{path} has no line below its head: write what is known of the records.")
    return found


def known_from_file(file: TruthFile, places: Places, count: int) -> KnownPairs:
    """The pairs between the two collections of `places`. count: of places.

    Rows about other collections of `TruthFile.collections` are passed over. Raises UserError for records that are not
    there, pairs and records that are told twice, and where nothing is left to find.
    """
    known = _from_pairs(file.pairs, places) if file.pairs else _from_keys(file.keys, places, count)
    if not (known.closeness > UNRELATED).any():
        raise UserError(
            f"The truth links no record of {' with one of '.join(places)}: name the collections it is about."
        )
    return known


# --- Lines -----------------------------------------------------------------------------------


def _pair_row(line: int, row: Mapping[str, str]) -> PairRow:
    label = "_".join(row["label"].casefold().replace("-", " ").replace("_", " ").split())
    if label not in CLOSENESS:
        raise UserError(
            f"Line {line}: there is no label {row['label'][:80] or '(empty)'!r}; use {', '.join(CLOSENESS)}."
        )
    for side in "ab":
        if not row[side]:
            raise UserError(f"Line {line}: the column {side} is empty; name a record.")
    a, b = ((row.get(f"{side}_collection", ""), row[side]) for side in "ab")
    return PairRow(line, a, b, CLOSENESS[label])


def _key_rows(
    path: Path, rows: Iterable[tuple[int, Mapping[str, str]]], columns: list[str], record: str
) -> tuple[KeyRow, ...]:
    levels = [name for name in columns if name and name not in (*RECORD_COLUMNS, "collection")]
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise UserError(f"{path} has {len(levels)} columns of keys: give one to three, those of the same object first.")
    found = []
    for line, row in rows:
        if not row[record]:
            raise UserError(f"Line {line}: the column {record} is empty; name a record.")
        found.append(KeyRow(line, (row.get("collection", ""), row[record]), tuple(row[name] for name in levels)))
    return tuple(found)


# --- Pairs -----------------------------------------------------------------------------------


def _from_pairs(rows: Iterable[PairRow], places: Places) -> KnownPairs:
    first: dict[tuple[int, int], PairRow] = {}
    for row in rows:
        sides = _sides(row, places)
        if sides is None:
            continue
        if sides in first:
            said = "again" if first[sides].closeness == row.closeness else "with another label"
            raise UserError(
                f"Line {row.line}: the pair {row.a[1]}, {row.b[1]} stands {said}, first on line {first[sides].line}; "
                "keep one of the lines."
            )
        first[sides] = row
    a, b = (np.array([pair[side] for pair in first], np.int64) for side in (0, 1))
    closeness = np.array([row.closeness for row in first.values()], np.int64)
    return KnownPairs(a, b, closeness, np.ones(len(a)), complete=bool((closeness > UNRELATED).all()))


def _sides(row: PairRow, places: Places) -> tuple[int, int] | None:
    """Places of the pair's records, that of the first collection first; None for a pair of other collections."""
    one, other = places
    if {row.a[0], row.b[0]} - {"", one, other}:
        return None
    for a, b in ((row.a, row.b), (row.b, row.a)):
        if a[0] in ("", one) and b[0] in ("", other) and a[1] in places[one] and b[1] in places[other]:
            return places[one][a[1]], places[other][b[1]]
    for collection, record in (row.a, row.b):
        if not any(record in places[slug] for slug in places if collection in ("", slug)):
            raise UserError(f"Line {row.line}: {' and '.join(places)} have no record {record!r}; correct or remove it.")
    raise UserError(
        f"Line {row.line}: {row.a[1]} and {row.b[1]} are of one collection; pairs are of {one} and {other}."
    )


def _from_keys(rows: Iterable[KeyRow], places: Places, count: int) -> KnownPairs:
    line_of: dict[int, int] = {}
    levels: list[dict[str, list[list[int]]]] = []
    for row in rows:
        found = _side_and_place(row, places)
        if found is None:
            continue
        side, place = found
        if place in line_of:
            raise UserError(
                f"Line {row.line}: the record {row.record[1]} stands again, first on line {line_of[place]}; keep one."
            )
        line_of[place] = row.line
        levels = levels or [{} for _ in row.keys]
        for level, key in zip(levels, row.keys, strict=True):
            if key:
                level.setdefault(key, [[], []])[side].append(place)
    cells, closeness = np.empty(0, np.int64), np.empty(0, np.int64)
    for distance, level in enumerate(levels):
        more = _cells(level.values(), count)
        cells = np.concatenate([cells, more])
        closeness = np.concatenate([closeness, np.full(len(more), SAME_OBJECT - distance)])
        cells, first = np.unique(cells, return_index=True)  # the first of a pair is its closest label
        closeness = closeness[first]
    a, b = np.divmod(cells, max(count, 1))
    return KnownPairs(a, b, closeness, np.ones(len(a)), complete=True)


def _cells(groups: Iterable[list[list[int]]], count: int) -> NDArray[np.int64]:
    """All pairs of a record of A with one of B in the same group, as a * count + b."""
    both = [(np.array(a, np.int64), np.array(b, np.int64)) for a, b in groups if a and b]
    total = sum(len(a) * len(b) for a, b in both)
    if total > MOST_LINKS:
        raise UserError(
            f"The keys link {total:,} pairs, more than {MOST_LINKS:,}: leave the column of the widest keys out."
        )
    parts = [(a[:, None] * count + b[None, :]).ravel() for a, b in both]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _side_and_place(row: KeyRow, places: Places) -> tuple[int, int] | None:
    collection, record = row.record
    if collection and collection not in places:
        return None
    found = [
        (side, by_id[record])
        for side, (slug, by_id) in enumerate(places.items())
        if collection in ("", slug) and record in by_id
    ]
    if not found:
        raise UserError(f"Line {row.line}: {' and '.join(places)} have no record {record!r}; correct or remove it.")
    if len(found) > 1:
        raise UserError(
            f"Line {row.line}: {' and '.join(places)} both have a record {record!r}; add a column collection."
        )
    return found[0]
