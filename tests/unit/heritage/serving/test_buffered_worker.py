"""Who sends slowly or nothing holds no thread; what is sent has a deadline and a largest size."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.http import HttpRequest, HttpResponse
from waitress import wasyncore
from waitress.adjustments import Adjustments

from heritage.models import User
from heritage.serving import buffered_worker, web_processes
from heritage.serving.body_limits import COOKIE, largest_body, offer_uploads
from heritage.serving.buffered_worker import BufferedServer

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n"
PLACE = 7


def application(environ: dict, start_response: Callable) -> list[bytes]:
    body = environ["wsgi.input"].read()
    answer = str(len(body)).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """A server of one thread."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    settings = Adjustments(sockets=[listening], threads=1, cleanup_interval=0, connection_limit=4000)
    server = BufferedServer(
        application,
        place=PLACE,
        _sock=listening,
        adj=settings,
        bind_socket=False,
        sockinfo=(listening.family, listening.type, None, listening.getsockname()),
    )
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            wasyncore.poll2(0.02, server._map)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()
    over.set()
    thread.join()
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)
    web_processes._seen[PLACE] = 0.0


def connect(address: tuple[str, int], sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(address, timeout=10)
    connection.sendall(sent)
    return connection


def answer(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            received += part
    connection.close()
    return received


def ask(address: tuple[str, int]) -> bytes:
    return answer(connect(address, HEAD + b"Connection: close\r\n\r\n"))


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD + b"X-a: ", b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\na="],
    ids=["nothing", "half a head", "half a body"],
)
def test_three_hundred_slow_connections_hold_up_nobody(address, sent):
    slow = [connect(address, sent) for _ in range(300)]
    begun = time.monotonic()
    assert b"200 OK" in ask(address)
    assert time.monotonic() - begun < 5
    for connection in slow:
        connection.close()


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD + b"X-a: ", b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\na="],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_request_that_does_not_come_to_an_end_is_closed_however_it_drips(address, sent, monkeypatch):
    monkeypatch.setattr(buffered_worker, "REQUEST_SECONDS", 0.3)
    connection = connect(address, sent)
    begun = time.monotonic()
    with suppress(OSError):
        while time.monotonic() - begun < 8:
            if sent:
                connection.send(b"a")
            connection.settimeout(0.1)
            with suppress(TimeoutError):
                if not connection.recv(100):
                    break
    assert 0.2 < time.monotonic() - begun < 7
    connection.close()


def test_a_body_that_comes_steadily_has_the_time_it_needs(address, monkeypatch):
    monkeypatch.setattr(buffered_worker, "REQUEST_SECONDS", 0.5)
    size = 100_000
    connection = connect(
        address, f"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
    )
    for _ in range(10):
        connection.sendall(b"a" * (size // 10))
        time.sleep(0.15)
    assert answer(connection).endswith(str(size).encode())


def test_an_idle_connection_is_kept_between_requests(address, monkeypatch):
    monkeypatch.setattr(buffered_worker, "REQUEST_SECONDS", 0.3)
    connection = connect(address, HEAD + b"\r\n")
    assert b"200 OK" in connection.recv(1000)
    time.sleep(0.8)
    connection.sendall(HEAD + b"Connection: close\r\n\r\n")
    assert b"200 OK" in answer(connection)


def kept(connection: socket.socket) -> bytes:
    """An answer after which the connection stays."""
    received = b""
    while not received.endswith(b"\r\n\r\n0"):
        part = connection.recv(1000)
        assert part, received
        received += part
    return received


DAY = 24 * 3600


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_clock_that_is_set_closes_no_connection_and_keeps_none_open(address, monkeypatch, jump):
    monkeypatch.setattr(buffered_worker, "REQUEST_SECONDS", 1.0)
    idle = connect(address, HEAD + b"\r\n")
    assert b"200 OK" in kept(idle)
    slow = connect(address, HEAD)
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    time.sleep(0.3)
    idle.sendall(HEAD + b"\r\n")
    assert b"200 OK" in kept(idle)
    slow.settimeout(8)
    with suppress(ConnectionResetError):
        assert slow.recv(1000) == b""  # closed, as it did not come to an end
    idle.sendall(HEAD + b"Connection: close\r\n\r\n")
    assert b"200 OK" in answer(idle)


def test_beyond_the_most_connections_the_idle_ones_go(address, monkeypatch):
    monkeypatch.setattr(buffered_worker, "CONNECTIONS", 20)
    slow = [connect(address, HEAD) for _ in range(40)]
    assert b"200 OK" in ask(address)
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_beyond_what_its_sender_may_send_is_refused_before_it_is_kept(address, settings, framing):
    settings.REQUEST_MAX_BYTES = 200_000
    head = b"POST / HTTP/1.1\r\nHost: here\r\n"
    if framing == "length":
        connection = connect(address, head + b"Content-Length: 200001\r\n\r\n")
    else:
        connection = connect(address, head + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            for _ in range(30):
                connection.sendall(b"2710\r\n" + b"a" * 10_000 + b"\r\n")
    assert b" 413 " in answer(connection)


def test_a_lead_s_browser_may_send_files(address, settings):
    settings.REQUEST_MAX_BYTES = 1000
    response = HttpResponse()
    request = HttpRequest()
    request.user = User(pk=3)
    offer_uploads(request, response)
    cookie = response.cookies[COOKIE].value
    assert largest_body(f"a=b; {COOKIE}={cookie}") == settings.UPLOAD_REQUEST_MAX_BYTES
    assert largest_body(f"{COOKIE}={cookie[:-1]}x") == 1000
    assert largest_body(f"{COOKIE}=") == 1000
    head = (
        f"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: {COOKIE}={cookie}\r\nContent-Length: 5000\r\n\r\n"
    )
    assert answer(connect(address, head.encode() + b"a" * 5000)).endswith(b"5000")
    request.COOKIES[COOKIE] = cookie
    again = HttpResponse()
    offer_uploads(request, again)
    assert not again.cookies
