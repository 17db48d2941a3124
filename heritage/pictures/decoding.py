"""From a museum's file to the picture that people see: first frame, upright, in sRGB, on white.

Pure: bytes in, Pillow's images out. What came in is checked against the limit of pixels before anything is
decoded. `store` says where the results lie, `tiles` does the same in strips for what is too large to be held.
"""

import io
import struct
from functools import lru_cache
from pathlib import Path

import PIL.Image
from PIL import ImageCms, PngImagePlugin, TiffImagePlugin

from heritage.errors import UserError

from .memory import MOST_DECODED_BYTES, decoded_bytes, one_at_a_time

# Formats that photographs come in. Naming them keeps Pillow's rarer decoders (EPS starts Ghostscript) out of reach.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000", "AVIF")
FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, TIFF, BMP, JPEG 2000 and AVIF"

MEDIA_TYPES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "MPO": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
    "GIF": ("image/gif", ".gif"),
    "TIFF": ("image/tiff", ".tif"),
    "BMP": ("image/bmp", ".bmp"),
    "JPEG2000": ("image/jp2", ".jp2"),
    "AVIF": ("image/avif", ".avif"),
}

# Size is checked here, before decoding, against the project's own limit, which may be above Pillow's.
PIL.Image.MAX_IMAGE_PIXELS = None
# Pillow refuses a PNG whose profile or description unfolds to more than 1 MB; photographs from studios have such.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20

# Of a picture that Pillow decodes in Python, byte by byte: some half a second of work. A file of a kilobyte may say of
# itself that it has all the pixels that there may be.
MOST_PIXELS_IN_PYTHON = 4_000_000

SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")


class ImageError(UserError):
    """A picture cannot be used. The message begins in lower case: it stands behind the picture's name."""


def opened(data: bytes, *, max_pixels: int) -> PIL.Image.Image:
    """The picture with its header read and nothing decoded yet. Raises ImageError."""
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # A decoder that is fed broken data may raise anything; header parsers meet it too.
        raise ImageError(f"is not an image that can be read; these can: {FORMATS_IN_WORDS}") from error
    if image.width * image.height > max_pixels:
        raise ImageError(
            f"has {image.width:,} × {image.height:,} pixels, the limit is {max_pixels / 1e6:,.0f} million "
            "(IMAGE_MAX_PIXELS); make it smaller"
        )
    if image.width * image.height > MOST_PIXELS_IN_PYTHON and any(tile[0] in PIL.Image.DECODERS for tile in image.tile):
        raise ImageError(
            f"has {image.width:,} × {image.height:,} pixels coded by run lengths, which takes too long to be read: "
            "save it as PNG"
        )
    if image.format == "PNG" and _says_more_behind_its_pixels(data):
        try:
            with one_at_a_time(image.width * image.height):
                image.load()
        except Exception as error:
            raise damaged(error) from error
    return image


def media_type(path: Path) -> tuple[str, str]:
    """Content type and usual ending of a file, by its bytes."""
    try:
        with PIL.Image.open(path, formats=FORMATS) as image:
            return MEDIA_TYPES[str(image.format)]
    except Exception:  # As in `opened`.
        return "application/octet-stream", ""


def damaged(error: Exception) -> ImageError:
    """What to say of a picture whose pixels cannot be decoded."""
    if isinstance(error, ImageError):
        return error
    if isinstance(error, MemoryError):
        return ImageError("needs more memory than there is; make it smaller")
    return ImageError(f"is damaged or cut off ({error}); get the file again")


def _says_more_behind_its_pixels(data: bytes) -> bool:
    """Whether a PNG has EXIF or texts after its pixels, where Pillow reads them only once these are decoded."""
    position, pixels_seen = 8, False
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IDAT":
            pixels_seen = True
        elif pixels_seen and kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            return True
        position += length + 12
    return False


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
TURNED = (5, 6, 7, 8)


