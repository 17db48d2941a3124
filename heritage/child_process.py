"""Own programs, and children that do not outlive the process that started them, even if it is killed (Linux)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def own_command(*words: str) -> list[str]:
    """A command of this project for `subprocess`, to be started in settings.HOME_DIR: in a checkout and of a wheel."""
    return [sys.executable, "-m", "heritage.management", *words]


def end_with_parent(asked: signal.Signals) -> Callable[[], None]:
    """For `subprocess.Popen(preexec_fn=...)`: when this process dies, the kernel sends `asked` to the child."""
    parent = os.getpid()
    # Looked up here: between fork and exec as little as possible should happen.
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, int(asked), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return ask_kernel
