"""Writing a file that is whole or not there."""

import os
from pathlib import Path

from heritage.errors import UserError


def write_whole(path: Path, text: str) -> None:
    """All of the file, or none of it. Line ends stay as they are in `text`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
