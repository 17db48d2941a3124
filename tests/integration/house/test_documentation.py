"""The documentation site is built without a dead link, and has the manual of every command and setting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=CHECKOUT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_command_and_setting_is_there(site: Path) -> None:
    commands = (site / "reference/commands.html").read_text()
    for folder in CHECKOUT.glob("*/management/commands"):
        for module in folder.glob("[a-z]*.py"):
            assert f'<h2 id="{module.stem}">' in commands
    settings = (site / "reference/settings.html").read_text()
    assert "IMAGE_MAX_BYTES" in settings
    assert "DATABASE_URL" in settings
    assert "/api/collections/" in (site / "reference/rest.html").read_text()


def test_reading_it_asks_nothing_of_other_servers(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text()
        for loaded in ('src="http', '<link rel="stylesheet" href="http', "fonts.googleapis"):
            assert loaded not in text, page.name


def test_nothing_of_this_machine_stands_in_it(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert str(CHECKOUT) not in page.read_text(), page.name
