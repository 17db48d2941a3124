"""Files of published npm packages: fetched by `npm pack`, checked against a known digest, read from memory."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from heritage.errors import UserError


@dataclass(frozen=True)
class NpmPackage:
    """integrity: "sha512-" and the digest in base 64, as the registry gives it."""

    name: str
    version: str
    integrity: str
    licence: str


def fetch_files(package: NpmPackage, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The wanted files of a package by their paths in it. Raises UserError where npm or the registry is not there, or
    the package is another than it was."""
    if shutil.which("npm") is None:
        raise UserError("The packages are fetched by npm: install Node.js, which brings it.")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise UserError(f"npm could not fetch {package.name} {package.version}: {done.stderr.strip()[-200:]}")
        archive = archives[0].read_bytes()
    require_integrity(package, archive)
    return read_archive(archive, wanted)


def read_archive(archive: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Paths begin below the archive's one folder."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            path = member.name.partition("/")[2]
            if wanted(path) and (file := members.extractfile(member)) is not None:
                found[path] = file.read()
    return found


def require_integrity(package: NpmPackage, archive: bytes) -> None:
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        raise UserError(f"{package.name} {package.version} is not what it was ({found}): do not use it.")
