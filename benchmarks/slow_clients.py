#!/usr/bin/env python3
"""Measure how long people wait while others send slowly, or nothing.

    python benchmarks/slow_clients.py http://127.0.0.1:8000 [--silent 300] [--dripping 60] [--bodies 60] [--seconds 30]

Asks a running server for its log-in page, --people at once and without pauses, for --seconds alone and for as long
while --silent connections send nothing, --dripping send a byte of a request's head every second and --bodies a byte of
a form. Those that the server closes are opened again. Prints the median, the 95th percentile and the longest wait, and
how many were not answered within 30 seconds.
"""

import argparse
import http.client
import json
import socket
import statistics
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

SECONDS_TO_ANSWER = 30
HEAD = b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: "
FORM = (
    b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\na="
)


class SlowClients(threading.Thread):
    """All slow connections, one byte a second each, until `over` is set."""

    def __init__(self, host: str, port: int, begins: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.address, self.begins = (host, port), begins
        self.over, self.opened = threading.Event(), 0

    def run(self) -> None:
        connections: list[socket.socket | None] = [None] * len(self.begins)
        while not self.over.is_set():
            for number, begin in enumerate(self.begins):
                connections[number] = self._go_on(connections[number], begin)
            self.over.wait(1)
        for connection in connections:
            if connection:
                connection.close()

    def _go_on(self, connection: socket.socket | None, begin: bytes) -> socket.socket | None:
        try:
            if connection is None:
                self.opened += 1
                connection = socket.create_connection(self.address, timeout=2)
                connection.sendall(begin)
                connection.setblocking(False)
                return connection
            with suppress(BlockingIOError):
                if not connection.recv(1024):
                    raise ConnectionResetError
            if begin:
                with suppress(BlockingIOError):
                    connection.send(b"a")
        except OSError:
            if connection:
                connection.close()
            return None
        return connection


def ask(host: str, port: int, until: float, waits: list[float]) -> None:
    connection = None
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            connection = connection or http.client.HTTPConnection(host, port, timeout=SECONDS_TO_ANSWER)
            connection.request("GET", "/login/")
            answer = connection.getresponse()
            answer.read()
            waits.append(time.monotonic() - begun if answer.status == 200 else float("inf"))
        except (OSError, http.client.HTTPException):
            waits.append(float("inf"))
            connection = None


def waits_of(host: str, port: int, people: int, seconds: float) -> dict[str, Any]:
    waits: list[float] = []
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=ask, args=(host, port, until, waits)) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = sorted(wait * 1000 for wait in waits if wait != float("inf"))
    return {
        "answers": len(answered),
        "not_answered": len(waits) - len(answered),
        "median_ms": round(statistics.median(answered), 1) if answered else None,
        "p95_ms": round(answered[int(len(answered) * 0.95)], 1) if answered else None,
        "longest_ms": round(answered[-1], 1) if answered else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--silent", type=int, default=300)
    parser.add_argument("--dripping", type=int, default=60)
    parser.add_argument("--bodies", type=int, default=60)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    server = urlsplit(options.address)
    host, port = server.hostname or "127.0.0.1", server.port or 80
    waits_of(host, port, options.people, 2)  # warm
    alone = waits_of(host, port, options.people, options.seconds)
    slow = SlowClients(host, port, [b""] * options.silent + [HEAD] * options.dripping + [FORM] * options.bodies)
    slow.start()
    time.sleep(3)
    beside = waits_of(host, port, options.people, options.seconds)
    slow.over.set()
    slow.join()
    print(json.dumps({"alone": alone, "beside_slow_clients": beside, "slow_connections_opened": slow.opened}, indent=2))


if __name__ == "__main__":
    main()
