"""Packages of npm that tests check against and the project does not ship. Skips, saying why, where there are none."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest


def _npm(*arguments: str, folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here")
    try:
        ran = subprocess.run(
            [npm, *arguments, "--loglevel=error"], cwd=folder, capture_output=True, text=True, timeout=240
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm {arguments[0]} {arguments[-1]} took longer than four minutes")
    if ran.returncode != 0:
        pytest.skip(f"npm cannot be asked for {arguments[-1]}: {ran.stderr.strip().splitlines()[-1:]}")
    return ran.stdout


def unpacked(package: str, folder: Path) -> Path:
    """The files of `package`, such as mirador@4.0.0, without what it depends on."""
    name = _npm("pack", "--silent", package, folder=folder).strip().splitlines()[-1]
    with tarfile.open(folder / name) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def installed(package: str, folder: Path) -> Path:
    """A folder with `package` and what it depends on in node_modules; nothing of them is run."""
    _npm("install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), package, folder=folder)
    return folder
