"""Writing a file that is whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heritage.errors import UserError


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to. What is there takes the place of `path` when the block ends; where the block
    fails, `path` stays as it was. `private`: nobody else may read it.

    Raises UserError where the disk refuses.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if private:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield beside
        beside.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """All of the file, or none of it. Line ends stay as they are in `text`."""
    with whole_file(path, private=private) as beside:
        beside.write_text(text, encoding="utf-8", newline="")
