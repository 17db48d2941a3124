"""Image files on disk, under the SHA-256 of what came in.

    <root>/<first two digits>/<sha>/original      the bytes as they came
                                    display.webp  at most 1,200 px on the longer side
                                    thumbnail.webp  at most 480 px

A folder appears complete or not at all, and what is there is never changed: the same bytes are stored
once, whoever sends them. Pictures are checked against the limits before they are decoded. Needs neither
database nor settings, so that worker processes start quickly; `pool` spreads the work over them.
"""

import hashlib
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import PIL.Image
from PIL import ImageCms

from heritage.errors import UserError

Size = Literal["display", "thumbnail"]
LONGER_SIDE: dict[Size, int] = {"display": 1200, "thumbnail": 480}
WEBP_QUALITY: dict[Size, int] = {"display": 84, "thumbnail": 78}
WEBP_EFFORT = 2  # 0 fast, 6 small: twice as fast as Pillow's default 4 for files some 5 % larger

# Formats that photographs come in. Naming them keeps Pillow's rarer decoders (EPS starts Ghostscript) out of reach.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000", "AVIF")
FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, TIFF, BMP, JPEG 2000 and AVIF"

# Size is checked here, before decoding, against the project's own limit, which may be above Pillow's.
PIL.Image.MAX_IMAGE_PIXELS = None


class ImageError(UserError):
    """A picture cannot be used. The message begins in lower case: it stands behind the picture's name."""


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
        """Check `data`, make its two sizes and store all three; with `dry_run` only check.

        Raises ImageError where the picture is at fault, UserError where the folder cannot be written.
        """
        self._check_bytes(len(data))
        content_hash = hashlib.sha256(data).hexdigest()
        image = self._opened(data)
        width, height = _upright_size(image)
        stored = StoredImage(content_hash, width, height)
        if self.folder(content_hash).is_dir():
            return stored
        try:
            display = _flattened(image, side=LONGER_SIDE["display"])
        except MemoryError as error:
            raise ImageError("needs more memory than there is; make it smaller") from error
        # A decoder that is fed broken data may raise anything; whatever it is, the picture cannot be used.
        except Exception as error:
            raise ImageError(f"is damaged or cut off ({error}); get the file again") from error
        if not dry_run:
            self._write(content_hash, data, display)
        return stored

    def _check_bytes(self, size: int) -> None:
        if size > self.max_bytes:
            raise ImageError(
                f"has {size / 2**20:,.0f} MB, the limit is {self.max_bytes / 2**20:,.0f} MB (IMAGE_MAX_BYTES); "
                "make it smaller"
            )
        if size == 0:
            raise ImageError("is an empty file; get it again")

    def _opened(self, data: bytes) -> PIL.Image.Image:
        """The picture with its header read, nothing decoded yet."""
        try:
            image = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
        except Exception as error:  # As above: header parsers meet broken data too.
            raise ImageError(f"is not an image that can be read; these can: {FORMATS_IN_WORDS}") from error
        if image.width * image.height > self.max_pixels:
            raise ImageError(
                f"has {image.width:,} × {image.height:,} pixels, the limit is {self.max_pixels / 1e6:,.0f} million "
                "(IMAGE_MAX_PIXELS); make it smaller"
            )
        return image

    def _write(self, content_hash: str, data: bytes, display: PIL.Image.Image) -> None:
        final = self.folder(content_hash)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            # The folder's name tells a complete one from one that a killed process left behind.
            incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=final.parent))
        except OSError as error:
            raise UserError(f"The image folder {self.root} cannot be written: {error.strerror}.") from error
        try:
            (incoming / "original").write_bytes(data)
            display.save(incoming / "display.webp", quality=WEBP_QUALITY["display"], method=WEBP_EFFORT)
            side = LONGER_SIDE["thumbnail"]
            thumbnail = display.copy()
            thumbnail.thumbnail((side, side), PIL.Image.Resampling.LANCZOS)
            thumbnail.save(incoming / "thumbnail.webp", quality=WEBP_QUALITY["thumbnail"], method=WEBP_EFFORT)
            incoming.chmod(0o755)
            os.rename(incoming, final)
        except OSError as error:
            shutil.rmtree(incoming, ignore_errors=True)
            if not final.is_dir():  # Otherwise another process has just stored the same picture.
                raise UserError(f"The image folder {self.root} cannot be written: {error.strerror}.") from error


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


# What EXIF's orientations ask for (tag 0x0112); 1 is upright. From 5 on, width and height change places.
ORIENTATION_TAG = 0x0112
TRANSPOSITIONS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


def _orientation(image: PIL.Image.Image) -> int:
    try:
        # The base class's method: that of PNG would decode the whole picture to look behind it.
        return PIL.Image.Image.getexif(image).get(ORIENTATION_TAG, 1)
    except Exception:  # A picture may be fine though what a camera wrote into its header is not.
        return 1


def _upright_size(image: PIL.Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if _orientation(image) in (5, 6, 7, 8) else (image.width, image.height)


def _flattened(image: PIL.Image.Image, *, side: int) -> PIL.Image.Image:
    """First frame, upright, in sRGB, on white, at most `side` pixels long and never enlarged."""
    image.seek(0)
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    image.draft("RGB", (side, side))  # A large JPEG is decoded at a half, quarter or eighth of its size.
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        image = _eight_bit(image)
    elif image.mode in ("1", "P"):
        image = image.convert("RGB")  # These cannot be resampled.
    image.thumbnail((side, side), PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)
    if orientation in TRANSPOSITIONS:
        image = image.transpose(TRANSPOSITIONS[orientation])
    image.load()  # A picture that was small enough from the start has not been decoded yet.
    if image.mode == "RGBA":
        flat = PIL.Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        image = flat
    # Most profiles are sRGB itself, by name; converting from them would only cost time.
    if profile and b"sRGB" not in profile:
        image = _in_srgb(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit(image: PIL.Image.Image) -> PIL.Image.Image:
    """Grey levels of more than 8 bits brought to 0-255: 16-bit scales by its range, others by their extremes."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
        image = image.convert("I")
    else:
        extrema = image.getextrema()
        low, high = float(extrema[0]), float(extrema[1])  # type: ignore[arg-type]
        if image.mode == "I" and low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0  # 16-bit PNG arrives as 32-bit integers.
    scale = 255 / (high - low) if high > low else 0.0
    return image.convert("F").point(lambda level: level * scale - low * scale).convert("L")


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _in_srgb(image: PIL.Image.Image, profile: bytes) -> PIL.Image.Image:
    """`image` in sRGB; unchanged where its profile does not fit it, which is common in old files."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if converted is None else converted
