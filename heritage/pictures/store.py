"""Image files on disk, under the SHA-256 of what came in.

    <root>/<first two digits>/<sha>/original      the bytes as they came
                                    display.webp  at most 1,200 px on the longer side
                                    thumbnail.webp  at most 480 px
                                    tiles/        for enlarging, where the picture is larger than the display

                                    seen-*.webp   what a model reads of a large picture, without loss

A folder appears complete or not at all, and what is there is never changed: the same bytes are stored
once, whoever sends them. Only tiles are added later, to pictures that came before there were any, and what
models read. Pictures are checked against the limits before they are decoded. Needs neither database nor
settings, so that worker processes start quickly; `pool` spreads the work over them.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import PIL.Image

from heritage.errors import UserError

from .decoding import ImageError, damaged, flattened, opened, upright_size
from .memory import MANY_PIXELS, one_at_a_time
from .strips import PictureInStrips, is_read_in_strips, libvips, shrunk_in_strips
from .tiles import write_tiles

Size = Literal["display", "thumbnail"]
LONGER_SIDE: dict[Size, int] = {"display": 1200, "thumbnail": 480}
WEBP_QUALITY: dict[Size, int] = {"display": 84, "thumbnail": 78}
# What is longer than so many times its width is seen as small as the page shows it: models enlarge the short side to
# their size, and such a picture to gigabytes.
LONGEST_SHAPE = 100
WEBP_EFFORT = 2  # 0 fast, 6 small: twice as fast as Pillow's default 4 for files some 5 % larger

logger = logging.getLogger(__name__)


def is_tiled(width: int, height: int) -> bool:
    """Whether a picture of that size in pixels has tiles: where the display shows less than there is."""
    return max(width, height) > LONGER_SIDE["display"]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Where a picture lies, and its size in pixels the right way up."""

    content_hash: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImageStore:
    """A folder of pictures and the limits on what may come in."""

    root: Path
    max_bytes: int
    max_pixels: int

    @classmethod
    def from_settings(cls) -> "ImageStore":
        from django.conf import settings

        return cls(settings.IMAGES_DIR, settings.IMAGE_MAX_BYTES, settings.IMAGE_MAX_PIXELS)

    def folder(self, content_hash: str) -> Path:
        return self.root / content_hash[:2] / content_hash

    def original_path(self, content_hash: str) -> Path:
        return self.folder(content_hash) / "original"

    def path(self, content_hash: str, size: Size) -> Path:
        return self.folder(content_hash) / f"{size}.webp"

    def seen_path(self, content_hash: str, shape: str) -> Path:
        """Where the pixels are kept that models of this size and shape read."""
        return self.folder(content_hash) / f"seen-{shape}.webp"

    def tiles_folder(self, content_hash: str) -> Path:
        """Where the picture's tiles lie once they are made; see `tiles` for the layout."""
        return self.folder(content_hash) / "tiles"

    def add_file(self, path: Path, *, dry_run: bool = False) -> StoredImage:
        """Check and store the file at `path`. Raises ImageError."""
        try:
            size = path.stat().st_size
            self._check_bytes(size)
            data = path.read_bytes()
        except OSError as error:
            raise ImageError(f"cannot be read: {error.strerror}") from error
        return self.add(data, dry_run=dry_run)

    def add(self, data: bytes, *, dry_run: bool = False) -> StoredImage:
        """Check `data`, make its two sizes and its tiles and store all; with `dry_run` only check.

        Raises ImageError where the picture is at fault, UserError where the folder cannot be written.
        """
        self._check_bytes(len(data))
        content_hash = hashlib.sha256(data).hexdigest()
        image = opened(data, max_pixels=self.max_pixels)
        stored = StoredImage(content_hash, *upright_size(image))
        if self.folder(content_hash).is_dir():
            return stored
        with one_at_a_time(image.width * image.height):
            try:
                display = _display(data, image)
            # A decoder that is fed broken data may raise anything; whatever it is, the picture cannot be used.
            except Exception as error:
                raise damaged(error) from error
            if not dry_run:
                del image
                self._write(stored, data, display)
        return stored

    def picture(self, content_hash: str) -> PIL.Image.Image:
        """What models see: the museum's file as `decoding.flattened` has it, in RGB and all its pixels.

        One of many pixels is read in strips where that can be, once it is resized. Raises ImageError.
        """
        path = self.original_path(content_hash)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageError(
                f"cannot be read ({error.strerror}); restore {path} from a backup, or import or fetch the picture again"
            ) from error
        image = opened(data, max_pixels=self.max_pixels)
        try:
            if max(image.size) > LONGEST_SHAPE * min(image.size):
                return _display(data, image)
            if image.width * image.height <= MANY_PIXELS:
                return flattened(image)
            if is_read_in_strips(image):
                return PictureInStrips(data, image)
            with one_at_a_time(image.width * image.height):
                return flattened(image)
        except Exception as error:  # As in `add`.
            raise damaged(error) from error

    def make_tiles(self, content_hash: str) -> bool:
        """Cut a stored picture into tiles. Returns whether there are any now: small pictures have none.

        Raises ImageError where the picture is at fault, UserError where the folder cannot be written.
        """
        final = self.tiles_folder(content_hash)
        if final.is_dir():
            return True
        try:
            data = self.original_path(content_hash).read_bytes()
        except OSError:
            return False
        width, height = upright_size(opened(data, max_pixels=self.max_pixels))
        if not is_tiled(width, height):
            return False
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=final.parent))
        try:
            with one_at_a_time(width * height):
                self._cut(data, incoming)
            os.rename(incoming, final)
        except OSError as error:
            if not final.is_dir():  # Otherwise another process has just made the same tiles.
                raise self._cannot_be_written(error) from error
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return True

    def _cut(self, data: bytes, incoming: Path) -> None:
        try:
            write_tiles(data, incoming, max_pixels=self.max_pixels)
        except (ImageError, OSError):
            raise
        except Exception as error:  # As when the display is made.
            raise damaged(error) from error

    def _cannot_be_written(self, error: OSError) -> UserError:
        return UserError(f"The image folder {self.root} cannot be written: {error.strerror}.")

    def _check_bytes(self, size: int) -> None:
        if size > self.max_bytes:
            raise ImageError(
                f"has {size / 2**20:,.0f} MB, the limit is {self.max_bytes / 2**20:,.0f} MB (IMAGE_MAX_BYTES); "
                "make it smaller"
            )
        if size == 0:
            raise ImageError("is an empty file; get it again")

    def _write(self, stored: StoredImage, data: bytes, display: PIL.Image.Image) -> None:
        final = self.folder(stored.content_hash)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            # The folder's name tells a complete one from one that a killed process left behind.
            incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=final.parent))
        except OSError as error:
            raise self._cannot_be_written(error) from error
        try:
            (incoming / "original").write_bytes(data)
            display.save(incoming / "display.webp", quality=WEBP_QUALITY["display"], method=WEBP_EFFORT)
            side = LONGER_SIDE["thumbnail"]
            thumbnail = display.copy()
            thumbnail.thumbnail((side, side), PIL.Image.Resampling.LANCZOS)
            thumbnail.save(incoming / "thumbnail.webp", quality=WEBP_QUALITY["thumbnail"], method=WEBP_EFFORT)
            if is_tiled(stored.width, stored.height):
                (incoming / "tiles").mkdir()
                self._cut(data, incoming / "tiles")
            os.rename(incoming, final)
        except OSError as error:
            if not final.is_dir():  # Otherwise another process has just stored the same picture.
                raise self._cannot_be_written(error) from error
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


def _display(data: bytes, image: PIL.Image.Image) -> PIL.Image.Image:
    """A picture of many pixels in strips; others by Pillow, and so a JPEG, which it decodes at a part of its size."""
    side = LONGER_SIDE["display"]
    if image.width * image.height > MANY_PIXELS and image.format != "JPEG" and is_read_in_strips(image):
        try:
            return shrunk_in_strips(data, image, side=side)
        except libvips().Error:
            logger.info("Read as a whole, as libvips cannot read it.")
    return flattened(image, side=side)


def path_below(root: Path, relative: str) -> Path:
    """The file that `relative` names below `root`. Raises ImageError where it is absent or lies elsewhere."""
    if os.path.isabs(relative) or "\\" in relative:
        raise ImageError(f"“{relative}” has to be relative to the folder of images, with forward slashes")
    try:
        path = (root / relative).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a circle of links
        raise ImageError(f"there is no file “{relative}” in {root}; put it there or correct the path") from error
    if not path.is_relative_to(root.resolve()):
        raise ImageError(f"“{relative}” leads out of {root}; put the picture into that folder")
    if not path.is_file():
        raise ImageError(f"“{relative}” is not a file; name a picture")
    return path
