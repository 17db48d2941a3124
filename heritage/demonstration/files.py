"""The drawn collections as files: pictures, a table for each museum, and the truth beside them.

In the folder: `recipe.json` (numbers and seed), `images/MUSEUM/RECORD_1.jpg` ..., `MUSEUM.csv` in the
project's uniform format, and `truth.csv`, which is written last.
"""

import csv
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from heritage.errors import UserError
from heritage.files.whole_file import whole_file, write_whole
from heritage.progress import Progress

from .generation import draw, generate_collections
from .records import MUSEUM_A, MUSEUM_B, DrawnRecord
from .truth import write_truth

TRUTH_NAME = "truth.csv"
RECIPE_NAME = "recipe.json"
COLUMNS = ("record_id", "name", "description", "taxonomy", "img_path")
JPEG_QUALITY = 88
FEW = 24
CHUNK = 8


@dataclass(frozen=True)
class DemonstrationRecipe:
    """All that decides the collections."""

    records_a: int = 600
    records_b: int = 150
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.records_a, self.records_b) < 5:
            raise UserError("Each demonstration collection needs at least 5 records.")
        if max(self.records_a, self.records_b) > 50_000:
            raise UserError("A demonstration collection may have at most 50,000 records.")


def drawn_recipe(folder: Path) -> DemonstrationRecipe | None:
    """What the folder's collections were, or were begun to be, drawn by; None if there are none."""
    path = folder / RECIPE_NAME
    return DemonstrationRecipe(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def table_path(folder: Path, collection: str) -> Path:
    return folder / f"{collection}.csv"


def write_collections(
    folder: Path, recipe: DemonstrationRecipe, *, progress: Progress, workers: int | None = None
) -> None:
    """Draw whatever is missing. Interrupted, it goes on where it stopped. Raises UserError where the folder holds
    collections of another recipe."""
    existing = drawn_recipe(folder)
    if existing not in (None, recipe):
        raise UserError(
            f"{folder} holds collections of {existing.records_a} + {existing.records_b} records with seed "  # type: ignore[union-attr]
            f"{existing.seed}, which are kept: leave these options out, or use another DATA_DIR."  # type: ignore[union-attr]
        )
    if existing and (folder / TRUTH_NAME).is_file():
        return
    collections = dict(zip((MUSEUM_A, MUSEUM_B), generate_collections(**asdict(recipe)), strict=True))
    images = folder / "images"
    for collection in collections:
        (images / collection).mkdir(parents=True, exist_ok=True)
    write_whole(folder / RECIPE_NAME, json.dumps(asdict(recipe)))
    _draw_missing(images, list(chain(*collections.values())), progress, workers or os.cpu_count() or 1)
    for collection, records in collections.items():
        _write_table(table_path(folder, collection), records)
    rows = [(record.collection, record.record_id, record) for record in chain(*collections.values())]
    incoming = folder / f".{TRUTH_NAME}"
    write_truth(incoming, rows)
    incoming.replace(folder / TRUTH_NAME)


def _draw_missing(images: Path, records: Sequence[DrawnRecord], progress: Progress, workers: int) -> None:
    wanted = [(record, view) for record in records for view, _ in enumerate(record.images)]
    missing = [(record, view) for record, view in wanted if not (images / record.images[view]).is_file()]
    progress.start("Drawing two collections", len(wanted))
    progress.advance(len(wanted) - len(missing))
    draw_one = partial(_draw_to_file, images)
    if len(missing) < FEW or workers == 1:
        for item in missing:
            draw_one(item)
            progress.advance()
        return
    # Spawned, not forked: this process may hold a database connection and threads.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for _ in pool.map(draw_one, missing, chunksize=CHUNK):
                progress.advance()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _draw_to_file(images: Path, item: tuple[DrawnRecord, int]) -> None:
    record, view = item
    path = images / record.images[view]
    with whole_file(path) as beside:
        draw(record, view).save(beside, "JPEG", quality=JPEG_QUALITY)


def _write_table(path: Path, records: Sequence[DrawnRecord]) -> None:
    """One row per picture, and one for a record without any."""
    with whole_file(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for record in records:
            for image in record.images or ("",):
                writer.writerow((record.record_id, record.name, record.description, ";".join(record.taxonomy), image))
