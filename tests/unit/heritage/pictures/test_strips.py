"""A picture read strip by strip is, level by level, the picture read as a whole."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from heritage.pictures import strips
from heritage.pictures.decoding import ImageError, flattened, opened
from heritage.pictures.strips import PictureInStrips, is_read_in_strips, libvips
from tests.picture_files import CONTAINERS, asking_for, encoded

BICUBIC = PIL.Image.Resampling.BICUBIC


def photograph(width: int = 211, height: int = 157) -> PIL.Image.Image:
    """Colours that change slowly, and grain."""
    random = np.random.default_rng(0)
    coarse = PIL.Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((width, height), BICUBIC)
    grain = PIL.Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
    return PIL.Image.blend(coarse, grain, 0.2)


def see_through() -> PIL.Image.Image:
    picture = photograph()
    picture.putalpha(photograph().convert("L"))
    return picture


def sixteen_bit() -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 2**16, (157, 211), dtype=np.uint16))


def colours_of_sixteen_bits(save: str) -> bytes:
    levels = np.random.default_rng(0).integers(0, 2**16, (157, 211, 3), dtype=np.uint16)
    return getattr(libvips().Image.new_from_array(levels).copy(interpretation="rgb16"), save)()


def wide_profile() -> bytes:
    black = libvips().Image.black(2, 2, bands=3).copy(interpretation="srgb")
    return black.icc_export(output_profile="p3", depth=8).get("icc-profile-data")


KINDS = {
    "JPEG": encoded(photograph(), "JPEG", quality=85),
    "JPEG, 4:4:4": encoded(photograph(), "JPEG", quality=95, subsampling=0),
    "JPEG, progressive": encoded(photograph(), "JPEG", progressive=True),
    "JPEG, grey": encoded(photograph().convert("L"), "JPEG"),
    "JPEG, CMYK": encoded(photograph().convert("CMYK"), "JPEG"),
    "JPEG, turned": encoded(photograph(), "JPEG", exif=asking_for(6)),
    "PNG": encoded(photograph(), "PNG"),
    "PNG, bitonal": encoded(photograph().convert("1"), "PNG"),
    "PNG, palette": encoded(photograph().quantize(64), "PNG"),
    "PNG, transparent palette": encoded(photograph().quantize(64), "PNG", transparency=3),
    "PNG, alpha": encoded(see_through(), "PNG"),
    "PNG, grey and alpha": encoded(see_through().convert("LA"), "PNG"),
    "PNG, 16-bit grey": encoded(sixteen_bit(), "PNG"),
    "PNG, 16-bit colours": colours_of_sixteen_bits("pngsave_buffer"),
    "TIFF, LZW": encoded(photograph(), "TIFF", compression="tiff_lzw"),
    "TIFF, JPEG": encoded(photograph(), "TIFF", compression="jpeg"),
    "TIFF, CMYK": encoded(photograph().convert("CMYK"), "TIFF"),
    "TIFF, 16-bit grey": encoded(sixteen_bit(), "TIFF"),
    "TIFF, 16-bit colours": colours_of_sixteen_bits("tiffsave_buffer"),
    "WebP": encoded(photograph(), "WEBP", quality=80),
    "WebP, alpha": encoded(see_through(), "WEBP", quality=80),
}


def in_strips(data: bytes) -> PictureInStrips:
    image = opened(data, max_pixels=10**6)
    assert is_read_in_strips(image)
    return PictureInStrips(data, image)


def whole(data: bytes) -> PIL.Image.Image:
    return flattened(opened(data, max_pixels=10**6))


def levels(image: PIL.Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


@pytest.fixture
def thin_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "STRIP_PIXELS", 5_000)


@pytest.mark.usefixtures("thin_strips")
@pytest.mark.parametrize("size", [(32, 32), (211, 40), (40, 157), (300, 20)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_resized_in_strips_as_in_one(kind: str, size: tuple[int, int]) -> None:
    data = KINDS[kind]
    picture = in_strips(data)
    np.testing.assert_array_equal(levels(picture.resize(size, BICUBIC)), levels(whole(data).resize(size, BICUBIC)))
    assert (picture.mode, picture.size) == ("RGB", whole(data).size)


@pytest.mark.usefixtures("thin_strips")
@pytest.mark.parametrize("shape", [(300, 400), (90, 500), (500, 90), (20, 700)], ids=str)
@pytest.mark.parametrize("size", [(200, 199), (200, 200), (200, 201), (16, 16), (64, 300)], ids=str)
def test_the_side_that_pillow_begins_with(shape: tuple[int, int], size: tuple[int, int]) -> None:
    data = encoded(photograph(*shape), "PNG")
    np.testing.assert_array_equal(
        levels(in_strips(data).resize(size, BICUBIC)), levels(whole(data).resize(size, BICUBIC))
    )


@pytest.mark.usefixtures("thin_strips")
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", [name for name in CONTAINERS if name != "AVIF"])
def test_every_way_up(container: str, orientation: int) -> None:
    data = CONTAINERS[container](photograph(60, 40), orientation)
    np.testing.assert_array_equal(
        levels(in_strips(data).resize((16, 16), BICUBIC)), levels(whole(data).resize((16, 16), BICUBIC))
    )


def test_a_colour_profile_may_round_otherwise() -> None:
    data = encoded(photograph(), "JPEG", icc_profile=wide_profile())
    difference = np.abs(
        levels(in_strips(data).resize((32, 32), BICUBIC)) - levels(whole(data).resize((32, 32), BICUBIC))
    )
    assert difference.max() <= 1


def test_what_is_not_a_resize_reads_the_whole() -> None:
    data = KINDS["JPEG"]
    np.testing.assert_array_equal(levels(in_strips(data)), levels(whole(data)))
    part = (10.0, 20.0, 110.0, 120.0)
    np.testing.assert_array_equal(
        levels(in_strips(data).resize((8, 8), BICUBIC, box=part)), levels(whole(data).resize((8, 8), BICUBIC, box=part))
    )
    thumbnail = in_strips(data)
    thumbnail.thumbnail((50, 50))
    assert thumbnail.size == (50, 37)


def test_what_libvips_cannot_read_is_read_by_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise libvips().Error("no such operation")

    data = KINDS["PNG"]
    wanted = levels(whole(data).resize((32, 32), BICUBIC))
    monkeypatch.setattr(strips, "in_strips", refuse)
    np.testing.assert_array_equal(levels(in_strips(data).resize((32, 32), BICUBIC)), wanted)


def test_a_picture_cut_off_says_so() -> None:
    with pytest.raises(ImageError, match="cut off"):
        in_strips(KINDS["JPEG"][:3000]).resize((32, 32), BICUBIC)


PEAK = """
import pathlib, re, sys
from heritage.pictures.decoding import opened
from heritage.pictures.strips import PictureInStrips
data = pathlib.Path(sys.argv[1]).read_bytes()
assert PictureInStrips(data, opened(data, max_pixels=10**9)).resize((224, 224), 3).size == (224, 224)
print(int(re.search("VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read where Linux tells it")
def test_memory_does_not_grow_with_the_picture(tmp_path: Path) -> None:
    """Decoded as a whole it would have 320 MB."""
    path = tmp_path / "large.jpg"
    PIL.Image.new("RGB", (10_000, 8_000), "teal").save(path)
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 200
