"""Files of published npm packages: fetched by `npm pack`, checked against a known digest, read from memory."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
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


class PackageFiles:
    """The files of a package by their paths in it."""

    def __init__(self, archive: bytes) -> None:
        self._archive = tarfile.open(fileobj=io.BytesIO(archive))
        self._members = {
            member.name.partition("/")[2]: member for member in self._archive.getmembers() if member.isfile()
        }

    def __contains__(self, path: str) -> bool:
        return path in self._members

    def read(self, path: str) -> bytes:
        """KeyError where there is no such file."""
        file = self._archive.extractfile(self._members[path])
        assert file is not None  # only files are members
        return file.read()


def fetch_package(package: NpmPackage) -> PackageFiles:
    """Raises UserError where npm or the registry is not there, or the package is another than it was."""
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
    return PackageFiles(archive)


def require_integrity(package: NpmPackage, archive: bytes) -> None:
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        raise UserError(f"{package.name} {package.version} is not what it was ({found}): do not use it.")
