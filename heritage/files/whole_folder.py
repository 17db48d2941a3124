"""Writing a folder completely or not at all."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heritage.errors import UserError

# The disk is full, the user's quota is used up, or a file may not grow further.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends well, and goes otherwise.

    What was at `target` before stays until the new folder is complete, which no other user of the machine may enter.
    A full disk is a UserError.
    """
    with full_disk_explained(target.parent, "make room and start again"):
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            yield incoming
            if target.exists():
                outgoing = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
                target.replace(outgoing / target.name)
                incoming.replace(target)
                shutil.rmtree(outgoing)
            else:
                incoming.replace(target)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


@contextmanager
def full_disk_explained(folder: Path, advice: str) -> Iterator[None]:
    """Turn "no space left" while writing below `folder` into a UserError that ends in `advice`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise UserError(f"The disk of {folder} is full ({error.strerror}); {advice}.") from error
        raise
