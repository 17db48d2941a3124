"""One picture from a server that is not trusted. The server here is on the loopback interface, which the
limits allow explicitly."""

import gzip
import socket
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote

import pytest

from heritage.pictures.downloading import ImageSession, download
from heritage.pictures.limits import BusyError, DownloadError, DownloadLimits
from tests.image_server import Answer, ImageServer, body, endless, status, trickle

LIMITS = DownloadLimits(
    timeout_seconds=5.0, pause_seconds=0.0, max_bytes=100_000, user_agent="HeritageWeaver tests", allow_loopback=True
)


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with ImageServer().running() as server:
        yield server


def fetch(url: str, limits: DownloadLimits = LIMITS) -> bytes:
    with ImageSession(limits) as session:
        return download(session, url, limits).data


def test_a_picture_comes_as_it_is(server: ImageServer) -> None:
    server.answers["/1.jpg"] = body(b"\xff\xd8 picture")
    assert fetch(f"{server.url}/1.jpg") == b"\xff\xd8 picture"
    assert server.user_agents == {"HeritageWeaver tests"}


def test_redirects_are_followed_and_checked(server: ImageServer) -> None:
    server.answers["/old"] = status(302, Location="/new")
    server.answers["/new"] = body(b"picture")
    assert fetch(f"{server.url}/old") == b"picture"


@pytest.mark.parametrize(
    ("answer", "reason", "is_permanent"),
    [
        (status(404), "answer 404", True),
        (status(403), "answer 403", True),
        (status(500), "answer 500", False),
        (status(204), "answer 204", False),
        (body(b"<html>", "text/html"), "a page, not a picture", True),
        (body(b"\xef\xbb\xbf\n <!DOCTYPE html><p>", "image/jpeg"), "a page, not a picture", True),
        (body(b"x" * 100_001), "too large", True),
        (body(b"x", length=10**12), "too large", True),
        (endless, "too large", True),
        (body(b"half", length=8), "not reachable", False),
        (status(302, Location="/x"), "too many redirects", True),
        (status(302, Location="file:///etc/passwd"), "no valid address", True),
        (status(302, Location="http://10.0.0.1/"), "refused address", True),
        (status(302, Location="http://169.254.169.254/latest/meta-data"), "refused address", True),
    ],
)
def test_what_goes_wrong_has_a_reason(server: ImageServer, answer: object, reason: str, is_permanent: bool) -> None:
    server.answers["/x"] = answer  # type: ignore[assignment]
    with pytest.raises(DownloadError) as caught:
        fetch(f"{server.url}/x")
    assert (caught.value.reason, caught.value.is_permanent) == (reason, is_permanent)
    assert str(caught.value)[-1] == "."


def test_a_server_that_trickles_is_left(server: ImageServer) -> None:
    server.answers["/x"] = trickle
    with pytest.raises(DownloadError) as caught:
        fetch(f"{server.url}/x", replace(LIMITS, timeout_seconds=0.2))
    assert caught.value.is_permanent is False


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/1.jpg",
        "http://192.168.0.1/1.jpg",
        "http://[::1]/1.jpg",
        "http://127.0.0.1:1/1.jpg",
        "http://localhost/1.jpg",
        "http://2130706433/1.jpg",
        "http://[::ffff:10.0.0.1]/1.jpg",
        "http://[::ffff:127.0.0.1]/1.jpg",
        "http://[::]/1.jpg",
        "http://[fe80::1]/1.jpg",
        "http://[fd00::1]/1.jpg",
        "http://[64:ff9b::a00:1]/1.jpg",
        "http://[64:ff9b:1::a00:1]/1.jpg",
        "http://[::127.0.0.1]/1.jpg",
        "http://[::10.0.0.1]/1.jpg",
        "http://[::ffff:0:127.0.0.1]/1.jpg",
        "http://[::ffff:0:a00:1]/1.jpg",
        "http://[fec0::1]/1.jpg",
        "http://[100::1]/1.jpg",
        "http://[2002:7f00:1::1]/1.jpg",
        "http://[2001:0:7f00:1::1]/1.jpg",
        "http://[2001:db8::1]/1.jpg",
        "http://[ff02::1]/1.jpg",
        "http://0.0.0.0/1.jpg",
        "http://0/1.jpg",
        "http://127.1/1.jpg",
        "http://0177.0.0.1/1.jpg",
        "http://0x7f.0.0.1/1.jpg",
        "http://0xA000001/1.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/1.jpg",
        "http://museum.example@10.0.0.1/1.jpg",
        "http://museum.example:80@10.0.0.1/1.jpg",
        "http://10.0.0.1#@museum.example/1.jpg",
        "http://10.0.0.1\\@museum.example/1.jpg",
    ],
)
def test_private_networks_are_refused(url: str) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(url, replace(LIMITS, allow_loopback=False))
    assert caught.value.reason == "refused address"


def test_a_closed_port_is_not_for_ever(server: ImageServer) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch("http://127.0.0.1:9/1.jpg")
    assert (caught.value.reason, caught.value.is_permanent) == ("not reachable", False)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_a_busy_server_says_how_long_to_wait(server: ImageServer, header: str, seconds: float | None) -> None:
    server.answers["/x"] = status(429, Retry_After=header) if header else status(503)
    with pytest.raises(BusyError) as caught:
        fetch(f"{server.url}/x")
    assert caught.value.wait_seconds == seconds


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://museum.example/1.jpg", "gopher://127.0.0.1/", "1.jpg", "http://"]
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(url)
    assert (caught.value.reason, caught.value.is_permanent) == ("no valid address", True)


