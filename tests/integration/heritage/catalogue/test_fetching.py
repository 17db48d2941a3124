"""Fetching what is missing: politely, once, and going on where it stopped."""

import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import PIL.Image
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from heritage.catalogue.fetching import fetch_images
from heritage.errors import UserError
from heritage.models import Image
from heritage.pictures.downloading import DownloadLimits
from tests.factories import CollectionFactory, ImageFactory, RecordFactory
from tests.image_server import ImageServer, body, status

pytestmark = pytest.mark.django_db
LIMITS = DownloadLimits(
    timeout_seconds=5.0, pause_seconds=0.0, max_bytes=100_000, user_agent="HeritageWeaver tests", allow_loopback=True
)


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(autouse=True)
def images_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.IMAGES_DIR = tmp_path / "images"
    return settings.IMAGES_DIR


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with ImageServer().running() as server:
        yield server


def missing(server: ImageServer, path: str, **arguments: object) -> Image:
    return ImageFactory(source=server.url + path, content_hash="", **arguments)


def test_what_is_missing_comes_once(server: ImageServer) -> None:
    server.answers |= {"/1": body(picture("red")), "/2": body(picture("blue"))}
    first, twin, second = missing(server, "/1"), missing(server, "/1"), missing(server, "/2")
    ImageFactory(source=server.url + "/here")
    result = fetch_images(limits=LIMITS)
    assert (result.fetched, result.refused, result.postponed) == (3, {}, {})
    assert sorted(server.paths()) == ["/1", "/2"]
    for image in (first, twin, second):
        image.refresh_from_db()
        assert (image.width, image.height, image.problem) == (30, 20, "")
        assert image.original_path.is_file()
    assert first.content_hash == twin.content_hash != second.content_hash
    assert fetch_images(limits=LIMITS).fetched == 0
    assert len(server.asked) == 2


def test_what_is_refused_is_noted_and_asked_again_only_when_told(server: ImageServer) -> None:
    server.answers |= {"/page": body(b"no picture at all"), "/1": body(picture("red"))}
    gone, page, good = missing(server, "/gone"), missing(server, "/page"), missing(server, "/1")
    result = fetch_images(limits=LIMITS)
    assert result.fetched == 1
    assert result.refused == {"answer 404": 1, "no usable picture": 1}
    for image in (gone, page, good):
        image.refresh_from_db()
    assert gone.problem == "The server answers 404 Not Found."
    assert "is not an image" in page.problem
    assert good.problem == ""

    server.answers["/gone"] = body(picture("blue"))
    assert fetch_images(limits=LIMITS).fetched == 0
    assert fetch_images(limits=LIMITS, retry_failed=True).fetched == 1
    gone.refresh_from_db()
    assert gone.is_here
    assert gone.problem == ""


def test_a_host_that_is_down_is_left_alone_soon() -> None:
    for number in range(6):
        ImageFactory(source=f"http://127.0.0.1:9/{number}", content_hash="")
    result = fetch_images(limits=LIMITS)
    assert result.postponed == {"not reachable": 6}
    assert not Image.objects.exclude(problem="").exists()


def test_a_busy_server_is_given_the_time_it_asks_for(server: ImageServer) -> None:
    answers = iter([status(429, Retry_After="0"), body(picture("red"))])
    server.answers["/1"] = lambda handler: next(answers)(handler)
    missing(server, "/1")
    assert fetch_images(limits=LIMITS).fetched == 1
    assert server.paths() == ["/1", "/1"]


def test_a_server_that_asks_for_an_hour_is_left_for_the_next_run(server: ImageServer) -> None:
    server.answers |= {"/1": status(503, Retry_After="3600"), "/2": body(picture("red"))}
    missing(server, "/1")
    missing(server, "/2")
    assert fetch_images(limits=LIMITS).postponed == {"the server asks to wait": 2}
    assert server.paths() == ["/1"]


def test_requests_to_one_host_keep_their_distance(server: ImageServer) -> None:
    for number in range(3):
        server.answers[f"/{number}"] = body(picture("red"))
        missing(server, f"/{number}")
    fetch_images(limits=DownloadLimits(5.0, 0.15, 100_000, "tests", allow_loopback=True))
    times = [moment for moment, _ in server.asked]
    assert all(later - earlier >= 0.15 for earlier, later in pairwise(times))


def test_only_the_collection_that_was_asked_for(server: ImageServer) -> None:
    server.answers |= {"/1": body(picture("red")), "/2": body(picture("red"))}
    record = RecordFactory(collection=CollectionFactory(slug="smg"))
    missing(server, "/1", record=record)
    missing(server, "/2")
    assert fetch_images(collection="smg", limits=LIMITS).fetched == 1
    with pytest.raises(UserError, match="smg"):
        fetch_images(collection="absent", limits=LIMITS)


class CancelledError(Exception):
    pass


class CancelAtOnce:
    def start(self, what: str, total: int | None = None) -> None:
        pass

    def advance(self, steps: int = 1) -> None:
        raise CancelledError


def test_a_cancelled_run_keeps_what_came_and_asks_no_more(server: ImageServer) -> None:
    for number in range(20):
        server.answers[f"/{number}"] = body(picture("red"))
        missing(server, f"/{number}")
    limits = DownloadLimits(5.0, 0.2, 100_000, "tests", allow_loopback=True)
    with pytest.raises(CancelledError):
        fetch_images(limits=limits, progress=CancelAtOnce())
    assert Image.objects.exclude(content_hash="").count() == 1
    assert len(server.asked) <= 2


def test_the_command_fails_where_pictures_are_missing(
    server: ImageServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    settings.FETCH_PAUSE_SECONDS = 0
    server.answers["/1"] = body(picture("red"))
    missing(server, "/1")
    missing(server, "/gone")
    with pytest.raises(CommandError, match="1 pictures cannot be had \\(answer 404: 1\\)"):
        call_command("fetch_images", "--json")
    assert capsys.readouterr().out == '{"fetched": 1, "refused": {"answer 404": 1}, "postponed": {}}\n'


def test_loopback_is_refused_unless_allowed(server: ImageServer) -> None:
    image = missing(server, "/1")
    result = fetch_images()
    assert result.refused == {"refused address": 1}
    image.refresh_from_db()
    assert "private or local network" in image.problem
    assert server.asked == []
