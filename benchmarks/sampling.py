#!/usr/bin/env python3
"""Measure the sampling on generated vectors of the paper's size: time, memory, and ratios to plain arithmetic.

    python -m benchmarks.sampling engine             # one image comparison, in memory
    DATA_DIR=/somewhere/empty python -m benchmarks.sampling command [--rounds 3]
                                                     # whole sample_pairs, with the database
    DATA_DIR=/somewhere/empty python -m benchmarks.sampling growth
                                                     # peak memory as the larger collection grows tenfold
    python -m benchmarks.sampling blocks             # cost per billion pairs, for docs/scaling.md
    python -m benchmarks.sampling kinds              # each kind of similarity beside plain, 1 model

20,889 + 982 records, 29,442 + 1,450 images, 76,000 + 3,400 texts, 768 dimensions, 3 models. The vectors are
drawn with a seed around common centres, and mean nothing. `command` and `growth` fill the database under
DATA_DIR, which must be empty or their own from before; it takes some 2 GB.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

CHECKOUT = Path(__file__).resolve().parent.parent
DIMENSION = 768
RECORDS = {"large": 20_889, "small": 982}
IMAGES = {"large": 29_442, "small": 1_450}
TEXTS = {"large": 76_000, "small": 3_400}
MODELS = ("base", "ft-best", "ft-last")
CENTRES = 400
GROWTH = 10
BLOCKS = ((20_000, 1_000), (20_000, 10_000), (100_000, 10_000))


def clustered(count: int, seed: int, *, drift: float = 0.0, part: int = 0) -> np.ndarray:
    """(count, DIMENSION) float32, L2-normalised. Two of one seed and part differ by their `drift`, as the vectors of
    a model and of one that was fine-tuned from it."""
    random = np.random.default_rng([seed, part])
    centres = np.random.default_rng(seed).standard_normal((CENTRES, DIMENSION), np.float32)
    vectors = centres[random.integers(0, CENTRES, count)]
    vectors += 1.2 * random.standard_normal(vectors.shape, np.float32)
    if drift:
        vectors += drift * np.random.default_rng([seed, part, 1]).standard_normal(vectors.shape, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def shared_out(records: int, items: int, seed: int) -> np.ndarray:
    """(items,) int64, ascending: the record of each item; each record has at least one."""
    extra = np.random.default_rng(seed).integers(0, records, items - records)
    return np.sort(np.concatenate([np.arange(records), extra]))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Elapsed and processor seconds."""
    elapsed, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - elapsed, time.process_time() - used


# --- One image comparison in memory ----------------------------------------------------------


def naive_reference(sides: list[tuple[np.ndarray, np.ndarray]], percentile: float) -> tuple[float, int]:
    """Threshold, and how many record pairs reach it, with the whole matrix in memory."""
    (a_records, a), (b_records, b) = sides
    cosines = a @ b.T
    starts = [np.flatnonzero(np.diff(records, prepend=-1)) for records in (a_records, b_records)]
    similarity = np.maximum.reduceat(np.maximum.reduceat(cosines, starts[0], axis=0), starts[1], axis=1)
    threshold = float(np.percentile(similarity, percentile))
    return threshold, int((similarity >= threshold).sum())


