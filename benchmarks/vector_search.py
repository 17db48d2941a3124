#!/usr/bin/env python3
"""Measure looking for neighbours at the paper's size: time and recall, alone, with filters, and beside Chroma.

    DATA_DIR=/somewhere/empty python -m benchmarks.vector_search [--models 3] [--queries 200] [--chroma PYTHON]

107,222 pictures a model of 20 collections, 768 dimensions, drawn with a seed around common centres, each collection's
in a style of its own: they mean nothing. A filter is on one collection of 5 % of the records, or on a term that 0.5 %
have. Recall is of the 10 nearest by exact float32 arithmetic. The indexes are read first, as after a start. --chroma is
a Python with chromadb, which indexes the same vectors of one model in the same run. Filling the database takes some GB
below DATA_DIR and many minutes.
"""

import argparse
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sampling import CENTRES, DIMENSION, start_django

RECORDS = 107_222
COLLECTIONS = 20  # of equal size: each has 5 %
RARE = 200  # every so many-th record bears the term
TERM = "rare"
TOP = 10
STYLE, NOISE = 0.5, 0.6  # lengths beside that of a centre, 1

CHROMA = """
import sys, time
import chromadb, numpy as np
folder, top = sys.argv[1], int(sys.argv[2])
vectors, parts, queries = (np.load(f"{folder}/{name}.npy") for name in ("vectors", "parts", "queries"))
collection = chromadb.Client().create_collection("all", metadata={"hnsw:space": "cosine"})
for start in range(0, len(vectors), 5000):
    rows = range(start, min(start + 5000, len(vectors)))
    collection.add(ids=[str(row) for row in rows], embeddings=vectors[rows.start:rows.stop],
                   metadatas=[{"part": int(parts[row])} for row in rows])
for name, where in (("none", None), ("collection", {"part": 3})):
    allowed = np.flatnonzero(parts == 3) if where else np.arange(len(vectors))
    taken, shares = [], []
    for query in queries:
        began = time.perf_counter()
        found = collection.query(query_embeddings=[query], n_results=top, where=where)["ids"][0]
        taken.append(1000 * (time.perf_counter() - began))
        exact = set(allowed[np.argsort(-(vectors[allowed] @ query))[:top]].tolist())
        shares.append(len(exact & {int(each) for each in found}) / top)
    print(f"Chroma  filter {name:<10} p50 {np.percentile(taken, 50):6.1f} ms  p95 {np.percentile(taken, 95):6.1f} ms"
          f"  recall@{top} {np.mean(shares):.4f}")
"""


def drawn(model: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(RECORDS, DIMENSION) vectors of length 1, and each one's collection."""
    random = np.random.default_rng([7, model])
    parts = np.arange(RECORDS) * COLLECTIONS // RECORDS
    centres = random.standard_normal((CENTRES, DIMENSION), np.float32)
    styles = random.standard_normal((COLLECTIONS, DIMENSION), np.float32)
    vectors = centres[random.integers(0, CENTRES, RECORDS)]
    vectors += STYLE * styles[parts]
    vectors += NOISE * random.standard_normal(vectors.shape, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, parts


def write_drawn(model: Any, modality: Any, keys: list[int], vectors: NDArray[np.float32]) -> None:
    from models_ml.vectors.store import write_vectors

    for start in range(0, len(keys), 5_000):
        rows = slice(start, start + 5_000)
        write_vectors(model=model, modality=modality, keys=keys[rows], vectors=vectors[rows])


def fill_database(models: int) -> list[Any]:
    from django.db import connection

    from heritage.models import Collection, Image, Record
    from models_ml.models import EmbeddingModel
    from models_ml.vectors.store import build_indexes

    if not Collection.objects.exists():
        parts = np.arange(RECORDS) * COLLECTIONS // RECORDS
        collections = Collection.objects.bulk_create(
            [Collection(slug=f"part{number}", name=f"Part {number}") for number in range(COLLECTIONS)]
        )
        for start in range(0, RECORDS, 5_000):
            records = Record.objects.bulk_create(
                Record(
                    collection=collections[parts[row]],
                    record_id=str(row),
                    name=f"Object {row}",
                    taxonomy=[TERM] if row % RARE == 0 else [],
                )
                for row in range(start, min(start + 5_000, RECORDS))
            )
            Image.objects.bulk_create(
                Image(record=record, position=0, source=record.record_id, content_hash=f"{record.pk:064x}")
                for record in records
            )
    made = []
    keys = list(Image.objects.order_by("pk").values_list("pk", flat=True))
    for number in range(models):
        model, new = EmbeddingModel.objects.get_or_create(
            slug=f"model{number}", defaults={"source": f"local-dir:{number}", "dimension": DIMENSION}
        )
        if new:
            write_drawn(model, "image", keys, drawn(number)[0])
        began = time.perf_counter()
        build_indexes(model)
        print(f"index of {model.slug}: {time.perf_counter() - began:.0f} s", flush=True)
        made.append(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return made


def measure(options: argparse.Namespace) -> None:
    from heritage.models import Image, Record
    from models_ml.vectors.neighbours import nearest
    from models_ml.vectors.warming import warm_indexes

    models = fill_database(options.models)
    if not options.cold:
        began = time.perf_counter()
        print(f"{warm_indexes()} indexes read in {time.perf_counter() - began:.1f} s", flush=True)
    records = np.array(Image.objects.order_by("pk").values_list("record_id", flat=True))
    random = np.random.default_rng(1)
    for number, model in enumerate(models):
        vectors, parts = drawn(number)
        rows = random.choice(RECORDS, options.queries, replace=False)
        noise = 0.3 * random.standard_normal((len(rows), DIMENSION)) / np.sqrt(DIMENSION)
        queries = vectors[rows] + noise.astype(np.float32)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        filters = {
            "none": (None, np.arange(RECORDS)),
            "collection": (Record.objects.filter(collection__slug="part3"), np.flatnonzero(parts == 3)),
            "term": (Record.objects.filter(taxonomy__contains=[TERM]), np.arange(0, RECORDS, RARE)),
        }
        for name, (among, allowed) in filters.items():
            taken, shares = [], []
            for query in queries:
                began = time.perf_counter()
                found = nearest(model=model, modality="image", query=query, limit=TOP, among=among)
                taken.append(1000 * (time.perf_counter() - began))
                exact = set(records[allowed[np.argsort(-(vectors[allowed] @ query))[:TOP]]].tolist())
                shares.append(len(exact & {pk for pk, _ in found}) / TOP)
            cuts = statistics.quantiles(taken, n=20)
            print(
                f"{model.slug}  filter {name:<10} p50 {cuts[9]:6.1f} ms  p95 {cuts[18]:6.1f} ms"
                f"  recall@{TOP} {np.mean(shares):.4f}",
                flush=True,
            )
        if number == 0 and options.chroma:
            folder = Path(os.environ["DATA_DIR"])
            for each, array in (("vectors", vectors), ("parts", parts), ("queries", queries)):
                np.save(folder / f"{each}.npy", array)
            subprocess.run([options.chroma, "-c", CHROMA, str(folder), str(TOP)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--cold", action="store_true", help="do not read the indexes first, as the encoder does")
    parser.add_argument("--chroma", metavar="PYTHON", default="")
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name a DATA_DIR that is empty, or this program's own from before")
    start_django()
    measure(options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
