"""How two records of the demonstration relate, known because the objects behind them were made up.

The truth lies in a CSV file beside the pictures, never in the database: nothing that annotators or models
see can come from it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SAME_OBJECT = "same_object"
SIMILAR_OBJECT = "similar_object"
SAME_CATEGORY = "same_category"
UNRELATED = "unrelated"
COLUMNS = ("collection", "record_id", "model", "kind", "category")


class KnownObject(Protocol):
    """Anything that says which model line, kind and category its object is of."""

    @property
    def model_key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def category(self) -> str: ...


@dataclass(frozen=True)
class Truth:
    """What is known of the object behind one record."""

    model_key: str
    kind: str
    category: str


def relation(a: KnownObject, b: KnownObject) -> str:
    """The label that fits: same model line, same kind, kinds of one category, or nothing in common."""
    if a.model_key == b.model_key:
        return SAME_OBJECT
    if a.kind == b.kind:
        return SIMILAR_OBJECT
    return SAME_CATEGORY if a.category == b.category else UNRELATED


def write_truth(path: Path, rows: Iterable[tuple[str, str, KnownObject]]) -> None:
    """Write (collection, record id, object) rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for collection, record_id, known in rows:
            writer.writerow((collection, record_id, known.model_key, known.kind, known.category))


def read_truth(path: Path) -> dict[tuple[str, str], Truth]:
    """What is known of each (collection, record id)."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {
            (row["collection"], row["record_id"]): Truth(row["model"], row["kind"], row["category"])
            for row in csv.DictReader(file)
        }
