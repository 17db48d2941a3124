"""Images decoded once, before training, into bytes of the model's size.

The steps of the model's own preprocessing up to bytes (resize, crop) run here, on several threads,
since Pillow lets go of the interpreter lock while it decodes; scaling to floats and normalising
happen per batch. So no training step waits for a decoder, and each image is decoded once however
many items and epochs it takes part in. The bytes lie in memory, or in a file that the operating
system pages, where the caller gives one.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from open_clip.transform import PreprocessCfg
from PIL.Image import Image
from torch import Tensor

from heritage.progress import Progress
from models_ml.networks.preprocessing import as_floats, byte_steps, normalise

Opener = Callable[[], Image]


@dataclass(frozen=True)
class Pixels:
    """Decoded images, (n, side, side, 3) uint8, and how the model normalises them."""

    data: NDArray[np.uint8]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def batch(self, rows: NDArray[np.int64]) -> Tensor:
        """Images `rows` as float (n, 3, side, side) in 0..1, channels last in memory."""
        return as_floats(self.data[rows])

    def normalise(self, batch: Tensor) -> Tensor:
        """(n, 3, h, w) in 0..1 -> as the network takes it."""
        return normalise(batch, self.mean, self.std)


def decode(
    openers: Sequence[Opener],
    preprocess: PreprocessCfg,
    *,
    progress: Progress,
    enlarge: float = 1.0,
    file: Path | None = None,
) -> Pixels:
    """Decode the images that `openers` open to the model's size, or `enlarge` times that.

    `file`, if given, is created to hold the bytes. What an opener raises is raised here, and OSError where there is no
    room for the file.
    """
    side = _side(preprocess, enlarge)
    to_bytes = byte_steps(replace(preprocess, size=side))
    shape = (len(openers), side, side, 3)
    data = np.empty(shape, np.uint8) if file is None else _mapped(file, shape)

    def fill(row: int) -> None:
        with openers[row]() as image:
            data[row] = to_bytes(image)

    progress.start("Decoding images", len(openers))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for _ in pool.map(fill, range(len(openers))):
                progress.advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return Pixels(data, tuple(preprocess.mean), tuple(preprocess.std))


def read_decoded(count: int, preprocess: PreprocessCfg, file: Path, *, enlarge: float = 1.0) -> Pixels:
    """The `count` images that another process decoded into `file` with `enlarge`."""
    side = _side(preprocess, enlarge)
    data = np.memmap(file, np.uint8, "r", shape=(count, side, side, 3))
    return Pixels(data, tuple(preprocess.mean), tuple(preprocess.std))


def _side(preprocess: PreprocessCfg, enlarge: float) -> int:
    size = preprocess.size if isinstance(preprocess.size, int) else preprocess.size[0]
    return round(size * enlarge)


def _mapped(file: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A new file of that many bytes as an array. Its room is taken at once: a disk that fills up under a mapped file
    would end the process without a word."""
    with file.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, int(np.prod(shape)))
    return np.memmap(file, np.uint8, "r+", shape=shape)