def measure_engine(options: argparse.Namespace) -> None:
    from linking.sampling.census import Lot, Records, take_census
    from linking.sampling.devices import choose_device
    from linking.sampling.similarity import PairSimilarity, group_vectors
    from linking.sampling.tiles import Engine, Section

    engine = Engine(choose_device(options.device))
    records = {name: shared_out(RECORDS[name], IMAGES[name], 1) for name in RECORDS}
    sides = [
        [(records[name], clustered(IMAGES[name], 1, drift=0.3 * place, part=part)) for part, name in enumerate(RECORDS)]
        for place in range(len(MODELS))
    ]
    pairs = [
        PairSimilarity(
            *(
                group_vectors(of + offset, vectors)
                for offset, (of, vectors) in zip((0, RECORDS["large"]), model, strict=True)
            ),
            "max",
        )
        for model in sides
    ]
    keys = Records(np.random.default_rng(0).integers(0, 2**64, sum(RECORDS.values()), np.uint64))

    def census(models: int) -> tuple[float, int]:
        lots = [Lot(code, np.arange(2**models) == code, 315) for code in range(1, 2**models)]
        found = take_census([Section(tuple(pairs[:models]))], keys, lots, percentile=99, engine=engine)
        return found.thresholds[0], int(found.sizes[2 ** (models - 1) :].sum())

    product = np.empty((IMAGES["large"], IMAGES["small"]), np.float32)

    def bare(models: int) -> None:
        for (_, a), (_, b) in sides[:models]:
            np.matmul(a, b.T, out=product)

    works = {
        "bare product, 1 model": lambda: bare(1),
        "engine, 1 model": lambda: census(1),
        "bare product, 3 models": lambda: bare(3),
        "engine, 3 models": lambda: census(3),
        "naive reference, 1 model": lambda: naive_reference(sides[0], 99),
    }
    rounds = [{name: timed(work) for name, work in works.items()} for _ in range(options.rounds)]
    print(f"{'image comparison':<28}{'elapsed':>10}{'processor':>11}   medians of {options.rounds} rounds, seconds")
    for name in works:
        elapsed, used = (statistics.median(found[name][kind] for found in rounds) for kind in (0, 1))
        print(f"{name:<28}{elapsed:>10.2f}{used:>11.2f}")
    for name, to in (
        ("engine, 1 model", "bare product, 1 model"),
        ("engine, 3 models", "bare product, 3 models"),
        ("naive reference, 1 model", "engine, 1 model"),
    ):
        ratios = [[found[name][kind] / found[to][kind] for found in rounds] for kind in (0, 1)]
        print(
            f"{name} / {to}: "
            + ", ".join(
                f"{statistics.median(r):.2f} {k}" for r, k in zip(ratios, ("elapsed", "processor"), strict=True)
            )
        )
    for name, (threshold, similar) in (("engine", census(1)), ("naive reference", naive_reference(sides[0], 99))):
        print(f"{name}: threshold {threshold:.7f}, {similar:,} similar pairs")


# --- The whole command, with the database ----------------------------------------------------


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(slug: str, records: int, images: int, texts: int, part: int, models: int) -> None:
    """A collection with so many records, images and texts, and the vectors of so many models, unless it is there."""
    from heritage.models import Collection, Image, Record, TextSegment
    from models_ml.models import EmbeddingModel

    if Collection.objects.filter(slug=slug).exists():
        return
    began = time.perf_counter()
    collection = Collection.objects.create(slug=slug, name=f"Generated: {slug}")
    made = Record.objects.bulk_create(
        (
            Record(collection=collection, record_id=f"{slug}-{number}", name=f"Thing {number}")
            for number in range(records)
        ),
        batch_size=5000,
    )
    keys = np.array([record.pk for record in made])
    of = {"image": shared_out(records, images, part), "text": shared_out(records, texts, part + 50) if texts else []}
    Image.objects.bulk_create(
        (
            Image(record_id=int(keys[record]), position=place, source=f"{slug}/{place}", content_hash=f"{place:064x}")
            for place, record in enumerate(of["image"])
        ),
        batch_size=5000,
    )
    TextSegment.objects.bulk_create(
        (
            TextSegment(record_id=int(keys[record]), kind="sentence", position=place, text=f"{slug} {place}")
            for place, record in enumerate(of["text"])
        ),
        batch_size=5000,
    )
    for place, model_slug in enumerate(MODELS[:models]):
        model, _ = EmbeddingModel.objects.get_or_create(
            slug=model_slug, defaults={"source": f"local-dir:{model_slug}", "dimension": DIMENSION}
        )
        for seed, items in ((1, Image), (2, TextSegment)):
            store(model, items, collection, seed, 0.3 * place, part)
    print(f"{slug}: {records:,} records, {time.perf_counter() - began:.0f} s", file=sys.stderr)


