"""The same picture whatever it is wrapped in: upright once, in the same colours, in the display and in the tiles."""

import io
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest
from PIL import ImageChops, ImageCms, ImageDraw, PngImagePlugin

from heritage.pictures.store import ImageError, ImageStore
from heritage.pictures.tiles import tile_path
from tests.picture_files import CONTAINERS, encoded, near, png_chunk

SIDE = 1300  # pixels: just large enough to have tiles


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images", max_bytes=30_000_000, max_pixels=4_000_000)


def display(store: ImageStore, content_hash: str) -> PIL.Image.Image:
    return PIL.Image.open(store.path(content_hash, "display")).convert("RGB")


def levels(folder: Path) -> list[int]:
    return sorted(int(level.name) for level in (folder / "pyramid_files").iterdir())


def from_tiles(folder: Path, level: int) -> PIL.Image.Image:
    """One level put together again from its tiles (510 px and an overlap of 1)."""
    tiles = {
        tuple(map(int, path.stem.split("_"))): PIL.Image.open(path).convert("RGB")
        for path in (folder / "pyramid_files" / str(level)).iterdir()
    }
    places = {(x, y): (max(0, x * 510 - 1), max(0, y * 510 - 1)) for x, y in tiles}
    size = [max(places[key][axis] + tile.size[axis] for key, tile in tiles.items()) for axis in (0, 1)]
    whole = PIL.Image.new("RGB", (size[0], size[1]))
    for key, tile in tiles.items():
        whole.paste(tile, places[key])
    return whole


CORNERS = ("red", "lime", "blue", "yellow")  # in reading order


def cornered(width: int, height: int) -> PIL.Image.Image:
    """A picture whose four quarters differ, so that no turn or mirror image looks like another."""
    image = PIL.Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    x, y = width // 2, height // 2
    for colour, box in zip(
        CORNERS, ((0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)), strict=True
    ):
        draw.rectangle(box, fill=colour)
    return image


