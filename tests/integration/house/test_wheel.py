"""The wheel, built and used as somebody does who has no checkout: from another folder, with the packages beside it that
`pip install` brings."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from heritage import __version__
from heritage.database import embedded
from tests.served_site import children

CHECKOUT = Path(__file__).resolve().parents[3]
ROOMS = ("heritage", "models_ml", "linking", "annotation")
BESIDE = ("templates", "static", "locale")
SOURCES = (*ROOMS, *BESIDE, "pyproject.toml", "setup.py", "requirements.in", "README.md", "LICENSE")
# As the script does that pip writes into bin/.
START = """
import sys
from importlib.metadata import distribution
[command] = distribution("heritage-weaver").entry_points.select(group="console_scripts", name="heritage-weaver")
sys.argv = ["heritage-weaver", *sys.argv[1:]]
command.load()()
"""
LOOK = """
import django, json
django.setup()
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.utils import translation
from heritage.importers.shipped import shipped_mappings
from models_ml.networks.sources import describe
with translation.override("de"):
    said = translation.gettext("Log in")
print(json.dumps({
    "paths": [get_template("base.html").origin.name, finders.find("js/site/words.js")],
    "data": str(settings.DATA_DIR), "said": said,
    "mappings": len(shipped_mappings()), "dimension": describe("bundled:heritage-mini").dimension,
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as pip leaves it in site-packages."""
    source, made, place = (tmp_path_factory.mktemp(name) for name in ("source", "made", "place"))
    leave_out = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, source / name, ignore=leave_out)
        else:
            shutil.copy(CHECKOUT / name, source)
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(made),
    ]
    done = subprocess.run([sys.executable, *build, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = made.iterdir()
    assert wheel.name == f"heritage_weaver-{__version__}-py3-none-any.whl"
    zipfile.ZipFile(wheel).extractall(place)
    return place


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Where somebody starts it; short, for the sockets below."""
    folder = Path(tempfile.mkdtemp(prefix="heritage-wheel-"))
    yield folder
    embedded.leave(folder / "data", wait=10)
    shutil.rmtree(folder)


def environment(installed: Path) -> dict[str, str]:
    unset = ("DATA_DIR", "DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PORT")
    return {name: value for name, value in os.environ.items() if name not in unset} | {"PYTHONPATH": str(installed)}


def ask(installed: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(installed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_every_file_of_the_packages_and_none_of_python_s_own(installed: Path) -> None:
    def files(root: Path) -> set[Path]:
        return {
            path.relative_to(root) for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        }

    for room in ROOMS:
        shipped = {each for each in files(installed / room) if each.parts[0] != "shipped"}
        assert shipped == {each for each in files(CHECKOUT / room) if each.suffix != ".pyc"}
    for name in BESIDE:
        assert files(installed / "heritage" / "shipped" / name) == files(CHECKOUT / name)
    assert {path.name for path in installed.iterdir()} == {*ROOMS, f"heritage_weaver-{__version__}.dist-info"}


def test_it_has_one_version_and_what_it_needs(installed: Path, elsewhere: Path) -> None:
    assert ask(installed, elsewhere, "-c", START, "--version") == f"{__version__}\n"
    assert f"\nversion: {__version__}\n" in (CHECKOUT / "CITATION.cff").read_text()
    described = (installed / f"heritage_weaver-{__version__}.dist-info" / "METADATA").read_text()
    wanted = [line for line in (CHECKOUT / "requirements.in").read_text().splitlines() if line and line[0] != "#"]
    assert re.findall(r"(?m)^Requires-Dist: (.+)$", described) == wanted


def test_everything_that_ships_is_found(installed: Path, elsewhere: Path) -> None:
    found = json.loads(
        ask(
            installed, elsewhere, "-c", f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'heritage.settings'\n{LOOK}"
        )
    )
    assert "no issues" in ask(installed, elsewhere, "-c", START, "check")
    shipped = installed / "heritage" / "shipped"
    assert found["paths"] == [str(shipped / "templates" / "base.html"), str(shipped / "static/js/site/words.js")]
    assert found["data"] == str(elsewhere / "data")
    assert found["said"] == "Anmelden"
    assert found["mappings"] > 10
    assert found["dimension"] > 0


def test_it_serves(installed: Path, elsewhere: Path) -> None:
    command = [sys.executable, "-c", START, "serve", "--migrate", "--no-encoder", "--bind", "127.0.0.1:0"]
    server = subprocess.Popen(command, cwd=elsewhere, env=environment(installed), stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, said
        page = requests.get(f"{address[0]}/login/", timeout=10)
        style = re.search(r'href="(/static/css/[^"]+\.css)"', page.text)
        assert style
        assert requests.get(address[0] + style[1], timeout=10).status_code == 200
        deadline = time.monotonic() + 30
        while not children(server.pid, "management work") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert children(server.pid, "management work")
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert server.returncode == 0
    assert {path.name for path in elsewhere.iterdir()} == {"data"}
