"""Pictures of every kind end as an original, a display size and a thumbnail; bad ones end as a sentence."""

import hashlib
import os
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest
from PIL import ImageCms, ImageDraw

from heritage.errors import UserError
from heritage.pictures.decoding import flattened, opened
from heritage.pictures.pool import FEW, ImagePool
from heritage.pictures.store import ImageError, ImageStore, StoredImage, path_below
from heritage.pictures.strips import PictureInStrips
from tests.picture_files import encoded, near, png_chunk


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images", max_bytes=2_000_000, max_pixels=4_000_000)


def shown(store: ImageStore, stored: StoredImage) -> PIL.Image.Image:
    return PIL.Image.open(store.path(stored.content_hash, "display")).convert("RGB")


def test_the_three_files_of_a_picture(store: ImageStore) -> None:
    data = encoded(PIL.Image.new("RGB", (1600, 800), "teal"), "JPEG")
    stored = store.add(data)
    assert stored == StoredImage(hashlib.sha256(data).hexdigest(), 1600, 800)
    assert store.original_path(stored.content_hash).read_bytes() == data
    with PIL.Image.open(store.path(stored.content_hash, "display")) as display:
        assert (display.format, display.size) == ("WEBP", (1200, 600))
    with PIL.Image.open(store.path(stored.content_hash, "thumbnail")) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (480, 240))


def test_the_same_picture_twice_is_written_once(store: ImageStore) -> None:
    data = encoded(PIL.Image.new("RGB", (40, 30)), "PNG")
    first = store.add(data)
    before = store.path(first.content_hash, "display").stat()
    assert store.add(data) == first
    assert store.path(first.content_hash, "display").stat() == before
    assert [path.name for path in store.folder(first.content_hash).parent.iterdir()] == [first.content_hash]


def test_small_pictures_are_not_enlarged(store: ImageStore) -> None:
    assert shown(store, store.add(encoded(PIL.Image.new("RGB", (20, 10)), "PNG"))).size == (20, 10)


def test_a_broken_camera_header_does_not_spoil_the_picture(store: ImageStore) -> None:
    data = encoded(PIL.Image.new("RGB", (30, 20)), "JPEG", exif=b"Exif\0\0no directory at all")
    assert store.add(data).width == 30


def test_orientation_of_a_camera_is_obeyed(store: ImageStore) -> None:
    image = PIL.Image.new("RGB", (600, 300), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 299, 299), fill="red")
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    stored = store.add(encoded(image, "JPEG", exif=exif))
    assert (stored.width, stored.height) == (300, 600)
    display = shown(store, stored)
    assert display.size == (300, 600)
    assert near(display.getpixel((150, 50)), (254, 0, 0))


def sixteen_bit(value: int) -> PIL.Image.Image:
    return PIL.Image.frombytes("I;16", (8, 8), struct.pack("<H", value) * 64)


def palette(transparent: bool) -> bytes:
    image = PIL.Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 255] + [0] * 765)
    return encoded(image, "PNG", **({"transparency": 0} if transparent else {}))


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(PIL.Image.new("RGBA", (8, 8), (200, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encoded(PIL.Image.new("RGBA", (8, 8), (0, 0, 0, 128)), "PNG"), (127, 127, 127)),
        (encoded(PIL.Image.new("LA", (8, 8), (0, 0)), "PNG"), (255, 255, 255)),
        (palette(transparent=True), (255, 255, 255)),
        (palette(transparent=False), (0, 0, 255)),
        (encoded(PIL.Image.new("1", (8, 8), 1), "PNG"), (255, 255, 255)),
        (encoded(sixteen_bit(32768), "PNG"), (127, 127, 127)),
        (encoded(sixteen_bit(65535), "TIFF"), (255, 255, 255)),
        (encoded(PIL.Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), (254, 0, 0)),
        (encoded(PIL.Image.new("F", (8, 8), 0.5), "TIFF"), (0, 0, 0)),
        (
            encoded(
                PIL.Image.new("P", (8, 8)),
                "GIF",
                save_all=True,
                append_images=[PIL.Image.new("RGB", (8, 8), "red")],
            ),
            (0, 0, 0),
        ),
        (encoded(PIL.Image.new("RGB", (8, 8), "red"), "WEBP", lossless=True), (255, 0, 0)),
        (encoded(PIL.Image.new("RGB", (8, 8), "red"), "JPEG", icc_profile=b"no profile"), (254, 0, 0)),
    ],
    ids=[
        "transparent", "half-transparent", "transparent grey", "transparent palette", "palette", "black and white",
        "16-bit PNG", "16-bit TIFF", "CMYK", "floating point", "animated", "WebP", "broken profile",
    ],
)  # fmt: skip
def test_unusual_pictures(store: ImageStore, data: bytes, colour: tuple[int, int, int]) -> None:
    display = shown(store, store.add(data))
    assert near(display.getpixel((4, 4)), colour), display.getpixel((4, 4))


