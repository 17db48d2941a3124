"""A web process that reads requests as a whole before a thread works on them, and answers as fast as clients take it.

gunicorn keeps the processes, waitress their connections: who sends slowly, or nothing, holds a socket and no thread.
What is received has a deadline and a largest size, by who sends it.
"""

import math
import os
import resource
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

from heritage.serving.body_limits import largest_body
from heritage.serving.web_processes import takes_another

# Longer than people look at a pair: an answer then needs no new connection.
KEEP_ALIVE_SECONDS = 75
# A request comes whole within so many seconds, and one more for each so many bytes of its body that came.
REQUEST_SECONDS = 20
LEAST_BYTES_A_SECOND = 8192
# How long one with more than its share leaves a connection to the others before it looks again.
SECONDS_TO_DEFER = 0.01
CONNECTIONS = 2000  # of a process; beyond them the one goes that has been idle longest
SPARE_FILES = 200  # for database, files and logs


class BufferedRequest(HTTPRequestParser):
    """Knows when it began, and once its head is there how large its body may be."""

    adj: Any

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.adj = BodyLimit(self.adj, largest_body(self.headers.get("COOKIE", "")) + 1)

    def deadline(self) -> float:
        """When it has to have come as a whole, by the clock of `time.monotonic`."""
        return self.began + REQUEST_SECONDS + self.body_bytes_received / LEAST_BYTES_A_SECOND


class BodyLimit:
    """waitress's settings with another largest size of a body."""

    def __init__(self, settings: Any, max_request_body_size: int) -> None:
        self._settings = settings
        self.max_request_body_size = max_request_body_size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings, name)


class SteadyTime:
    """When something was: waitress sets it by the clock of the wall, and it is kept by one that nobody sets."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}"

    def __get__(self, channel: Any, owner: type | None = None) -> float:
        return float(getattr(channel, self.name))

    def __set__(self, channel: Any, by_the_wall: float) -> None:
        # Two that are set to the same moment stay the same.
        if getattr(channel, "_noted", (None, 0.0))[0] != by_the_wall:
            channel._noted = by_the_wall, time.monotonic()
        setattr(channel, self.name, channel._noted[1])


class BufferedChannel(HTTPChannel):
    parser_class = BufferedRequest
    creation_time = SteadyTime()
    last_activity = SteadyTime()

    def is_overdue(self, now: float) -> bool:
        """Whether it is to be closed: it sends a request too slowly, was silent from the start, or idle for long."""
        if self.requests or self.total_outbufs_len:
            return bool(self.last_activity < now - KEEP_ALIVE_SECONDS and not self.requests)
        if self.request is not None:
            return bool(self.request.deadline() < now)
        spoke = self.last_activity > self.creation_time
        return bool(self.last_activity < now - (KEEP_ALIVE_SECONDS if spoke else REQUEST_SECONDS))


class BufferedServer(TcpWSGIServer):
    channel_class = BufferedChannel

    def __init__(self, application: Any, *, place: int, **settings: Any) -> None:
        self.place = place
        self.defers = False
        self.next_look = 0.0
        super().__init__(application, **settings)
        self.next_channel_cleanup = math.inf  # waitress's own, by a clock that somebody may set

    def readable(self) -> bool:
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + self.adj.cleanup_interval
            self.maintenance(now)
        return super().readable() and not self.defers

    def takes_another(self) -> bool:
        return takes_another(self.place, len(self.active_channels), now=time.monotonic())

    def handle_accept(self) -> None:
        """Take those that wait, as many as are its own to take."""
        before = -1
        while before < len(self.active_channels) < CONNECTIONS and self.takes_another():
            before = len(self.active_channels)
            super().handle_accept()
        if before == -1 and len(self.active_channels) >= CONNECTIONS:
            self.let_idle_go()

    def let_idle_go(self) -> None:
        """Close the connection that is least missed: one whose request does not come to an end, or idle longest."""
        idle = [each for each in self.active_channels.values() if not each.requests]
        if idle:
            min(idle, key=lambda each: (each.request is None, each.last_activity)).handle_close()

    def maintenance(self, now: float) -> None:
        for channel in self.active_channels.values():
            if channel.is_overdue(now):
                channel.will_close = True


class BufferedWorker(Worker):
    """gunicorn's side of it: sign of life, and an end that lets answers out first."""

    def run(self) -> None:
        allow_files(CONNECTIONS + SPARE_FILES)
        [listening] = self.sockets
        settings = Adjustments(
            sockets=[listening.sock],
            threads=self.cfg.threads,
            ident=None,
            # Django reads them, where BEHIND_TLS_PROXY says that a proxy sets them.
            clear_untrusted_proxy_headers=False,
            connection_limit=CONNECTIONS + SPARE_FILES,
            channel_timeout=KEEP_ALIVE_SECONDS,
            cleanup_interval=2,
            max_request_header_size=65_536,
            # An export waits in a file for a client that takes it slowly, and its thread is free.
            outbuf_high_watermark=1 << 30,
        )
        server = BufferedServer(
            self.wsgi,
            place=self.place,  # type: ignore[attr-defined] # given before the fork
            _sock=listening.sock,
            adj=settings,
            bind_socket=False,
            sockinfo=(listening.sock.family, listening.sock.type, None, listening.sock.getsockname()),
        )
        notified = 0.0
        while self.alive and self.ppid == os.getppid():
            if time.monotonic() > notified + 1:
                self.notify()
                notified = time.monotonic()
            server.defers = not server.takes_another()
            wasyncore.poll2(SECONDS_TO_DEFER if server.defers else 1.0, server._map)
        self.let_answers_out(server)

    def let_answers_out(self, server: BufferedServer) -> None:
        """Take no more, and wait for what is being worked on as long as gunicorn lets it."""
        server.accepting = False
        server.del_channel()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline and any(
            each.requests or each.total_outbufs_len for each in server.active_channels.values()
        ):
            self.notify()
            wasyncore.poll2(0.1, server._map)
        server.task_dispatcher.shutdown(timeout=0.5)


def allow_files(count: int) -> None:
    """Raise the number of files that this process may have open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
