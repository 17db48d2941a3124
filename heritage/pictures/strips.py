"""Pictures read strip by strip with libvips, for those that are too large to be held as a whole.

What `decoding` does with a picture, in steps that libvips takes as it reads: memory stays the same however
large the picture is. Kinds that it does not read as Pillow does are left to `decoding`. Needs neither
database nor settings.
"""

from typing import Any

import PIL.Image

from .decoding import SIXTEEN_BIT, orientation, srgb_conversion, unusual_profile

# What libvips and Pillow agree on. Others (AVIF, JPEG 2000, GIF, BMP, floating point) are rarely large.
LOADERS = {"JPEG": "jpegload", "MPO": "jpegload", "PNG": "pngload", "WEBP": "webpload", "TIFF": "tiffload"}
MODES = frozenset(("1", "L", "P", "RGB", "CMYK", *SIXTEEN_BIT))
MODES_WITH_ALPHA = frozenset(("LA", "RGBA"))


def libvips() -> Any:
    """The library, imported late: that takes a moment, and small pictures need none of it."""
    import pyvips

    pyvips.cache_set_max(0)  # Nothing is asked twice.
    return pyvips


def is_read_in_strips(image: PIL.Image.Image) -> bool:
    """Whether libvips shows a picture of that kind as Pillow does."""
    if image.format == "TIFF" and image.info.get("compression") == "jpeg" and image.mode == "CMYK":
        return False  # Whether its inks are inverted is guessed differently.
    # A TIFF's colours may have been multiplied by its alpha or not, which only Pillow looks at.
    alpha = image.format != "TIFF" and image.mode in MODES_WITH_ALPHA
    return image.format in LOADERS and (image.mode in MODES or alpha)


def in_strips(data: bytes, image: PIL.Image.Image) -> Any:
    """What `decoding.flattened` makes of `data`, opened as `image`, as a picture of libvips that is not read yet."""
    turned = orientation(image)
    loader = getattr(libvips().Image, LOADERS[str(image.format)] + "_buffer")
    # What is turned is read from its end or by columns, for which libvips keeps it in a file.
    picture = loader(data, access="random" if turned > 1 else "sequential", fail_on="truncated")
    if picture.format == "ushort":
        grey = picture.bands < 3
        picture = (picture >> 8).cast("uchar").copy(interpretation="b-w" if grey else "srgb")
    if picture.hasalpha():
        picture = picture.flatten(background=255)
    profile = unusual_profile(image)
    mode = {"1": "RGB", "P": "RGB", "LA": "RGB", "RGBA": "RGB"}.get(image.mode, image.mode)
    if profile and image.mode not in ("1", "LA", *SIXTEEN_BIT) and srgb_conversion(profile, mode):
        picture = picture.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    elif image.mode == "CMYK":
        ink = picture.extract_band(0, n=3)
        picture = ((255 - ink) * (255 - picture.extract_band(3)) / 255).cast("uchar").copy(interpretation="srgb")
    return _upright(picture, turned)


def _upright(picture: Any, turned: int) -> Any:
    """The picture after what an EXIF orientation asks for (TIFF 6.0, page 36)."""
    if turned in (2, 5, 7):
        picture = picture.fliphor()
    if turned == 4:
        picture = picture.flipver()
    angle = {3: "d180", 5: "d270", 6: "d90", 7: "d90", 8: "d270"}.get(turned)
    return picture.rot(angle) if angle else picture


def shrunk_in_strips(data: bytes, image: PIL.Image.Image, *, side: int) -> PIL.Image.Image:
    """As `decoding.flattened`, for `data` opened as `image`. Raises pyvips.Error."""
    picture = in_strips(data, image).thumbnail_image(side, height=side, size="down", no_rotate=True)
    shrunk = PIL.Image.frombytes(
        "L" if picture.bands == 1 else "RGB", (picture.width, picture.height), bytes(picture.write_to_memory())
    )
    return shrunk.convert("RGB")
