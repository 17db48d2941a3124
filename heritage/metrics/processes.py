"""Where web processes keep their counts, so that any of them can answer for all.

Files in a folder, mapped into memory. They are filled with zeros as a process starts: on a disk that is full, writing
into a file that has no blocks yet would end the process.
"""

import os
import shutil
from pathlib import Path

from django.conf import settings

from heritage.files.private import make_private_folder

# prometheus_client's own name for it, read as it is imported.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# Some three times what all views, answered in all ways, come to.
BYTES_RESERVED = 2 * 2**20


def counts_folder() -> Path:
    return Path(settings.DATA_DIR) / "metrics"


def begin_counting() -> None:
    """Empty the folder and name it to the processes that are started from here on; nothing without METRICS_TOKEN."""
    if not settings.METRICS_TOKEN:
        return
    shutil.rmtree(counts_folder(), ignore_errors=True)
    make_private_folder(counts_folder())
    os.environ[VARIABLE] = str(counts_folder())


def reserve_counts() -> bool:
    """Make this process's file. Returns whether it may count: not where the disk is full."""
    if VARIABLE not in os.environ:
        return True
    path = Path(os.environ[VARIABLE]) / f"histogram_{os.getpid()}.db"
    try:
        with path.open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, BYTES_RESERVED)
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True
