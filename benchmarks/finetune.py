"""Items per second and peak memory of `finetune`, against the plain recipe of `plain_finetune`.

    python -m benchmarks.finetune FOLDER [--steps 10] [--rounds 3] [--precision auto]

FOLDER holds uniform tables (*.csv) and, below it, the JPEGs that they name. Both sides train ViT-B-16-SigLIP from
the same random weights on the same batches of 16 items, in turn, each time in a process of its own. What is timed is
an epoch of `--steps` steps after a warm-up of two. For `finetune` that includes decoding all its pictures, which
later epochs do not repeat; evaluation and checkpoints are not timed.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from models_ml.training.items import Items, shuffled_batches

BATCH = 16
WARM_UP_STEPS = 2


@dataclass(frozen=True)
class Epoch:
    """What both sides train on: (picture, text) items, and batches that name them by their positions."""

    checkpoint: Path
    items: tuple[tuple[Path, str], ...]
    steps: int
    precision: str

    def batches(self, steps: int) -> list[list[int]]:
        """The batches of `finetune`'s first epoch over as many items."""
        rows = shuffled_batches(steps * BATCH, batch_size=BATCH, seed=0, epoch=0, drop_incomplete=False)
        return [batch.tolist() for batch in rows]


@dataclass(frozen=True)
class Measurement:
    seconds: float
    decoding: float  # seconds of these
    loss: float  # mean over all pairs of a batch, over all batches
    peak_bytes: int
    precision: str


def train_plainly(epoch: Epoch) -> Measurement:
    from benchmarks.plain_finetune import PlainTraining

    training = PlainTraining(epoch.checkpoint)
    training.run_epoch(epoch.items, epoch.batches(WARM_UP_STEPS))
    started = time.perf_counter()
    loss = training.run_epoch(epoch.items, epoch.batches(epoch.steps))
    return Measurement(time.perf_counter() - started, 0.0, loss, _peak_bytes(), "fp32")


def train_with_finetune(epoch: Epoch) -> Measurement:
    from PIL import Image

    from heritage.progress import NoProgress
    from models_ml.pretrained import load_pretrained
    from models_ml.training.config import TrainingConfig
    from models_ml.training.loop import Trainer
    from models_ml.training.pixels import decode

    pretrained = load_pretrained(f"transformers:{epoch.checkpoint}")
    config = TrainingConfig(batch_size=BATCH, precision=epoch.precision, device="cpu")
    paths = list(dict.fromkeys(path for path, _ in epoch.items))
    row = {path: number for number, path in enumerate(paths)}
    openers = [partial(Image.open, path) for path in paths]
    texts = tuple(text for _, text in epoch.items)
    items = Items(np.array([row[path] for path, _ in epoch.items]), texts, np.ones(len(texts), dtype=bool))

    few = WARM_UP_STEPS * BATCH
    warm_up = Items(items.images[:few], texts[:few], items.may_mirror[:few])
    trainer = Trainer(pretrained, decode(openers[:few], pretrained.preprocess, progress=NoProgress()), config)
    trainer.run_epoch(warm_up, 0, NoProgress())

    started = time.perf_counter()
    trainer.pixels = decode(openers, pretrained.preprocess, progress=NoProgress())
    decoded = time.perf_counter()
    loss = trainer.run_epoch(items, 0, NoProgress())
    ended = time.perf_counter()
    return Measurement(ended - started, decoded - started, loss / BATCH, _peak_bytes(), trainer.compute.precision)


def _peak_bytes() -> int:
    """The largest resident set of this process so far; unlike getrusage's, without its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def in_own_process(side: Callable[[Epoch], Measurement], epoch: Epoch) -> Measurement:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(side, epoch).result()


def read_items(folder: Path, count: int) -> tuple[tuple[Path, str], ...]:
    """`count` items of all records of the tables, drawn with seed 0, as `finetune` makes them but for the cutting of
    long texts, which both sides' tokenizers do."""
    from models_ml.heritage_mini_training import read_drawings

    items = []
    for table in sorted(folder.glob("*.csv")):
        drawings = read_drawings(table, folder, table.stem)
        items += [
            (drawings.paths[image], text)
            for record in drawings.records
            for image in record.images
            for text in dict.fromkeys((record.name, *record.segments))
            if text.strip()
        ]
    if len(items) < count:
        raise SystemExit(f"{folder} has {len(items):,} items, {count:,} are needed: give fewer --steps.")
    drawn = np.random.default_rng(0).choice(len(items), count, replace=False)
    return tuple(items[position] for position in drawn)


def report(title: str, measured: Sequence[Measurement], items: int) -> float:
    """Print a line and return the median of items per second."""
    rates = [items / each.seconds for each in measured]
    decoding = statistics.median(each.decoding / each.seconds for each in measured)
    peak = max(each.peak_bytes for each in measured) / 1e9
    print(
        f"{title:9} {measured[0].precision}  {statistics.median(rates):6.2f} items/s ({min(rates):.2f} to "
        f"{max(rates):.2f}; decoding before {decoding:.0%})  peak {peak:.2f} GB  "
        f"loss {measured[0].loss:.4f}"
    )
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"], help="of finetune")
    options = parser.parse_args()
    from benchmarks.random_siglip import write_random_siglip

    count = max(options.steps, WARM_UP_STEPS) * BATCH
    with tempfile.TemporaryDirectory() as folder:
        items = read_items(options.folder, count)
        write_random_siglip(Path(folder), (text for _, text in items))
        epoch = Epoch(Path(folder), items, options.steps, options.precision)
        plain, ours = [], []
        for number in range(options.rounds):
            plain.append(in_own_process(train_plainly, epoch))
            ours.append(in_own_process(train_with_finetune, epoch))
            print(f"round {number + 1}: {plain[-1].seconds / ours[-1].seconds:.2f} times as fast", flush=True)
    pictures = len({path for path, _ in items})
    print(f"{options.steps} steps of {BATCH} items, {pictures} pictures; {os.cpu_count()} cores")
    base, fast = (
        report(title, measured, options.steps * BATCH) for title, measured in (("plain", plain), ("finetune", ours))
    )
    print(f"finetune: {fast / base:.2f} times the items per second of the plain recipe")


if __name__ == "__main__":
    main()