def test_colours_are_converted_by_their_profile(store: ImageStore) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    image = PIL.Image.new("RGB", (8, 8), (10, 200, 30))
    # A profile for another colour space does not fit: the picture is taken as it is.
    stored = store.add(encoded(image, "PNG", icc_profile=profile.tobytes()))
    assert near(shown(store, stored).getpixel((4, 4)), (10, 200, 30))


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is enormous."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(b""))
        + png_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"<html>Not found</html>", "not an image"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not an image"),
        (b"PK\x03\x04 an archive that is called lamp.jpg", "not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not an image"),
        (encoded(PIL.Image.effect_noise((300, 300), 50), "JPEG")[:2000], "cut off"),
        (encoded(PIL.Image.effect_noise((300, 300), 50), "PNG")[:2000], "cut off"),
        (encoded(PIL.Image.new("RGB", (9, 9)), "PNG")[:48], "cut off"),
        (encoded(PIL.Image.new("RGB", (9, 9)), "PNG")[:20], "not an image"),
        (bomb(100_000, 100_000), r"100,000 × 100,000 pixels, the limit is 4 million \(IMAGE_MAX_PIXELS\)"),
        (b"\xff" * 2_000_001, "the limit is 2 MB"),
    ],
    ids=[
        "empty",
        "page",
        "drawing",
        "archive",
        "PostScript",
        "cut JPEG",
        "cut PNG",
        "small cut PNG",
        "cut header",
        "bomb",
        "large file",
    ],
)
def test_what_cannot_be_used_says_why_and_leaves_nothing(store: ImageStore, data: bytes, says: str) -> None:
    with pytest.raises(ImageError, match=says):
        store.add(data)
    assert not store.root.exists() or not any(store.root.rglob("*"))


def in_run_lengths(width: int, height: int, coded: bytes) -> bytes:
    """A BMP of 256 greys."""
    palette = b"".join(bytes((grey, grey, grey, 0)) for grey in range(256))
    begins = 14 + 40 + len(palette)
    sizes = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(coded), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", begins + len(coded), 0, 0, begins) + sizes + palette + coded


def test_what_is_decoded_in_python_may_be_small_alone() -> None:
    coded = b"\x04\xc8\0\0" * 2 + b"\0\1"
    image = flattened(opened(in_run_lengths(4, 2, coded), max_pixels=10**9))
    assert (image.size, image.getpixel((3, 1))) == ((4, 2), (200, 200, 200))
    with pytest.raises(ImageError, match=r"20,000,000 × 7 pixels coded by run lengths, .*: save it as PNG"):
        opened(in_run_lengths(20_000_000, 7, b"\0\0" * 7 + b"\0\1"), max_pixels=150_000_000)


def test_a_dry_run_checks_and_writes_nothing(store: ImageStore) -> None:
    store.add(encoded(PIL.Image.new("RGB", (9, 9)), "PNG"), dry_run=True)
    assert not store.root.exists()


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_picture(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file in the way")
    store = ImageStore(tmp_path / "images", 1_000_000, 1_000_000)
    with pytest.raises(UserError, match="cannot be written") as caught:
        store.add(encoded(PIL.Image.new("RGB", (9, 9)), "PNG"))
    assert not isinstance(caught.value, ImageError)


def test_models_see_the_file_in_all_its_pixels(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    grain = PIL.Image.effect_noise((1600, 400), 60).convert("RGB")
    content_hash = store.add(encoded(grain, "PNG")).content_hash
    assert store.picture(content_hash).tobytes() == grain.tobytes()
    monkeypatch.setattr("heritage.pictures.store.MANY_PIXELS", 1000)
    in_strips = store.picture(content_hash)
    assert isinstance(in_strips, PictureInStrips)
    assert in_strips.resize((32, 32)).tobytes() == grain.resize((32, 32)).tobytes()


def test_what_is_hardly_wider_than_a_line_is_seen_as_the_page_shows_it(store: ImageStore) -> None:
    """At 224 pixels of width, this one would have 224 by 1,120,000."""
    line = store.add(encoded(PIL.Image.new("RGB", (1, 5_000), "teal"), "PNG"))
    assert store.picture(line.content_hash).size == (1, 1200)


def test_an_original_that_is_gone_or_damaged_says_so(store: ImageStore) -> None:
    content_hash = store.add(encoded(PIL.Image.effect_noise((90, 90), 50), "JPEG")).content_hash
    original = store.original_path(content_hash)
    original.write_bytes(original.read_bytes()[:900])
    with pytest.raises(ImageError, match="cut off"):
        store.picture(content_hash)
    original.unlink()
    with pytest.raises(ImageError, match=r"cannot be read \(No such file or directory\); restore .*original"):
        store.picture(content_hash)


@pytest.mark.parametrize(
    "relative",
    ["../secret.jpg", "a/../../secret.jpg", "link.jpg", "folder-link/secret.jpg", "absent.jpg", "a", "a\\b", "x\0y"],
)
def test_paths_do_not_leave_the_folder(tmp_path: Path, relative: str) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "folder-link").symlink_to(tmp_path)
    with pytest.raises(ImageError):
        path_below(root, relative)
    with pytest.raises(ImageError):
        path_below(root, str(tmp_path / "secret.jpg"))


def test_paths_inside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").touch()
    (tmp_path / "b.jpg").symlink_to(tmp_path / "a" / "1.jpg")
    assert path_below(tmp_path, "a/1.jpg") == path_below(tmp_path, "b.jpg") == (tmp_path / "a" / "1.jpg").resolve()


def test_many_pictures_are_stored_by_several_processes(store: ImageStore, tmp_path: Path) -> None:
    paths = []
    for number in range(FEW + 1):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encoded(PIL.Image.new("RGB", (9, 9), (number, 0, 0)), "PNG"))
        paths.append(path)
    paths[3].write_bytes(b"broken")
    with ImagePool(store, workers=2) as pool:
        results = pool.add_files(paths)
    assert isinstance(results[3], ImageError)
    assert [isinstance(result, StoredImage) for result in results].count(True) == FEW
    assert results[5] == store.add_file(paths[5])
    assert os.listdir(store.folder(results[5].content_hash)) != []
