"""The signing key: made once, kept, closed to others."""

import stat
from pathlib import Path

import pytest

from heritage.secret_key import kept_secret_key


@pytest.fixture(autouse=True)
def forget() -> None:
    kept_secret_key.cache_clear()


def test_is_made_once_and_kept_where_only_we_can_read_it(tmp_path: Path) -> None:
    key = kept_secret_key(tmp_path / "data")
    assert len(key) >= 50
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    kept_secret_key.cache_clear()  # as another process
    assert kept_secret_key(tmp_path / "data") == key


def test_place_that_cannot_be_written_gives_a_passing_key(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    assert len(kept_secret_key(tmp_path / "data")) >= 50