def corners(image: PIL.Image.Image) -> list[str]:
    """The colours of the four quarters of `image`, in reading order."""
    palette = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
    width, height = image.size
    found = []
    for x, y in ((1, 1), (3, 1), (1, 3), (3, 3)):
        pixel = image.getpixel((x * width // 4, y * height // 4))
        found.append(min(palette, key=lambda name: sum(abs(a - b) for a, b in zip(palette[name], pixel, strict=True))))
    return found


# Quarters in reading order as EXIF 2.32, 4.6.5 says that each orientation is to be shown.
UPRIGHT = {
    1: ("red", "lime", "blue", "yellow"),
    2: ("lime", "red", "yellow", "blue"),
    3: ("yellow", "blue", "lime", "red"),
    4: ("blue", "yellow", "red", "lime"),
    5: ("red", "blue", "lime", "yellow"),
    6: ("blue", "red", "yellow", "lime"),
    7: ("yellow", "lime", "blue", "red"),
    8: ("lime", "yellow", "red", "blue"),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_picture_is_turned_once_in_every_container(store: ImageStore, container: str, orientation: int) -> None:
    stored = store.add(CONTAINERS[container](cornered(60, 30), orientation))
    size = (30, 60) if orientation >= 5 else (60, 30)
    shown = display(store, stored.content_hash)
    assert (stored.width, stored.height) == shown.size == size
    assert corners(shown) == list(UPRIGHT[orientation])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", ["JPEG", "TIFF", "PNG", "WebP", "TIFF, XMP", "PNG, XMP behind the pixels"])
def test_tiles_are_turned_as_the_display_is(store: ImageStore, container: str, orientation: int) -> None:
    stored = store.add(CONTAINERS[container](cornered(SIDE, 40), orientation))
    folder = store.tiles_folder(stored.content_hash)
    whole = from_tiles(folder, levels(folder)[-1])
    assert whole.size == (stored.width, stored.height) == ((40, SIDE) if orientation >= 5 else (SIDE, 40))
    assert corners(whole) == list(UPRIGHT[orientation]) == corners(display(store, stored.content_hash))


def test_an_orientation_that_there_is_not_is_none(store: ImageStore) -> None:
    stored = store.add(CONTAINERS["PNG"](cornered(60, 30), 77))
    assert (stored.width, stored.height) == (60, 30)


def gradient(mode: str) -> PIL.Image.Image:
    ramp = PIL.Image.linear_gradient("L").resize((SIDE, 40))
    bands = {
        "RGB": (ramp, ImageChops.invert(ramp), PIL.Image.new("L", ramp.size, 90)),
        "RGBA": (ramp, ImageChops.invert(ramp), PIL.Image.new("L", ramp.size, 90), ramp),
        "CMYK": (ramp, ImageChops.invert(ramp), PIL.Image.new("L", ramp.size, 90), PIL.Image.new("L", ramp.size, 30)),
        "LA": (ramp, ImageChops.invert(ramp)),
    }
    return PIL.Image.merge(mode, bands[mode]) if mode in bands else ramp.convert(mode)


def sixteen_bit() -> PIL.Image.Image:
    levels = b"".join(struct.pack("<H", 65535 * x // SIDE) for x in range(SIDE))
    return PIL.Image.frombytes("I;16", (SIDE, 40), levels * 40)


def sixteen_bit_colours() -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads and does not write."""
    row = b"\0" + b"".join(struct.pack(">HHH", 65535 * x // SIDE, 30_000, 65535) for x in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, 40, 16, 2, 0, 0, 0)
    pixels = png_chunk(b"IDAT", zlib.compress(row * 40))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + pixels + png_chunk(b"IEND", b"")


def palette_with_a_hole() -> bytes:
    return encoded(gradient("L").convert("P", palette=PIL.Image.Palette.ADAPTIVE), "PNG", transparency=0)


def wide_gamut() -> bytes:
    """A profile that is not sRGB: its primaries turned round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile).replace(b"s\0R\0G\0B", b"x\0R\0G\0B").replace(b"sRGB", b"xRGB")


def frames() -> list[PIL.Image.Image]:
    return [gradient("RGB"), PIL.Image.new("RGB", (SIDE, 40), "red")]


KINDS: dict[str, bytes] = {
    "grey": encoded(gradient("L"), "JPEG", quality=95),
    "progressive": encoded(gradient("RGB"), "JPEG", quality=95, subsampling=0, progressive=True),
    "CMYK as Adobe inverts it": encoded(gradient("CMYK"), "JPEG", quality=95),
    "CMYK in a TIFF": encoded(gradient("CMYK"), "TIFF"),
    "grey of 16 bits": encoded(sixteen_bit(), "PNG"),
    "grey of 16 bits in a TIFF": encoded(sixteen_bit(), "TIFF"),
    "colours of 16 bits": sixteen_bit_colours(),
    "alpha": encoded(gradient("RGBA"), "PNG"),
    "alpha in a WebP": encoded(gradient("RGBA"), "WEBP", lossless=True),
    "alpha in a TIFF": encoded(gradient("RGBA"), "TIFF"),
    "grey with alpha": encoded(gradient("LA"), "PNG"),
    "palette": encoded(gradient("L").convert("P"), "PNG"),
    "palette with a hole": palette_with_a_hole(),
    "black and white": encoded(gradient("L").convert("1", dither=PIL.Image.Dither.NONE), "PNG"),
    "fax": encoded(gradient("L").convert("1", dither=PIL.Image.Dither.NONE), "TIFF", compression="group4"),
    "another profile": encoded(gradient("RGB"), "PNG", icc_profile=wide_gamut()),
    "another profile in a JPEG": encoded(
        gradient("RGB"), "JPEG", quality=95, subsampling=0, icc_profile=wide_gamut()
    ),
    "a profile that does not fit": encoded(gradient("L"), "PNG", icc_profile=wide_gamut()),
    "animated GIF": encoded(frames()[0], "GIF", save_all=True, append_images=frames()[1:]),
    "animated WebP": encoded(frames()[0], "WEBP", lossless=True, save_all=True, append_images=frames()[1:]),
    "animated PNG": encoded(frames()[0], "PNG", save_all=True, append_images=frames()[1:]),
    "TIFF of several pages": encoded(frames()[0], "TIFF", save_all=True, append_images=frames()[1:]),
    "JPEG of several pictures": encoded(frames()[0], "MPO", save_all=True, append_images=frames()[1:]),
    "BMP": encoded(gradient("RGB"), "BMP"),
    "JPEG 2000": encoded(gradient("RGB"), "JPEG2000"),
    "AVIF": encoded(gradient("RGB"), "AVIF", quality=95, subsampling="4:4:4"),
    "floating point": encoded(gradient("F"), "TIFF"),
    "LAB": encoded(ImageCms.applyTransform(gradient("RGB"), ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")), "TIFF"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_tiles_show_what_the_display_shows(store: ImageStore, kind: str) -> None:
    stored = store.add(KINDS[kind])
    folder = store.tiles_folder(stored.content_hash)
    whole = from_tiles(folder, levels(folder)[-1])
    assert whole.size == (SIDE, 40)
    shown = display(store, stored.content_hash)
    whole = whole.resize(shown.size, PIL.Image.Resampling.LANCZOS)
    for x in range(20, shown.width, 60):
        for y in (6, 18, 30):
            assert near(whole.getpixel((x, y)), shown.getpixel((x, y)), 14), (x, y)


@pytest.mark.parametrize(
    ("kind", "top"),
    [
        ("alpha", (255, 255, 255)),  # nothing there: white
        ("grey", (0, 0, 0)),
        ("CMYK as Adobe inverts it", (225, 0, 146)),
        ("CMYK in a TIFF", (225, 0, 146)),
        ("animated WebP", (0, 255, 90)),
        ("animated PNG", (0, 255, 90)),
        ("TIFF of several pages", (0, 255, 90)),
        ("LAB", (0, 255, 90)),
        ("another profile", (90, 255, 0)),
    ],
)
def test_colours_at_the_top(store: ImageStore, kind: str, top: tuple[int, int, int]) -> None:
    pixel = display(store, store.add(KINDS[kind]).content_hash).getpixel((600, 0))
    assert near(pixel, top, 28), pixel


LARGE = 3_000_000  # bytes of a profile or description


def with_a_large_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>" + "a" * LARGE + "</x:xmpmeta>", zip=True)
    return encoded(gradient("RGB"), "PNG", pnginfo=info)


def padded(profile: bytes) -> bytes:
    padded = profile + bytes(LARGE)
    return struct.pack(">I", len(padded)) + padded[4:]


@pytest.mark.parametrize(
    "data",
    [
        with_a_large_text(),
        encoded(gradient("RGB"), "PNG", icc_profile=padded(wide_gamut())),
        encoded(gradient("RGB"), "JPEG", icc_profile=padded(wide_gamut())),
        encoded(gradient("RGB"), "WEBP", xmp=b"a" * LARGE),
        encoded(gradient("RGB"), "TIFF", icc_profile=padded(wide_gamut())),
    ],
    ids=["PNG with a description", "PNG with a profile", "JPEG with a profile", "WebP with XMP", "TIFF with a profile"],
)
def test_large_metadata_neither_spoil_a_picture_nor_travel_with_it(store: ImageStore, data: bytes) -> None:
    content_hash = store.add(data).content_hash
    assert display(store, content_hash).size[0] == 1200
    made = [store.path(content_hash, "display"), *store.tiles_folder(content_hash).rglob("*.jpg")]
    assert max(path.stat().st_size for path in made) < 100_000


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("container", CONTAINERS)
def test_half_a_picture_is_refused_in_a_sentence(store: ImageStore, container: str, share: float) -> None:
    noise = PIL.Image.merge("RGB", [PIL.Image.effect_noise((200, 200), 80)] * 3)
    data = CONTAINERS[container](noise, 1)
    with pytest.raises(ImageError, match=r"is damaged or cut off|is not an image that can be read"):
        store.add(data[: int(share * len(data))])
    assert not any(store.root.rglob("*")) if store.root.exists() else True


def test_a_tile_is_found_by_level_column_and_row(store: ImageStore) -> None:
    folder = store.tiles_folder(store.add(encoded(gradient("RGB"), "JPEG")).content_hash)
    assert levels(folder) == list(range(12))
    assert PIL.Image.open(io.BytesIO(tile_path(folder, 11, 2, 0).read_bytes())).size == (281, 40)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("container", ["PNG", "TIFF", "WebP"])
def test_a_picture_of_many_pixels_looks_as_a_small_one_does(
    store: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str, orientation: int
) -> None:
    data = CONTAINERS[container](gradient("RGB"), orientation)
    usual = store.add(data)
    monkeypatch.setattr("heritage.pictures.store.MANY_PIXELS", 0)
    other = ImageStore(tmp_path / "other", 30_000_000, 4_000_000)
    assert other.add(data) == usual
    expected, found = display(store, usual.content_hash), display(other, usual.content_hash)
    assert found.size == expected.size
    extrema = ImageChops.difference(found, expected).getextrema()
    assert max(high for _, high in extrema) < 20  # type: ignore[misc]
