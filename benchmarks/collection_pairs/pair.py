"""A pair of collections in a folder: `A.csv` and `B.csv` in the uniform format, `images/`, and `truth.csv`.

The truth is a file of pairs or keys as `manage.py evaluate links --truth` reads it, and is written last.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from heritage.errors import UserError
from heritage.files.whole_file import whole_file

COLUMNS = ("record_id", "name", "description", "taxonomy", "img_path")
PAIR_COLUMNS = ("a_collection", "a", "b_collection", "b", "label")


@dataclass(frozen=True)
class CollectionPair:
    """Two collections by their short names, A first. simulated: nothing in them is real."""

    name: str
    a: str
    b: str
    simulated: bool = False


PAIRS = {
    pair.name: pair
    for pair in (
        CollectionPair("demonstration", "aldersby", "inverlune", simulated=True),
        CollectionPair("icons", "noto", "openmoji"),
        CollectionPair("oca-tux", "oca", "tux"),
    )
}


@dataclass(frozen=True)
class CatalogueRow:
    """A record with one picture, named relative to `images/`."""

    record_id: str
    name: str
    description: str
    taxonomy: str
    picture: str


def table_of(folder: Path, collection: str) -> Path:
    return folder / f"{collection}.csv"


def images_of(folder: Path) -> Path:
    return folder / "images"


def truth_of(folder: Path) -> Path:
    return folder / "truth.csv"


def require_pair(folder: Path, pair: CollectionPair) -> None:
    """Raise UserError where the folder does not hold the whole pair."""
    if not all(path.is_file() for path in (truth_of(folder), *(table_of(folder, each) for each in (pair.a, pair.b)))):
        raise UserError(
            f"{folder} does not hold {pair.a} and {pair.b} with their truth: run python -m benchmarks.collection_pairs "
            f"{pair.name} {folder} first."
        )


def write_table(folder: Path, collection: str, rows: Iterable[CatalogueRow]) -> None:
    with whole_file(table_of(folder, collection)) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((row.record_id, row.name, row.description, row.taxonomy, row.picture) for row in rows)


def write_pairs(folder: Path, pair: CollectionPair, links: Iterable[tuple[str, str, str]]) -> None:
    """The truth: (record of A, record of B, label) of all pairs that are related."""
    with whole_file(truth_of(folder)) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(PAIR_COLUMNS)
        writer.writerows((pair.a, a, pair.b, b, label) for a, b, label in links)
