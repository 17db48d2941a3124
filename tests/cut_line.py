"""A line between programs that can be cut: TCP in front, somebody's Unix socket behind."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PART = 1 << 16


@dataclass
class Line:
    """`port`: of 127.0.0.1. While it is cut nobody gets through, and who was connected learns it (`reset`) or hears
    nothing (`silence`) until it is whole again."""

    port: int
    behind: Path
    whole: threading.Event = field(default_factory=threading.Event)
    refuses: bool = False
    _open: set[socket.socket] = field(default_factory=set)

    def reset(self) -> None:
        self.refuses = True
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def silence(self) -> None:
        self.whole.clear()

    def mend(self) -> None:
        self.refuses = False
        self.whole.set()

    def carry(self, caller: socket.socket) -> None:
        if self.refuses:
            caller.close()
            return
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.behind))
        except OSError:
            caller.close()
            server.close()
            return
        self._open |= {caller, server}
        for one, other in ((caller, server), (server, caller)):
            threading.Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while part := one.recv(PART):
                self.whole.wait()
                other.sendall(part)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open -= {one, other}


@contextmanager
def line_to(behind: Path) -> Iterator[Line]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    line = Line(listening.getsockname()[1], behind)
    line.mend()

    def accept() -> None:
        with suppress(OSError):  # it is over
            while True:
                line.carry(listening.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield line
    finally:
        line.mend()
        listening.close()
        line.reset()
