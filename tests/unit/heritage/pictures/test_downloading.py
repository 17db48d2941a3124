"""One picture from a server that is not trusted. The server here is on the loopback interface, which the
limits allow explicitly."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from heritage.pictures.downloading import BusyError, DownloadError, DownloadLimits, ImageSession, download
from tests.image_server import ImageServer, body, endless, status, trickle

LIMITS = DownloadLimits(
    timeout_seconds=5.0, pause_seconds=0.0, max_bytes=100_000, user_agent="HeritageWeaver tests", allow_loopback=True
)


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with ImageServer().running() as server:
        yield server


def fetch(url: str, limits: DownloadLimits = LIMITS) -> bytes:
    with ImageSession(limits) as session:
        return download(session, url, limits)


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
