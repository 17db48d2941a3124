"""A file is whole or as it was."""

import stat
from pathlib import Path

import pytest

from heritage.errors import UserError
from heritage.files.whole_file import whole_file, write_whole


def test_a_failure_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_whole(path, "before\r\n")

    def fail() -> None:
        with whole_file(path) as beside:
            beside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == b"before\r\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    with whole_file(path, private=True) as beside:
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        beside.write_text("secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "secret"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"file\.txt cannot be written: No such file or directory"):
        write_whole(tmp_path / "nowhere" / "file.txt", "text")
