"""How much memory the embedded server takes for its pages."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from heritage.database import cluster

GIB = 2**30


@pytest.mark.parametrize(
    ("machine", "limit", "kept"),
    [
        (24 * GIB, None, "3072MB"),
        (24 * GIB, "max\n", "3072MB"),
        (24 * GIB, f"{8 * GIB}\n", "1024MB"),
        (1 * GIB, None, "256MB"),
        (512 * GIB, None, "4096MB"),
    ],
)
def test_an_eighth_of_what_machine_or_container_has(
    machine: int, limit: str | None, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(limit)
    monkeypatch.setattr(cluster, "CONTAINER_LIMIT", file)
    monkeypatch.setattr(cluster.psutil, "virtual_memory", lambda: SimpleNamespace(total=machine))
    assert cluster.kept_pages()["shared_buffers"] == kept
