"""Vendored front-end files are those of the table, unchanged; the pages' own weight keeps its limit."""

import gzip
import hashlib
import re
from pathlib import Path

from supply_chain.vendored import vendored_files

STATIC = Path(__file__).resolve().parents[3] / "static"
VENDOR = STATIC / "vendor"


def test_every_vendored_file_is_listed_with_its_licence_and_digest() -> None:
    rows = vendored_files()
    listed = {row.file for row in rows}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    licences = {str(Path(file).parent / "LICENSE") for file in listed}
    assert present == listed | licences | {"VENDORED.md"}
    for row in rows:
        assert hashlib.sha256((VENDOR / row.file).read_bytes()).hexdigest() == row.sha256, row.file
        assert row.version in row.file


def test_what_every_page_loads_weighs_at_most_150_kilobytes() -> None:
    """Scripts and styles count compressed, as they are sent; fonts are compressed already."""
    base = (STATIC.parent / "templates" / "base.html").read_text()
    files = re.findall(r"{% static '([^']+)' %}", base)
    assert any(file.endswith(".css") for file in files)
    weight = 0
    for file in files:
        content = (STATIC / file).read_bytes()
        weight += len(content) if file.endswith(".woff2") else len(gzip.compress(content))
    assert weight <= 150_000
