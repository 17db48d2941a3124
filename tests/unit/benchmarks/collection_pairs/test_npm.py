import io
import tarfile

import pytest

from benchmarks.collection_pairs.npm import NpmPackage, read_archive, require_integrity
from heritage.errors import UserError


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_wanted_files_are_read_by_their_paths_in_the_package() -> None:
    packed = archive({"package/data/a.csv": b"a", "package/b.svg": b"b"})
    assert read_archive(packed, lambda path: path.endswith(".csv")) == {"data/a.csv": b"a"}


def test_a_package_that_has_changed_is_refused() -> None:
    package = NpmPackage(
        "empty",
        "1.0.0",
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "MIT",
    )
    require_integrity(package, b"")
    with pytest.raises(UserError, match="not what it was"):
        require_integrity(package, b"more")
