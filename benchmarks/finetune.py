"""Items per second and peak memory of `finetune`, against the plain recipe of `plain_finetune`.

    python -m benchmarks.finetune FOLDER [--steps 10] [--rounds 3] [--precision auto] [--device cpu]
                                  [--batch-size 16] [--without-plain]

FOLDER holds uniform tables (*.csv) and, below it, the JPEGs that they name. Both sides train ViT-B-16-SigLIP from
the same random weights on the same batches, in turn, each time in a process of its own. What is timed is
an epoch of `--steps` steps after a warm-up of two. For `finetune` that includes decoding all its pictures, which
later epochs do not repeat; evaluation and checkpoints are not timed. Where FOLDER has too few items for so many
steps, they come again.

On a GPU the memory is what torch held there at most, and the share of peak is what the network's products and
convolutions need, forward and backward, beside a large bfloat16 product in the same run.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from models_ml.training.data.batches import shuffled_batches
from models_ml.training.data.items import Items

WARM_UP_STEPS = 2
PEAK_SIDE = 8192  # of the square product that stands for the GPU's peak


@dataclass(frozen=True)
class Epoch:
    """What both sides train on: (picture, text) items, and batches that name them by their positions."""

    checkpoint: Path
    items: tuple[tuple[Path, str], ...]
    steps: int
    batch_size: int
    precision: str
    device: str

    def batches(self, steps: int) -> list[list[int]]:
        """The batches of `finetune`'s first epoch over as many items."""
        rows = shuffled_batches(
            steps * self.batch_size, batch_size=self.batch_size, seed=0, epoch=0, drop_incomplete=False
        )
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

    training = PlainTraining(epoch.checkpoint, epoch.device)
    training.run_epoch(epoch.items, epoch.batches(WARM_UP_STEPS))
    started = time.perf_counter()
    loss = training.run_epoch(epoch.items, epoch.batches(epoch.steps))
    return Measurement(time.perf_counter() - started, 0.0, loss, _peak_bytes(epoch.device), "fp32")


def train_with_finetune(epoch: Epoch) -> Measurement:
    from PIL import Image

    from heritage.progress import NoProgress
    from models_ml.networks.loading import load_pretrained
    from models_ml.training.config import TrainingConfig
    from models_ml.training.data.pixels import decode
    from models_ml.training.loop import Trainer

    pretrained = load_pretrained(f"transformers:{epoch.checkpoint}")
    config = TrainingConfig(batch_size=epoch.batch_size, precision=epoch.precision, device=epoch.device)
    paths = list(dict.fromkeys(path for path, _ in epoch.items))
    row = {path: number for number, path in enumerate(paths)}
    openers = [partial(Image.open, path) for path in paths]
    texts = tuple(text for _, text in epoch.items)
    items = Items(np.array([row[path] for path, _ in epoch.items]), texts, np.ones(len(texts), dtype=bool))

    few = WARM_UP_STEPS * epoch.batch_size
    warm_up = Items(items.images[:few], texts[:few], items.may_mirror[:few])
    trainer = Trainer(pretrained, decode(openers[:few], pretrained.preprocess, progress=NoProgress()), config)
    trainer.run_epoch(warm_up, 0, NoProgress())

    started = time.perf_counter()
    trainer.pixels = decode(openers, pretrained.preprocess, progress=NoProgress())
    decoded = time.perf_counter()
    loss = trainer.run_epoch(items, 0, NoProgress())
    ended = time.perf_counter()
    peak, precision = _peak_bytes(epoch.device), trainer.compute.precision
    return Measurement(ended - started, decoded - started, loss / epoch.batch_size, peak, precision)


def operations_of_an_item(epoch: Epoch) -> int:
    """Floating-point operations of an item's forward pass: products and convolutions, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from models_ml.networks.loading import load_pretrained

    pretrained = load_pretrained(f"transformers:{epoch.checkpoint}")
    side = pretrained.image_size
    with FlopCounterMode(display=False) as counter:
        pretrained.network.encode_image(torch.zeros(1, 3, side, side))
        pretrained.network.encode_text(pretrained.tokenize(["a lamp"]))
    return counter.get_total_flops()


def _gpu_peak() -> float:
    """Operations a second of a large bfloat16 product, the best of ten."""
    import torch

    a = torch.randn(PEAK_SIDE, PEAK_SIDE, device="cuda", dtype=torch.bfloat16)
    times = []
    for _ in range(13):
        torch.cuda.synchronize()
        started = time.perf_counter()
        a @ a
        torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return 2 * PEAK_SIDE**3 / min(times[3:])


def _peak_bytes(device: str) -> int:
    """The largest resident set of this process so far, unlike getrusage's without its parent's; or what torch held on
    the GPU at most."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated()
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def in_own_process(side: Callable[[Epoch], Measurement], epoch: Epoch) -> Measurement:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(side, epoch).result()


def read_items(folder: Path, count: int) -> tuple[tuple[Path, str], ...]:
    """`count` items of all records of the tables, drawn with seed 0, as `finetune` makes them but for the cutting of
    long texts, which both sides' tokenizers do."""
    from models_ml.finetuning.heritage_mini import read_drawings

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
    drawn = np.resize(np.random.default_rng(0).permutation(len(items)), count)
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
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"], help="of finetune")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--without-plain", action="store_true", help="measure finetune alone")
    options = parser.parse_args()
    from benchmarks.random_siglip import write_random_siglip

    count = max(options.steps, WARM_UP_STEPS) * options.batch_size
    with tempfile.TemporaryDirectory() as folder:
        items = read_items(options.folder, count)
        write_random_siglip(Path(folder), dict.fromkeys(text for _, text in items))
        epoch = Epoch(Path(folder), items, options.steps, options.batch_size, options.precision, options.device)
        plain, ours = [], []
        for number in range(options.rounds):
            if not options.without_plain:
                plain.append(in_own_process(train_plainly, epoch))
            ours.append(in_own_process(train_with_finetune, epoch))
            if plain:
                print(f"round {number + 1}: {plain[-1].seconds / ours[-1].seconds:.2f} times as fast", flush=True)
    trained = options.steps * options.batch_size
    pictures = len({path for path, _ in items})
    print(f"{options.steps} steps of {options.batch_size} items, {pictures} pictures; {os.cpu_count()} cores")
    rates = [report(title, measured, trained) for title, measured in (("plain", plain), ("finetune", ours)) if measured]
    if plain:
        print(f"finetune: {rates[1] / rates[0]:.2f} times the items per second of the plain recipe")
    if options.device == "cuda":
        after_decoding = statistics.median(trained / (each.seconds - each.decoding) for each in ours)
        print(f"after decoding: {after_decoding:,.0f} items/s")
        peak = _gpu_peak()
        with tempfile.TemporaryDirectory() as folder:
            write_random_siglip(Path(folder), dict.fromkeys(text for _, text in items))
            operations = operations_of_an_item(replace(epoch, checkpoint=Path(folder)))
        reached = 3 * operations * after_decoding  # backward is twice forward
        print(
            f"{operations / 1e9:.1f} GFLOP forward an item: {reached / 1e12:,.1f} TFLOP/s, {reached / peak:.1%} of the "
            f"{peak / 1e12:,.0f} TFLOP/s of a bfloat16 product"
        )


if __name__ == "__main__":
    main()
