"""A picture in tiles, so that a browser enlarges it without loading all of it: Deep Zoom, as OpenSeadragon reads it.

    <folder>/pyramid.dzi                        size of picture and tiles
             pyramid_files/<level>/<x>_<y>.jpg  level 0 is one pixel, each next one twice as large

JPEG rather than WebP: written four times as fast. Needs neither database nor settings.
"""

import logging
import shutil
from pathlib import Path
from typing import Any

from .decoding import flattened, opened
from .strips import in_strips, is_read_in_strips, libvips

TILE_SIDE = 510  # pixels; with the overlap on both sides 512
OVERLAP = 1
QUALITY = 85
DESCRIPTION = "pyramid.dzi"

logger = logging.getLogger(__name__)


def tile_path(folder: Path, level: int, x: int, y: int) -> Path:
    """Where a tile lies in `folder`: column `x` and row `y` of a level."""
    return folder / "pyramid_files" / str(level) / f"{x}_{y}.jpg"


def write_tiles(data: bytes, folder: Path, *, max_pixels: int) -> None:
    """Cut the picture in the file's bytes `data` into tiles in `folder`, which is there and empty.

    Raises ImageError where it is damaged, OSError where the folder cannot be written.
    """
    pyvips = libvips()
    image = opened(data, max_pixels=max_pixels)
    if is_read_in_strips(image):
        try:
            _save(in_strips(data, image), folder)
            return
        except pyvips.Error as error:
            logger.info("Read as a whole, as libvips cannot read it: %s", str(error).strip())
            shutil.rmtree(folder)
            folder.mkdir()
    whole = flattened(image)
    try:
        _save(pyvips.Image.new_from_memory(whole.tobytes(), whole.width, whole.height, 3, "uchar"), folder)
    except pyvips.Error as error:
        raise OSError(None, str(error).strip()) from error


def _save(picture: Any, folder: Path) -> None:
    picture.dzsave(
        str(folder / DESCRIPTION.removesuffix(".dzi")),
        layout="dz",
        suffix=f".jpg[Q={QUALITY},keep=none]",
        tile_size=TILE_SIDE,
        overlap=OVERLAP,
    )
    # All that the file says of itself, which may be large and names people and places.
    (folder / "pyramid_files" / "vips-properties.xml").unlink(missing_ok=True)