def store(model: object, items: type, collection: object, seed: int, drift: float, part: int) -> None:
    from models_ml.vectors.store import write_vectors

    keys = list(items.objects.filter(record__collection=collection).order_by("pk").values_list("pk", flat=True))
    modality = "image" if items.__name__ == "Image" else "text"
    for start in range(0, len(keys), 10_000):
        some = keys[start : start + 10_000]
        vectors = clustered(len(some), seed, drift=drift, part=part * 1000 + start // 10_000)
        write_vectors(model=model, modality=modality, keys=some, vectors=vectors)


# Runs a command and says how long it took and what it needed, of this program alone.
PROGRAM = """
import io, json, sys, time, os
began, used = time.perf_counter(), time.process_time()
import django
django.setup()
from django.core.management import call_command
out = io.StringIO()
call_command(*sys.argv[1:], "--dry-run", "--json", stdout=out, stderr=io.StringIO())
[peak] = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")]
pairs = len(json.loads(out.getvalue())["pairs"])
print(json.dumps({"elapsed": time.perf_counter() - began, "processor": time.process_time() - used,
                  "megabytes": peak / 1024, "pairs": pairs}))
"""


def sample_pairs(*arguments: str) -> dict[str, float]:
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", PROGRAM, "sample_pairs", "benchmark", *arguments]
    ran = subprocess.run(command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def measure_command(options: argparse.Namespace) -> None:
    start_django()
    for part, slug in enumerate(RECORDS):
        fill(slug, RECORDS[slug], IMAGES[slug], TEXTS[slug], part, len(MODELS))
    for number in range(options.rounds):
        found = sample_pairs("--collections", "large", "small", "--models", *MODELS, "--device", options.device)
        print(f"round {number + 1}: " + ", ".join(f"{name} {value:,.1f}" for name, value in found.items()))


def measure_growth(options: argparse.Namespace) -> None:
    start_django()
    fill("small", RECORDS["small"], IMAGES["small"], TEXTS["small"], 1, len(MODELS))
    for part, factor in ((10, 1), (11, GROWTH)):
        slug = f"images-{factor}"
        fill(slug, factor * RECORDS["large"], factor * IMAGES["large"], 0, part, 1)
        options_ = ("--models", "base", "--comparisons", "image-image", "--device", options.device)
        found = sample_pairs("--collections", slug, "small", *options_)
        print(f"{factor:>3} times: " + ", ".join(f"{name} {value:,.1f}" for name, value in found.items()))


# --- What a billion pairs cost ---------------------------------------------------------------


def measure_blocks(options: argparse.Namespace) -> None:
    """Blocks of a larger comparison, one vector a record, from files: processor seconds per billion pairs."""
    from linking.sampling.census import Lot, Records, take_census
    from linking.sampling.devices import choose_device
    from linking.sampling.similarity import PairSimilarity, group_vectors
    from linking.sampling.tiles import Engine, Section
    from linking.sampling.vector_rows import FiledRows

    engine = Engine(choose_device(options.device))
    print(f"{'block':>18}{'engine':>10}{'reading':>10}{'product':>10}   processor seconds per billion pairs, 1 model")
    for rows, columns in BLOCKS:
        sides = []
        for part, count in enumerate((rows, columns)):
            batches = (
                clustered(min(10_000, count - start), 1, part=part * 1000 + start) for start in range(0, count, 10_000)
            )
            sides.append(group_vectors(np.arange(count) + part * rows, FiledRows(batches, DIMENSION)))
        pairs = PairSimilarity(*sides, "max")
        keys = Records(np.random.default_rng(0).integers(0, 2**64, rows + columns, np.uint64))
        lots = [Lot(1, np.array([False, True]), 315)]
        billions = pairs.size / 1e9
        used = []
        for _ in range(options.rounds):
            _, engine_seconds = timed(
                lambda: take_census([Section((pairs,))], keys, lots, percentile=99, engine=engine)  # noqa: B023
            )
            _, reading = timed(
                lambda: [sides[0].rows.gather(np.arange(at, min(at + 512, rows))) for at in range(0, rows, 512)]  # noqa: B023
            )
            a, b = sides[0].rows.gather(np.arange(min(rows, 8192))), sides[1].rows.gather(np.arange(min(columns, 4096)))
            product = np.empty((len(a), len(b)), np.float32)
            _, bare = timed(lambda: np.matmul(a, b.T, out=product))  # noqa: B023
            used.append((engine_seconds / billions, reading / billions, bare * 1e9 / (len(a) * len(b))))
        figures = "".join(f"{statistics.median(column):>10.1f}" for column in zip(*used, strict=True))
        print(f"{f'{rows:,} x {columns:,}':>18}{figures}", flush=True)


# --- Kinds of similarity ---------------------------------------------------------------------


def measure_kinds(options: argparse.Namespace) -> None:
    """Whole draws by three comparisons, all kinds in turn, there and back, so that each meets the same load."""
    from linking.sampling.comparisons import COMPARISONS, DEFAULT_COMPARISONS, Fusion
    from linking.sampling.devices import choose_device
    from linking.sampling.draw import record_keys
    from linking.sampling.sample import Design, draw_sample
    from linking.sampling.sections import Universe
    from linking.sampling.similarity import group_vectors
    from linking.sampling.tiles import Engine
    from linking.sampling.variants.kinds import KINDS, SimilarityKind
    from linking.sampling.vector_rows import FiledRows

    engine = Engine(choose_device(options.device))
    groups = {}
    for seed, (modality, items) in enumerate((("image", IMAGES), ("text", TEXTS)), start=1):
        sides = [shared_out(RECORDS[name], items[name], part) for part, name in enumerate(RECORDS)]
        rows = FiledRows((clustered(items[name], seed, part=part) for part, name in enumerate(RECORDS)), DIMENSION)
        groups[modality] = group_vectors(np.concatenate([sides[0], sides[1] + RECORDS["large"]]), rows)
    collections = np.repeat([0, 1], list(RECORDS.values()))
    universe = Universe(record_keys((str(of), str(place)) for place, of in enumerate(collections)), collections)
    parts = tuple(COMPARISONS[name] for name in DEFAULT_COMPARISONS)

    def draw(kind: SimilarityKind) -> None:
        compared = (Fusion(parts),) if kind.fused else parts
        design = Design(("base",), compared, 99.0, "records", ("1",), 7, 0, kind=kind)
        draw_sample(universe, lambda _, modality: groups[modality], design, engine=engine)

    kinds = [KINDS[name] for name in options.kinds]
    taken: dict[str, list[tuple[float, float]]] = {kind.name: [] for kind in kinds}
    for number in range(options.rounds):
        for kind in kinds[:: 1 if number % 2 == 0 else -1]:
            taken[kind.name].append(timed(lambda: draw(kind)))  # noqa: B023
    print(f"{'similarity':<16}{'elapsed':>9}{'processor':>11}   of {kinds[0].name}'s: median (least to greatest)")
    for name, times in taken.items():
        medians = [statistics.median(some) for some in zip(*times, strict=True)]
        ratios = [
            [own[which] / first[which] for own, first in zip(times, taken[kinds[0].name], strict=True)]
            for which in (0, 1)
        ]
        words = ", ".join(f"{statistics.median(some):.2f} ({min(some):.2f} to {max(some):.2f})" for some in ratios)
        print(f"{name:<16}{medians[0]:>9.2f}{medians[1]:>11.2f}   {words}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["engine", "command", "growth", "blocks", "kinds"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--kinds", nargs="+", default=["plain", "centred", "fused", "centred+fused", "csls"])
    options = parser.parse_args()
    if options.what in ("command", "growth") and "DATA_DIR" not in os.environ:
        parser.error("name a DATA_DIR that is empty, or this program's own from before")
    {
        "engine": measure_engine,
        "command": measure_command,
        "growth": measure_growth,
        "blocks": measure_blocks,
        "kinds": measure_kinds,
    }[options.what](options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