def orientation(image: PIL.Image.Image) -> int:
    """What the file asks for, 1 to 8, whether or not Pillow has done it by itself. Ask before decoding."""
    try:
        # The base class's method: that of PNG would decode the whole picture to look behind it.
        asked = PIL.Image.Image.getexif(image).get(ORIENTATION_TAG, 1)
    except Exception:  # A picture may be fine though what a camera wrote into its header is not.
        return 1
    return asked if asked in TRANSPOSITIONS else 1


def _transposition(image: PIL.Image.Image) -> PIL.Image.Transpose | None:
    """What is left to do after Pillow: it turns TIFF by itself, on decoding, and gives its size as turned."""
    return None if image.format == "TIFF" else TRANSPOSITIONS.get(orientation(image))


def upright_size(image: PIL.Image.Image) -> tuple[int, int]:
    """Width and height in pixels the right way up."""
    turned = orientation(image) in TURNED
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Its size is given as turned where its own tag asks for that, and not where its XMP does.
        turned = turned and image.tag_v2.get(ORIENTATION_TAG) not in TURNED
    return (image.height, image.width) if turned else (image.width, image.height)


def flattened(image: PIL.Image.Image, *, side: int | None = None) -> PIL.Image.Image:
    """The picture in RGB as people see it, at most `side` pixels long and never enlarged; without `side`, as large
    as it is. Raises ImageError, before anything is decoded, where that would take more memory than it may."""
    image.seek(0)
    profile = unusual_profile(image)
    transposition = _transposition(image)
    if side:
        image.draft("RGB", (side, side))  # A large JPEG is decoded at a half, quarter or eighth of its size.
    if (needed := decoded_bytes(image)) > MOST_DECODED_BYTES:
        raise ImageError(
            f"takes {needed / 2**20:,.0f} MB of memory once it is decoded, the limit is "
            f"{MOST_DECODED_BYTES / 2**20:,.0f} MB; save it with 8 bits a channel and without transparency, "
            "or make it smaller"
        )
    if image.format == "TIFF":
        image.load()  # Pillow may turn it only now, after it has given its size.
    if image.mode in (*SIXTEEN_BIT, "I", "F"):
        image = _eight_bit(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("1", "P"):
        image = image.convert("RGB")  # These cannot be resampled.
    if side:
        image.thumbnail((side, side), PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)
    if transposition is not None:
        image = image.transpose(transposition)
    image.load()  # A picture that was small enough from the start has not been decoded yet.
    if image.mode == "RGBA":
        flat = PIL.Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        image = flat
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _from_lab()) or image.convert("RGB")
    if profile and (conversion := srgb_conversion(profile, image.mode)):
        image = ImageCms.applyTransform(image, conversion) or image
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit(image: PIL.Image.Image) -> PIL.Image.Image:
    """Grey levels of more than 8 bits brought to 0-255: 16-bit scales by its range, others by their extremes."""
    transparent = image.info.get("transparency")
    if image.mode in SIXTEEN_BIT:
        low, high = 0.0, 65535.0
        image = image.convert("I")
    else:
        extrema = image.getextrema()
        low, high = float(extrema[0]), float(extrema[1])  # type: ignore[arg-type]
        if image.mode == "I" and low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0  # 16-bit PNG arrives as 32-bit integers.
    scale = 255 / (high - low) if high > low else 0.0
    image = image.convert("F").point(lambda level: level * scale - low * scale).convert("L")
    if isinstance(transparent, int):
        image.info["transparency"] = min(255, max(0, int((transparent - low) * scale)))
    return image


def unusual_profile(image: PIL.Image.Image) -> bytes | None:
    """The picture's colour profile, unless it is sRGB itself, by name: most are, and converting costs time."""
    profile = image.info.get("icc_profile")
    return profile if profile and b"sRGB" not in profile else None


def srgb_conversion(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From `mode` in that profile to sRGB; None where the profile does not fit, which is common in old files."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, KeyError):
        return None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=1)
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
