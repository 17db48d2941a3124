#!/usr/bin/env python3
"""Measure writing vectors to Parquet and reading them back: time and memory.

    DATA_DIR=/somewhere/empty python -m benchmarks.vectors_exchange [--vectors 260000] [--dimension 768]

Vectors are drawn with a seed and mean nothing. They are read into a collection of titles alone, so
records, pictures and vectors are all made.
"""

import argparse
import os
import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.sampling import start_django


def measure(options: argparse.Namespace) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from heritage.models import Collection
    from heritage.progress import NoProgress
    from models_ml.exchange.exporting import export_vectors
    from models_ml.exchange.importing import import_vectors
    from models_ml.exchange.layouts import SHARED
    from models_ml.models import EmbeddingModel
    from models_ml.vectors import store

    folder = Path(os.environ["DATA_DIR"])
    EmbeddingModel.objects.get_or_create(
        slug="drawn", defaults={"source": "local-dir:drawn", "dimension": options.dimension}
    )
    source = folder / "drawn.parquet"
    random = np.random.default_rng(0)
    with pq.ParquetWriter(source, SHARED) as writer:
        for start in range(0, options.vectors, 10_000):
            count = min(10_000, options.vectors - start)
            vectors = random.standard_normal((count, options.dimension), np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            names = [str(start + number) for number in range(count)]
            attributes = [[("type", "image"), ("subject_title", f"Object {name}")] for name in names]
            writer.write_table(
                pa.table(
                    {
                        "provider": ["drawn"] * count,
                        "depiction_id": names,
                        "subject_id": names,
                        "model": ["drawn"] * count,
                        "embeddings": list(vectors),
                        "created": [0] * count,
                        "attributes": attributes,
                    },
                    schema=SHARED,
                )
            )
    print(f"{options.vectors:,} × {options.dimension}, {source.stat().st_size / 2**20:,.0f} MB")
    built = store.build_indexes
    seconds: dict[str, float] = {}

    def timed_indexes(model: EmbeddingModel) -> None:
        began = time.perf_counter()
        built(model)
        seconds["index"] = time.perf_counter() - began

    import models_ml.exchange.importing as importing

    importing.build_indexes = timed_indexes
    began = time.perf_counter()
    result = import_vectors(source, create=True, progress=NoProgress())
    total = time.perf_counter() - began
    print(
        f"in: {total - seconds['index']:.1f} s, and {seconds['index']:.1f} s for the index ({result.stored:,} stored)"
    )
    began = time.perf_counter()
    export_vectors(
        model=EmbeddingModel.objects.get(slug="drawn"),
        path=folder / "out.parquet",
        collections=list(Collection.objects.all()),
        progress=NoProgress(),
    )
    print(f"out: {time.perf_counter() - began:.1f} s")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=260_000)
    parser.add_argument("--dimension", type=int, default=768)
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name a DATA_DIR that is empty")
    start_django()
    measure(options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
