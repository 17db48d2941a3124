"""Front-end files that are kept in static/vendor, from the table beside them. Pure but for reading it."""

import re
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "static" / "vendor" / "VENDORED.md"
_ROW = re.compile(
    r"^\| (?P<package>\S+) \| (?P<version>\S+) \| (?P<licence>\S+) \| (?P<file>\S+) \| (?P<sha256>[0-9a-f]{64}) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class VendoredFile:
    """`file` is below static/vendor; `package` is npm's name."""

    package: str
    version: str
    licence: str
    file: str
    sha256: str


def vendored_files() -> list[VendoredFile]:
    return [VendoredFile(**row.groupdict()) for row in _ROW.finditer(TABLE.read_text())]
