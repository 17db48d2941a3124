"""Images per second of `embed`, against the bare model's forward pass at the same batch size and precision.

    python -m benchmarks.embed FOLDER [--model heritage-mini|siglip] [--images 256] [--batch-size 64] [--rounds 5]

FOLDER holds uniform tables (*.csv) and, below it, the pictures that they name. `siglip` is ViT-B-16-SigLIP with random
weights. The pictures are imported into a database of its own, then turn by turn: `embed` of all of them, from the first
picture asked for to the last vector stored, and the bare network over as many batches that lie ready in memory. Both
run in this process; each has run once before it is timed. Reading the list of what is missing and building the search
indexes, once per run of `embed`, are not timed.

Last, processor time for a picture from its file to the model's bytes: the museum's file; what is kept of it where it is
large; the page's picture, which models once saw.
"""

import argparse
import csv
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

COLLECTION = "benchmark"


class ImageStage:
    """Progress that times the stage of the images."""

    seconds = 0.0

    def start(self, what: str, total: int | None = None) -> None:
        if what.endswith("images"):
            self._started = time.perf_counter()

    def advance(self, steps: int = 1) -> None:
        self.seconds = time.perf_counter() - self._started


def write_table(folder: Path, count: int, target: Path) -> None:
    """`count` rows of the tables, drawn with seed 0, with nothing but their pictures."""
    rows = []
    for table in sorted(folder.glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            rows += [(f"{table.stem}-{row['record_id']}", row["img_path"]) for row in csv.DictReader(file)]
    distinct = list(dict(rows).items())
    if len(distinct) < count:
        raise SystemExit(f"{folder} has {len(distinct):,} records with pictures: give fewer --images.")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "name", "description", "taxonomy", "img_path"])
        for position in np.random.default_rng(0).choice(len(distinct), count, replace=False):
            record_id, picture = distinct[position]
            writer.writerow([record_id, "", "", "", picture])


def prepare(folder: Path, count: int, model: str, scratch: Path) -> Any:
    """A database with the pictures and the model, which is returned."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "heritage.settings", "DATA_DIR": str(scratch / "data"), "DATABASE_URL": ""}
    import django

    django.setup()
    from django.core.management import call_command

    from models_ml.registry import get_model, register_model

    call_command("migrate", verbosity=0)
    write_table(folder, count, scratch / "pictures.csv")
    arguments = [COLLECTION, scratch / "pictures.csv", "--format", "uniform", "--images-root", folder]
    call_command("import_records", *arguments, stdout=io.StringIO())
    if model == "heritage-mini":
        return get_model(model)
    from benchmarks.random_siglip import write_random_siglip

    (scratch / "siglip").mkdir()
    write_random_siglip(scratch / "siglip", ["a lamp of brass", "a loom of oak and iron"] * 99)
    return register_model(slug=model, source=f"transformers:{scratch / 'siglip'}")


def measure_reading(model: Any, rounds: int) -> None:
    import PIL.Image

    from heritage.models import Image
    from heritage.pictures.store import ImageStore
    from models_ml.networks import sources
    from models_ml.networks.encoders import load_encoder
    from models_ml.vectors.pixels import StoredPixels

    store, encoder = ImageStore.from_settings(), load_encoder(sources.loadable(model.source))
    hashes = list(Image.objects.values_list("content_hash", flat=True))
    ways: dict[str, Callable[[str], Any]] = {
        "museum's file": lambda content_hash: encoder.to_bytes(store.picture(content_hash)),
        "as embed does": StoredPixels(store, encoder).read,
        "page's picture": lambda content_hash: encoder.to_bytes(
            PIL.Image.open(store.path(content_hash, "display")).convert("RGB")
        ),
    }

    def milliseconds(read: Callable[[str], Any]) -> float:
        started = time.process_time()
        for content_hash in hashes:
            read(content_hash)
        return (time.process_time() - started) * 1000 / len(hashes)

    times = [{title: milliseconds(read) for title, read in ways.items()} for _ in range(rounds)]
    for title in ways:
        found = [each[title] for each in times]
        ratio = statistics.median(each[title] / each["page's picture"] for each in times)
        print(f"{title:14} {statistics.median(found):8.2f} ms a picture, {ratio:.2f} of the page's picture")


def measure(model: Any, count: int, batch_size: int, rounds: int) -> None:
    import torch

    from heritage.models import Collection
    from models_ml.networks import sources
    from models_ml.networks.compute import choose_compute
    from models_ml.networks.loading import load_pretrained
    from models_ml.vectors.embedding import embed_collections

    collections = list(Collection.objects.filter(slug=COLLECTION))
    compute = choose_compute()
    pretrained = load_pretrained(sources.loadable(model.source))
    network = pretrained.network.to(compute.device).to(memory_format=torch.channels_last)
    side = pretrained.image_size
    batch = torch.randn(batch_size, 3, side, side, device=compute.device).to(memory_format=torch.channels_last)

    def embed() -> float:
        model.image_vectors.all().delete()
        stage = ImageStage()
        done = embed_collections(model=model, collections=collections, progress=stage, batch_size=batch_size)
        assert done.images == count
        return stage.seconds

    def bare() -> float:
        started = time.perf_counter()
        with torch.inference_mode(), compute.autocast():
            for _ in range(count // batch_size):
                vectors = network.encode_image(batch)
            vectors.float().cpu()  # waits for a GPU
        return time.perf_counter() - started

    embed(), bare()
    times = [(embed(), bare()) for _ in range(rounds)]
    rates = {"embed": [count / ours for ours, _ in times], "bare forward": [count / theirs for _, theirs in times]}
    print(f"{model.slug}: {count} images in batches of {batch_size}, {compute.precision}, {os.cpu_count()} cores")
    for title, found in rates.items():
        print(f"{title:13} {statistics.median(found):8.2f} images/s ({min(found):.2f} to {max(found):.2f})")
    shares = [theirs / ours for ours, theirs in times]
    print(f"embed: {statistics.median(shares):.1%} of the bare forward ({min(shares):.1%} to {max(shares):.1%})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", choices=["heritage-mini", "siglip"], default="heritage-mini")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.images % options.batch_size:
        parser.error("--images must be a multiple of --batch-size")
    with tempfile.TemporaryDirectory() as scratch:
        model = prepare(options.folder.absolute(), options.images, options.model, Path(scratch))
        measure(model, options.images, options.batch_size, options.rounds)
        measure_reading(model, options.rounds)


if __name__ == "__main__":
    main()
