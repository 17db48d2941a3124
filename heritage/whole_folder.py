"""Writing a folder completely or not at all."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heritage.errors import UserError


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends well, and goes otherwise.

    What was at `target` before stays until the new folder is complete. A full disk is a UserError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield incoming
        incoming.chmod(0o755)
        if target.exists():
            outgoing = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            target.replace(outgoing / target.name)
            incoming.replace(target)
            shutil.rmtree(outgoing)
        else:
            incoming.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(f"The disk of {target.parent} is full; make room and start again.") from error
        raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