def test_a_name_that_changes_its_mind_is_asked_once(server: ImageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the connection goes to the address that was checked, whatever the name says the next time."""
    port = int(server.url.rpartition(":")[2])
    asked = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    connected: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *arguments: object, **options: object) -> object:
        if host == "rebinding.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(asked), port))]
        connected.append(host)
        return real(host, *arguments, **options)  # type: ignore[arg-type]

    def refuse(*arguments: object, **options: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(DownloadError, match="could not be reached"):
        fetch(f"http://rebinding.example:{port}/1.jpg", replace(LIMITS, allow_loopback=False))
    assert connected == ["93.184.216.34"]
    assert server.asked == []


@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=utf-8", "application/octet-stream", ""])
def test_bytes_decide_and_not_the_header(server: ImageServer, content_type: str) -> None:
    server.answers["/1"] = body(b"\xff\xd8\xff a picture", content_type)
    assert fetch(f"{server.url}/1") == b"\xff\xd8\xff a picture"


def encoded_body(content: bytes, encoding: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


PICTURE = b"\xff\xd8 a picture " * 500


def raw_deflate(content: bytes) -> bytes:
    folding = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return folding.compress(content) + folding.flush()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(PICTURE), "gzip"),
        (gzip.compress(PICTURE), "X-GZIP"),
        (gzip.compress(PICTURE[:50]) + gzip.compress(PICTURE[50:]), "gzip"),
        (gzip.compress(PICTURE) + b"\0\0\0", "gzip"),
        (zlib.compress(PICTURE), "deflate"),
        (raw_deflate(PICTURE), "deflate"),
        (PICTURE, "identity"),
        (PICTURE, "gzip"),  # says so, and is not
    ],
    ids=["gzip", "x-gzip", "two parts", "padded", "deflate", "raw deflate", "identity", "only said"],
)
def test_compressed_answers_are_unfolded(server: ImageServer, content: bytes, encoding: str) -> None:
    server.answers["/1"] = encoded_body(content, encoding)
    assert fetch(f"{server.url}/1") == PICTURE


@pytest.mark.parametrize(
    ("content", "encoding", "reason", "is_permanent"),
    [
        (gzip.compress(bytes(50_000_000)), "gzip", "too large", True),
        (zlib.compress(bytes(50_000_000)), "deflate", "too large", True),
        (b"".join(gzip.compress(bytes(50_000)) for _ in range(3)), "gzip", "too large", True),
        (gzip.compress(PICTURE)[:-20], "gzip", "not reachable", False),
        (b"\x1f\x8b no gzip at all", "gzip", "broken answer", False),
        (PICTURE, "br", "unknown encoding", True),
        (gzip.compress(gzip.compress(PICTURE)), "gzip, gzip", "unknown encoding", True),
    ],
    ids=["gzip bomb", "deflate bomb", "bomb in parts", "cut off", "broken", "Brotli", "twice"],
)
def test_no_answer_swells(server: ImageServer, content: bytes, encoding: str, reason: str, is_permanent: bool) -> None:
    server.answers["/1"] = encoded_body(content, encoding)
    with pytest.raises(DownloadError) as caught:
        fetch(f"{server.url}/1")
    assert (caught.value.reason, caught.value.is_permanent) == (reason, is_permanent)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_address_is_asked_for_as_it_is_written(server: ImageServer, form: str) -> None:
    name = unicodedata.normalize(form, "/Kanône d’été.jpg")  # type: ignore[arg-type]
    server.answers[quote(name)] = body(b"picture")
    assert fetch(server.url + name) == b"picture"
    server.answers["/old"] = lambda handler: status(302, Location=name.encode().decode("latin-1"))(handler)
    assert fetch(f"{server.url}/old") == b"picture"


def test_what_is_percent_encoded_stays_so(server: ImageServer) -> None:
    server.answers["/a%20b%C3%A9%2Fc.jpg?x=%26"] = body(b"picture")
    assert fetch(f"{server.url}/a%20b%C3%A9%2Fc.jpg?x=%26") == b"picture"


def with_validators(handler: BaseHTTPRequestHandler) -> None:
    if handler.headers["If-None-Match"] == '"v1"' and handler.headers["If-Modified-Since"] == "yesterday":
        status(304)(handler)
        return
    handler.send_response(200)
    handler.send_header("ETag", '"v1"')
    handler.send_header("Last-Modified", "yesterday")
    handler.send_header("Content-Length", "7")
    handler.end_headers()
    handler.wfile.write(b"picture")


def test_a_server_says_that_nothing_has_changed(server: ImageServer) -> None:
    server.answers |= {"/1": with_validators, "/2": with_validators}
    with ImageSession(LIMITS) as session:
        first = download(session, f"{server.url}/1", LIMITS)
        assert first.validators == {"address": f"{server.url}/1", "etag": '"v1"', "last_modified": "yesterday"}
        again = download(session, f"{server.url}/1", LIMITS, validators=first.validators)
        assert (again.is_unchanged, again.data) == (True, b"")
        # They hold for the address that gave them, not for another.
        other = download(session, f"{server.url}/2", LIMITS, validators=first.validators)
        assert (other.is_unchanged, other.data) == (False, b"picture")
    server.answers["/1"] = status(304)
    with pytest.raises(DownloadError, match="304"):  # asked for nothing of the kind
        fetch(f"{server.url}/1")
