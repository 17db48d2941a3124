"""How long work says where it is: the same code runs in a terminal, in a job and in a test."""

import sys
from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """Told by long work how far it is. Any method may raise to stop the work (a cancelled job does)."""

    def start(self, what: str, total: int | None = None) -> None:
        """A new stage begins: `what` in words for people, `total` steps if known."""

    def advance(self, steps: int = 1) -> None:
        """`steps` more are done; 0 says that the work is going on."""


class NoProgress:
    """Says nothing; for tests and for callers that do not care."""

    def start(self, what: str, total: int | None = None) -> None:
        pass

    def advance(self, steps: int = 1) -> None:
        pass


class TerminalProgress:
    """A bar per stage on stderr; where stderr is no terminal, one line per stage; nothing if `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: tqdm | None = None

    def start(self, what: str, total: int | None = None) -> None:
        self.close()
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._bar = tqdm(total=total, desc=what, file=sys.stderr, leave=True, dynamic_ncols=True)
        else:
            print(what, file=sys.stderr, flush=True)

    def advance(self, steps: int = 1) -> None:
        if self._bar is not None:
            self._bar.update(steps)

    def note(self, line: str) -> None:
        """A line to keep, on stderr too."""
        if not self._quiet:
            self.close()
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
