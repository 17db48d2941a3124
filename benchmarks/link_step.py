"""What a step with links costs beside one of captions alone.

    python -m benchmarks.link_step [MODEL] [--batch-size 64] [--steps 8] [--rounds 5] [--pairs 500] [--device auto]

MODEL is local-dir:FOLDER or transformers:FOLDER; by default heritage-mini. Records are invented: pictures of noise,
texts of 3 to 20 words. Steps of both kinds are taken in turn, on the same captions and by networks of their own from
the same weights. The ratio is of the medians of the rounds, and in brackets the least and the greatest of a round's.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models_ml.training.data.items import Items
    from models_ml.training.links.batches import LinkItems
    from models_ml.training.links.stage import LinkedPairs
    from models_ml.training.loop import Trainer

WANTED = 1.3
HERITAGE_MINI = f"local-dir:{Path(__file__).parents[1] / 'models_ml' / 'heritage_mini'}"
WORDS = ("lamp", "loom", "brass", "glass", "wheel", "radio", "meter", "of", "with", "and", "a", "from", "green", "1901")


def texts(count: int, draws: np.random.Generator) -> tuple[str, ...]:
    return tuple(" ".join(draws.choice(WORDS, draws.integers(3, 21))) for _ in range(count))


def captions(count: int) -> "Items":
    from models_ml.training.data.items import Items

    draws = np.random.default_rng(0)
    return Items(np.arange(count), texts(count, draws), np.zeros(count, bool))


def links(pairs: int, pictures: int) -> "LinkItems":
    """Pairs of half as many records, half of each museum's, each with a picture and three texts."""
    from models_ml.training.links.batches import LinkItems

    draws = np.random.default_rng(1)
    side = max(2, pairs // 4)
    cells = draws.choice(side * side, min(pairs, side * side), replace=False)
    return LinkItems(
        images=tuple(draws.integers(0, pictures, 1) for _ in range(2 * side)),
        texts=tuple(texts(3, draws) for _ in range(2 * side)),
        a=cells // side,
        b=side + cells % side,
        targets=draws.choice([0.0, 0.5, 0.75, 1.0], len(cells)),
        weights=np.ones(len(cells)),
    )


def trainer(source: str, pictures: int, batch_size: int, device: str, beside: "LinkedPairs | None") -> "Trainer":
    from models_ml.networks.loading import load_pretrained
    from models_ml.training.config import TrainingConfig
    from models_ml.training.data.pixels import Pixels
    from models_ml.training.loop import Trainer

    pretrained = load_pretrained(source)
    side = pretrained.image_size
    noise = np.random.default_rng(2).integers(0, 256, (pictures, side, side, 3), np.uint8)
    pixels = Pixels(noise, tuple(pretrained.preprocess.mean), tuple(pretrained.preprocess.std))
    return Trainer(pretrained, pixels, TrainingConfig(batch_size=batch_size, device=device), beside=beside)


def seconds(trained: "Trainer", items: "Items") -> float:
    """Of an epoch."""
    import torch

    from heritage.progress import NoProgress

    on_gpu = trained.compute.device.type == "cuda"
    if on_gpu:
        torch.cuda.synchronize()
    started = time.perf_counter()
    trained.run_epoch(items, 0, NoProgress())
    if on_gpu:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def report(alone: Sequence[float], linked: Sequence[float], steps: int) -> None:
    for name, rounds in (("captions", alone), ("with links", linked)):
        print(f"{name:10} {1000 * statistics.median(rounds) / steps:8.1f} ms a step")
    ratio = statistics.median(linked) / statistics.median(alone)
    each = [more / less for less, more in zip(alone, linked, strict=True)]
    print(f"ratio {ratio:.2f} ({min(each):.2f} to {max(each):.2f}); wanted at most {WANTED}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=HERITAGE_MINI)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()

    from models_ml.training.links.losses import LINK_COMPARISONS, LinkScales
    from models_ml.training.links.stage import LinkedPairs

    count = options.steps * options.batch_size
    items = captions(count)
    scales = LinkScales(dict.fromkeys(LINK_COMPARISONS, (10.0, -5.0)))
    beside = LinkedPairs(links(options.pairs, count), scales, weight=1.0, batch_size=options.batch_size, seed=0)
    both = [trainer(options.model, count, options.batch_size, options.device, each) for each in (None, beside)]
    for each in both:
        seconds(each, items)  # a warm-up
    rounds = [[seconds(each, items) for each in both] for _ in range(options.rounds)]
    compute = both[0].compute
    print(f"batches of {options.batch_size}, beside them {beside.pairs} pairs; {compute.device}, {compute.precision}")
    report(*zip(*rounds, strict=True), options.steps)


if __name__ == "__main__":
    main()
