"""Clip art of two collections in Debian's packages: the Open Clip Art Library and Tux Paint's stamps.

Their tables and pictures are built elsewhere (docs/benchmarks.md, Real images); here some are chosen and related.
"""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

from heritage.errors import UserError
from heritage.progress import Progress

from .clip_art import Drawing, choose_drawings, head_noun, relate_drawings, telling_description
from .pair import PAIRS, CatalogueRow, images_of, table_of, write_pairs, write_table

CHOSEN = 300  # of oca; tux is taken whole


def write_oca_tux(folder: Path, source: Path, progress: Progress) -> None:
    """source: the folder of oca.csv, tux.csv and the pictures that they name. Raises UserError where it is not."""
    pair = PAIRS["oca-tux"]
    progress.start("Finding the nouns of names")
    oca, tux = (_read(table_of(source, collection)) for collection in (pair.a, pair.b))
    oca = choose_drawings(oca, {drawing.noun for drawing in tux} - {""}, CHOSEN)
    progress.start("Copying pictures", len(oca) + len(tux))
    for collection, drawings in ((pair.a, oca), (pair.b, tux)):
        write_table(folder, collection, _copied(drawings, source, images_of(folder), collection, progress))
    links = relate_drawings(oca, tux)
    write_pairs(folder, pair, ((one.record_id, other.record_id, label) for one, other, label in links))


def _read(table: Path) -> list[Drawing]:
    from models_ml.evaluation.language import root_nouns

    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise UserError(f"{table} cannot be read ({error.strerror}): name the folder of both with --source.") from error
    roots = root_nouns([row["name"].lower() for row in rows])
    return [
        Drawing(
            record_id=row["record_id"],
            name=row["name"],
            description=telling_description(row["name"], row["description"]),
            path="/".join(row["taxonomy"].replace(";", ",").replace(", ", ",").split(",")),
            picture=row["img_path"],
            noun=head_noun(row["name"], root),
        )
        for row, root in zip(rows, roots, strict=True)
    ]


def _copied(
    drawings: Iterable[Drawing], source: Path, images: Path, collection: str, progress: Progress
) -> Iterable[CatalogueRow]:
    (images / collection).mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        name = f"{collection}/{Path(drawing.picture).name}"
        shutil.copyfile(source / drawing.picture, images / name)
        taxonomy = drawing.path.replace("/", "; ")
        yield CatalogueRow(drawing.record_id, drawing.name, drawing.description, taxonomy, name)
        progress.advance()
