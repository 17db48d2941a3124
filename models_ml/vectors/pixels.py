"""What a model sees of a stored picture: the museum's file, brought to the model's size as open_clip does it.

Decoding a large picture takes as long as a network. What comes of it is kept beside it, without loss, for the next
run and the next model of the same size and shape. See docs/adr/0020-what-models-see.md.
"""

import io
import logging
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from heritage.errors import UserError
from heritage.files.whole_file import whole_file
from heritage.pictures.store import ImageStore
from models_ml.networks.encoders import Encoder

KEPT_FROM = 3_000_000  # pixels: below, a JPEG is decoded as fast as the page's picture was

logger = logging.getLogger(__name__)


class StoredPixels:
    """Reads pictures of a store for one encoder. Threads may share it."""

    def __init__(self, store: ImageStore, encoder: Encoder) -> None:
        self._store = store
        self._to_bytes, self._shape = encoder.to_bytes, encoder.shape_name

    def read(self, content_hash: str) -> NDArray[np.uint8]:
        """(side, side, 3) uint8, as `Encoder.encode_bytes` takes it. Raises ImageError."""
        path = self._store.seen_path(content_hash, self._shape)
        kept = _read_kept(path)
        if kept is not None:
            return kept
        picture = self._store.picture(content_hash)
        pixels = self._to_bytes(picture)
        if picture.width * picture.height >= KEPT_FROM:
            _keep(path, pixels)
        return pixels


def _read_kept(path: Path) -> NDArray[np.uint8] | None:
    try:
        with PIL.Image.open(path, formats=["WEBP"]) as image:
            return np.asarray(image)
    except FileNotFoundError:
        return None
    except Exception as error:  # A decoder that is fed broken data may raise anything; the original is there.
        logger.warning("%s is damaged and made again: %s", path, error)
        return None


def _keep(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Where there is no room, the picture is decoded again next time."""
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=0, method=0)
    try:
        with whole_file(path) as beside:
            beside.write_bytes(file.getvalue())
    except UserError as error:
        logger.info("Not kept: %s", error)
