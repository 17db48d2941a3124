"""One site for all faults, on a small disk of its own where that can be made, and a table of what was measured."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from statistics import median

import PIL.Image
import pytest

from tests.image_server import ImageServer, body
from tests.picture_files import encoded
from tests.served_site import PICTURES, ROUNDS, Measured, ServedSite, served_site

DISK_MEGABYTES = 400
SECONDS_A_PICTURE = 0.3
SECONDS_A_ROUND = 65.0


_found: dict[str, list[Measured]] = {}


@pytest.fixture
def measured() -> Callable[[str, Measured], None]:
    """Takes down what came of a fault."""
    return lambda name, each: _found.setdefault(name, []).append(each)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of docs/reliability.md, where more than one round was run."""
    if ROUNDS == 1 or not _found:
        return
    terminalreporter.write_line(
        "| fault | rounds | back after, median | at most | without an answer | answers, none lost |"
    )
    terminalreporter.write_line("|---|---|---|---|---|---|")
    for name, rounds in _found.items():
        back = [each.back for each in rounds]
        wait, answers = max(each.wait for each in rounds), sum(each.answers for each in rounds)
        figures = f"{median(back):.1f} s | {max(back):.1f} s | {wait:.1f} s | {answers:,}"
        terminalreporter.write_line(f"| {name} | {len(rounds)} | {figures} |")


@pytest.fixture(scope="package", params=range(ROUNDS))
def fault_round(request: pytest.FixtureRequest) -> Iterator[None]:
    """All faults once, then all of them again: a program that dies four times within a minute is given up."""
    began = time.monotonic()
    yield
    if request.param < ROUNDS - 1:
        time.sleep(max(0.0, SECONDS_A_ROUND - (time.monotonic() - began)))


@pytest.fixture(scope="package")
def disk() -> Iterator[Path]:
    """A folder on a disk of its own, or, where none can be made, on that of all others."""
    folder = Path(tempfile.mkdtemp(prefix="heritage-faults-"))
    options = f"size={DISK_MEGABYTES}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def site(disk: Path) -> Iterator[ServedSite]:
    museum = ImageServer()
    content = encoded(PIL.Image.new("RGB", (8, 8)), "png")

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(SECONDS_A_PICTURE)
        body(content, "image/png")(handler)

    museum.answers = {f"/{number}.png": slowly for number in range(PICTURES)}
    with museum.running(), served_site(disk / "data", museum.url) as served:
        yield served
