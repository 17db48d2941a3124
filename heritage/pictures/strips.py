"""Pictures read strip by strip with libvips, for those that are too large to be held as a whole.

What `decoding` does with a picture, in steps that libvips takes as it reads: memory stays the same however
large the picture is. Kinds that it does not read as Pillow does are left to `decoding`. Needs neither
database nor settings.
"""

import logging
from typing import Any

import PIL.Image

from .decoding import SIXTEEN_BIT, damaged, flattened, orientation, srgb_conversion, unusual_profile, upright_size

# What libvips and Pillow agree on. Others (AVIF, JPEG 2000, GIF, BMP, floating point) are rarely large.
LOADERS = {"JPEG": "jpegload", "MPO": "jpegload", "PNG": "pngload", "WEBP": "webpload", "TIFF": "tiffload"}
MODES = frozenset(("1", "L", "P", "RGB", "CMYK", *SIXTEEN_BIT))
MODES_WITH_ALPHA = frozenset(("LA", "RGBA"))
STRIP_PIXELS = 2_000_000  # some 8 MB
TRANSPOSED = 5  # of EXIF's orientations

logger = logging.getLogger(__name__)


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


def in_strips(data: bytes, image: PIL.Image.Image, *, by_columns: bool = False) -> Any:
    """What `decoding.flattened` makes of `data`, opened as `image`, as a picture of libvips that is not read yet.

    `by_columns` makes its columns rows.
    """
    turned = orientation(image)
    loader = getattr(libvips().Image, LOADERS[str(image.format)] + "_buffer")
    # What is turned is read from its end or by columns, for which libvips keeps it in a file.
    access = "random" if turned > 1 or by_columns else "sequential"
    picture = loader(data, access=access, fail_on="truncated")
    if picture.format == "ushort":
        grey = picture.bands < 3
        # Pillow brings grey levels to 255 by their range, and takes the upper byte of colours.
        levels = picture / 257 if image.mode in SIXTEEN_BIT else picture >> 8
        picture = levels.cast("uchar").copy(interpretation="b-w" if grey else "srgb")
    if picture.hasalpha():
        picture = _on_white(picture)
    profile = unusual_profile(image)
    mode = {"1": "RGB", "P": "RGB", "LA": "RGB", "RGBA": "RGB"}.get(image.mode, image.mode)
    if profile and image.mode not in ("1", "LA", *SIXTEEN_BIT) and srgb_conversion(profile, mode):
        picture = picture.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    elif image.mode == "CMYK":
        ink = picture.extract_band(0, n=3)
        picture = ((255 - ink) * (255 - picture.extract_band(3)) / 255).cast("uchar").copy(interpretation="srgb")
    picture = _upright(picture, turned)
    return _upright(picture, TRANSPOSED) if by_columns else picture


def _on_white(picture: Any) -> Any:
    """As Pillow does, to the nearest level; libvips' own would cut off what is behind the point."""
    colours = picture.bands - 1
    alpha = picture.extract_band(colours)
    shown = picture.extract_band(0, n=colours) * alpha + (255 - alpha) * 255
    return (shown / 255).rint().cast("uchar").copy(interpretation="b-w" if colours == 1 else "srgb")


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


class PictureInStrips(PIL.Image.Image):
    """`decoding.flattened` of `data`, opened as `image`, of which no more than a strip is held while it is resized.

    Pillow resizes along one side and then along the other, with whole levels between the two. So does this, the first
    side strip by strip: what comes of it is what Pillow gives of the whole, to the last level. Anything else that is
    asked of the picture reads all of it.
    """

    def __init__(self, data: bytes, image: PIL.Image.Image) -> None:
        super().__init__()
        self._data, self._opened = data, image
        self._mode, self._size = "RGB", upright_size(image)

    def load(self) -> Any:
        """Raises ImageError where the picture is damaged."""
        if self._im is None:
            try:
                self.im = flattened(self._opened).im
            except Exception as error:  # A decoder that is fed broken data may raise anything.
                raise damaged(error) from error
        return super().load()

    def resize(
        self,
        size: Any,
        resample: int | None = None,
        box: tuple[float, float, float, float] | None = None,
        reducing_gap: float | None = None,
    ) -> PIL.Image.Image:
        """`reducing_gap`, which would save time for an inexact result, changes nothing."""
        if self._im is None and box is None and resample != PIL.Image.Resampling.NEAREST:
            try:
                return self._resized_along_one((size[0], size[1]), resample).resize(size, resample)
            except libvips().Error:
                logger.info("Read as a whole, as libvips cannot read it.")
        return super().resize(size, resample, box)

    def _resized_along_one(self, size: tuple[int, int], resample: int | None) -> PIL.Image.Image:
        by_columns = _columns_first(self.size, size)
        picture = in_strips(self._data, self._opened, by_columns=by_columns)
        mode = "L" if picture.bands == 1 else "RGB"
        region = libvips().Region.new(picture)
        narrow = PIL.Image.new("RGB", (size[by_columns], picture.height))
        rows = max(1, STRIP_PIXELS // picture.width)
        for top in range(0, picture.height, rows):
            height = min(rows, picture.height - top)
            levels = region.fetch(0, top, picture.width, height)
            strip = PIL.Image.frombuffer(mode, (picture.width, height), levels, "raw", mode, 0, 1).convert("RGB")
            narrow.paste(strip.resize((narrow.width, height), resample), (0, top))
        return narrow.transpose(PIL.Image.Transpose.TRANSPOSE) if by_columns else narrow


def _columns_first(size: tuple[int, int], to: tuple[int, int]) -> bool:
    """Whether Pillow begins with the columns: from 13 on, where the height shrinks by more than twice the width."""
    width, height = size[0] - to[0], size[1] - to[1]
    return height > max(0, 2 * width)
