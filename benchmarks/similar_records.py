#!/usr/bin/env python3
"""Measure the list of similar records on generated vectors of the paper's size: time, and how much of it is exact.

    DATA_DIR=/somewhere/empty python -m benchmarks.similar_records [--queries 60]

24,871 records of three collections, 33,892 images, 768 dimensions, 1 model. The vectors are drawn
with a seed around common centres, each collection's in a style of its own, and mean nothing. It takes some 400 MB and
several minutes to fill the database under DATA_DIR, which must be empty or its own from before.
"""

import argparse
import os
import statistics
import time
from typing import Any

import numpy as np

from benchmarks.sampling import CENTRES, DIMENSION, fill, start_django

RECORDS = {"large": 20_889, "small": 982, "third": 3_000}
IMAGES = {"large": 29_442, "small": 1_450, "third": 3_000}
STYLE = 1.0  # length of a collection's style beside that of a centre, 1, and of what is a picture's own, NOISE
NOISE = 0.6
SHOWN = 12


def styled(count: int, part: int) -> np.ndarray:
    """(count, DIMENSION) float32, L2-normalised."""
    random = np.random.default_rng([7, part])
    centres = np.random.default_rng(7).standard_normal((CENTRES, DIMENSION), np.float32)
    own = random.standard_normal((count + 1, DIMENSION), np.float32)
    vectors = centres[random.integers(0, CENTRES, count)] + STYLE * own[0] + NOISE * own[1:]
    found: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def fill_database() -> Any:
    """The model, with its vectors, indexes and means."""
    from django.db import connection

    from heritage.models import Image
    from heritage.progress import NoProgress
    from models_ml.models import EmbeddingModel
    from models_ml.vectors.means import keep_means
    from models_ml.vectors.store import build_indexes, write_vectors

    model, made = EmbeddingModel.objects.get_or_create(
        slug="base", defaults={"source": "local-dir:base", "dimension": DIMENSION}
    )
    for part, slug in enumerate(RECORDS):
        fill(slug, RECORDS[slug], IMAGES[slug], 0, part, 0)
        if made:
            keys = list(Image.objects.filter(record__collection__slug=slug).order_by("pk").values_list("pk", flat=True))
            write_vectors(model=model, modality="image", keys=keys, vectors=styled(len(keys), part))
    build_indexes(model)
    began = time.perf_counter()
    kept = keep_means(model=model, progress=NoProgress())
    print(f"{kept} means: {time.perf_counter() - began:.2f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return model


class Exact:
    """Every record's similarity to a record of another collection, over all vectors."""

    def __init__(self, model: Any, styles: dict[int, np.ndarray] | None) -> None:
        from heritage.models import Collection
        from models_ml.vectors.store import read_vectors

        self.tables = {}
        for collection in Collection.objects.all():
            table = read_vectors(model=model, modality="image", collections=[collection])
            rest = table.vectors - (0 if styles is None else styles[collection.pk])
            self.tables[collection.pk] = (table.record_ids, rest / np.linalg.norm(rest, axis=1, keepdims=True))

    def nearest(self, record: Any) -> set[int]:
        records, vectors = self.tables[record.collection_id]
        query = vectors[np.searchsorted(records, record.pk)]
        best: dict[int, float] = {}
        for collection, (others, theirs) in self.tables.items():
            if collection != record.collection_id:
                for other, cosine in zip(others.tolist(), (theirs @ query).tolist(), strict=True):
                    best[other] = max(best.get(other, -2.0), cosine)
        return set(sorted(best, key=lambda pk: -best[pk])[:SHOWN])


def measure(options: argparse.Namespace) -> None:
    from heritage.models import Record
    from models_ml.vectors.means import house_styles
    from models_ml.vectors.neighbours import nearest_records

    model = fill_database()
    random = np.random.default_rng(0)
    queries = [
        record
        for slug in RECORDS
        for record in random.choice(list(Record.objects.filter(collection__slug=slug)), options.queries // len(RECORDS))
    ]
    for similarity in ("plain", "centred"):
        exact = Exact(model, house_styles(model=model, modality="image") if similarity == "centred" else None)
        taken, shares = [], []
        for record in queries:
            began = time.perf_counter()
            styles = house_styles(model=model, modality="image") if similarity == "centred" else None
            found = nearest_records(model=model, modality="image", record=record, styles=styles, limit=SHOWN)
            taken.append(1000 * (time.perf_counter() - began))
            shares.append(len(exact.nearest(record) & {pk for pk, _ in found}) / SHOWN)
        print(
            f"{similarity:<8} median {statistics.median(taken):.0f} ms, greatest {max(taken):.0f} ms; "
            f"{100 * statistics.mean(shares):.1f} % of the {SHOWN} nearest shown, {len(queries)} records"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=60)
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name a DATA_DIR that is empty, or this program's own from before")
    start_django()
    measure(options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
