"""What decoding may take of the machine's memory: so much for one picture, and large pictures one after the other,
however many threads and processes store or embed. Needs neither database nor settings."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PIL.Image

MANY_PIXELS = 32_000_000  # some 100 MB when decoded
MOST_DECODED_BYTES = 1_280 * 2**20
# Bytes a pixel at the worst moment of `decoding.flattened`, by Pillow's mode, whose RGB takes four.
_OF_MODE = {"1": 5, "L": 5, "P": 5, "RGB": 8, "RGBA": 13, "LA": 13, "PA": 13, "La": 13, "RGBa": 13, "I": 12, "F": 12}
_OF_SIXTEEN_BIT = 14
_OF_OTHERS = 8
_OF_TRANSPARENT_PALETTE = 10

_mine = threading.local()


def decoded_bytes(image: PIL.Image.Image) -> int:
    """What the opened picture takes at most while it is decoded as a whole, in bytes."""
    each = _OF_SIXTEEN_BIT if image.mode.startswith("I;16") else _OF_MODE.get(image.mode, _OF_OTHERS)
    if image.mode == "P" and "transparency" in image.info:
        each = _OF_TRANSPARENT_PALETTE
    return image.width * image.height * each


@contextmanager
def one_at_a_time(pixels: int) -> Iterator[None]:
    """Where there are many pixels, wait until no other picture of many is decoded on this machine. May be nested."""
    if pixels <= MANY_PIXELS or getattr(_mine, "holds", False):
        yield
        return
    # Any file that all processes have will do. The lock goes with the file, also where the process is killed.
    with Path(__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _mine.holds = True
        try:
            yield
        finally:
            _mine.holds = False
