"""Tiles are made once and whole, in bounded memory, and only for what is larger than its display."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import PIL.Image
import pytest

from heritage.errors import UserError
from heritage.pictures import tiles
from heritage.pictures.store import ImageError, ImageStore, is_tiled
from tests.picture_files import encoded


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images", max_bytes=70_000_000, max_pixels=150_000_000)


def large(format: str = "JPEG") -> bytes:
    return encoded(PIL.Image.new("RGB", (2100, 600), "teal"), format)


def test_which_pictures_have_tiles(store: ImageStore) -> None:
    assert not is_tiled(1200, 1200)
    assert is_tiled(1201, 3)
    assert is_tiled(3, 1201)
    small = store.add(encoded(PIL.Image.new("RGB", (1200, 900)), "JPEG")).content_hash
    assert not store.tiles_folder(small).exists()
    assert not store.make_tiles(small)
    assert not store.make_tiles("0" * 64)


def test_a_small_picture_is_stored_without_loading_the_library() -> None:
    """Worker processes start quickly, and most pictures of most collections are small."""
    code = (
        "import io, sys, tempfile, pathlib, PIL.Image\n"
        "from heritage.pictures.store import ImageStore\n"
        "file = io.BytesIO(); PIL.Image.new('RGB', (448, 448)).save(file, 'JPEG')\n"
        "with tempfile.TemporaryDirectory() as root:\n"
        "    ImageStore(pathlib.Path(root), 10**6, 10**6).add(file.getvalue())\n"
        "assert 'pyvips' not in sys.modules and 'django' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_tiles_come_with_the_picture(store: ImageStore) -> None:
    folder = store.tiles_folder(store.add(large()).content_hash)
    assert sorted(path.name for path in folder.iterdir()) == [tiles.DESCRIPTION, "pyramid_files"]
    finest = folder / "pyramid_files" / "12"
    assert sorted(path.name for path in finest.iterdir()) == [f"{x}_{y}.jpg" for x in range(5) for y in range(2)]
    assert oct(folder.parent.stat().st_mode)[-3:] == "700"


def test_tiles_of_an_older_picture(store: ImageStore) -> None:
    content_hash = store.add(large()).content_hash
    folder = store.tiles_folder(content_hash)
    shutil.rmtree(folder)
    assert store.make_tiles(content_hash)
    assert tiles.tile_path(folder, 12, 4, 1).is_file()
    before = folder.stat()
    assert store.make_tiles(content_hash)
    assert folder.stat() == before
    assert oct(before.st_mode)[-3:] == "700"


def test_two_who_make_them_at_once_both_have_them(store: ImageStore) -> None:
    content_hash = store.add(large()).content_hash
    folder = store.tiles_folder(content_hash)
    shutil.rmtree(folder)
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(store.make_tiles(content_hash))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 4
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "display.webp", "original", "thumbnail.webp", "tiles",
    ]  # fmt: skip


def test_what_fails_leaves_nothing(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tiles, "_save", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device") as caught:
        store.add(large())
    assert not isinstance(caught.value, ImageError)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    assert not any(path.name.startswith(".") for path in store.root.rglob("*"))


def test_what_libvips_cannot_read_is_read_by_pillow(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyvips

    def refuse(*_: object) -> None:
        raise pyvips.Error("no such operation")

    monkeypatch.setattr(tiles, "in_strips", refuse)
    folder = store.tiles_folder(store.add(large()).content_hash)
    with PIL.Image.open(tiles.tile_path(folder, 12, 0, 0)) as tile:
        assert tile.size == (511, 511)
        assert all(abs(a - b) < 6 for a, b in zip(tile.getpixel((9, 9)), (0, 128, 128), strict=True))  # type: ignore[arg-type]


PEAK = """
import pathlib, re, sys, tempfile
from heritage.pictures.store import ImageStore
with tempfile.TemporaryDirectory() as root:
    ImageStore(pathlib.Path(root), 10**9, 10**9).add_file(pathlib.Path(sys.argv[1]))
# Not getrusage: a child inherits its parent's peak there.
print(int(re.search("VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read where Linux tells it")
@pytest.mark.parametrize(("width", "height"), [(20_000, 600), (10_000, 8_000)])
def test_memory_does_not_grow_with_the_picture(tmp_path: Path, width: int, height: int) -> None:
    """Decoded as a whole the larger one alone has 240 MB; its file, libraries and strips come to some 120 MB."""
    path = tmp_path / "large.png"
    PIL.Image.new("RGB", (width, height), "teal").save(path, compress_level=1)
    peak = subprocess.run([sys.executable, "-c", PEAK, str(path)], check=True, capture_output=True, text=True).stdout
    assert int(peak) < 220
