"""What lies in DATA_DIR is nobody else's on the machine, whatever the folder's mode was."""

import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

from heritage.files.private import close_below
from heritage.files.whole_folder import whole_folder
from heritage.pictures.store import ImageStore

CHECKOUT = Path(__file__).resolve().parents[3]


def open_to_others(folder: Path) -> set[str]:
    """What others may read, write or enter there, by its path."""
    found = {path for path in folder.rglob("*") if not path.is_symlink()}
    return {str(path.relative_to(folder)) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077}


def test_what_was_open_is_closed_and_links_lead_nowhere(tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    (data / "images" / "ab").mkdir(parents=True)
    for path in (data / "images" / "ab" / "original", data / "run.sh", outside):
        path.write_text("secret")
        path.chmod(0o644)
    (data / "run.sh").chmod(0o755)
    (data / "link").symlink_to(outside)
    data.chmod(0o755)
    assert close_below(data) == 5
    assert not open_to_others(tmp_path / "data")
    assert stat.S_IMODE((data / "run.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "images").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "images" / "ab" / "original").stat().st_mode) == 0o600
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert close_below(data) == 0


@pytest.fixture
def shut_from_the_start() -> object:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("shut_from_the_start")
def test_pictures_tiles_and_folders_are_made_closed(tmp_path: Path) -> None:
    picture = io.BytesIO()
    PIL.Image.new("RGB", (1500, 40)).save(picture, "PNG")
    ImageStore(tmp_path / "images", max_bytes=2**20, max_pixels=10**6).add(picture.getvalue())
    with whole_folder(tmp_path / "models" / "best") as folder:
        (folder / "config.json").write_text("{}")
    assert {path.suffix for path in tmp_path.rglob("*")} >= {".webp", ".jpg", ".json"}
    assert not open_to_others(tmp_path)


def test_every_command_begins_so(tmp_path: Path) -> None:
    written = tmp_path / "written"
    program = (
        "import sys, django.core.management as management\nfrom heritage.management.__main__ import run_command\n"
        "management.execute_from_command_line = lambda arguments: open(arguments[1], 'w').close()\n"
        "run_command()"
    )
    subprocess.run([sys.executable, "-c", program, str(written)], cwd=CHECKOUT, check=True, umask=0)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
