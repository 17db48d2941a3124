"""Fetching what is missing: politely, once, and going on where it stopped."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import numpy as np
import PIL.Image
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from heritage.catalogue.fetching import FetchResult, fetch_images
from heritage.errors import UserError
from heritage.models import Image
from heritage.pictures.limits import DownloadLimits
from heritage.pictures.store import ImageStore
from heritage.progress import NoProgress
from heritage.tasks import fetch_missing_images
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import write_vectors
from tests.factories import CollectionFactory, ImageFactory, RecordFactory
from tests.image_server import Answer, ImageServer, body, status

pytestmark = pytest.mark.django_db
LIMITS = DownloadLimits(
    timeout_seconds=5.0, pause_seconds=0.0, max_bytes=100_000, user_agent="HeritageWeaver tests", allow_loopback=True
)


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()


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
    assert (result.fetched, result.refused, result.to_retry) == (3, {}, {})
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
    assert result.to_retry == {"not reachable": 6}
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
    assert fetch_images(limits=LIMITS).to_retry == {"the server asks to wait": 2}
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
    assert json.loads(capsys.readouterr().out) == {
        "fetched": 1,
        "unchanged": 0,
        "refused": {"answer 404": 1},
        "to_retry": {},
        "postponed": {},
    }


def test_loopback_is_refused_unless_allowed(server: ImageServer) -> None:
    image = missing(server, "/1")
    result = fetch_images()
    assert result.refused == {"refused address": 1}
    image.refresh_from_db()
    assert "private or local network" in image.problem
    assert server.asked == []


def picture_of(size: tuple[int, int], colour: str = "red") -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_a_picture_that_is_called_a_text_is_one(server: ImageServer, content_type: str) -> None:
    server.answers["/1"] = body(picture("red"), content_type)
    missing(server, "/1")
    assert fetch_images(limits=LIMITS).fetched == 1


def json_body(document: object) -> Answer:
    return body(json.dumps(document).encode(), "application/json")


def museum_with_iiif(server: ImageServer) -> str:
    """A service of version 3 whose pictures come at any size; returns its base address."""
    base = f"{server.url}/iiif/1"
    information = {"id": base, "type": "ImageService3", "protocol": "http://iiif.io/api/image", "profile": "level2"}
    server.answers |= {
        "/iiif/1/info.json": json_body(information | {"width": 9000, "height": 3000}),
        "/iiif/1": status(303, Location="/iiif/1/info.json"),
        "/iiif/1/full/4000,1333/0/default.jpg": body(picture_of((4000, 1333))),
        "/manifest": json_body(
            {
                "type": "Manifest",
                "items": [{"items": [{"items": [{"body": {"service": [{"id": base, "type": "ImageService3"}]}}]}]}],
            }
        ),
        "/book": json_body({"@type": "sc:Manifest", "sequences": [{"canvases": [{}, {}]}]}),
    }
    return base


@pytest.mark.parametrize("path", ["/iiif/1", "/iiif/1/info.json", "/manifest"])
def test_a_iiif_address_gives_a_large_picture(server: ImageServer, path: str) -> None:
    base = museum_with_iiif(server)
    image = missing(server, path)
    assert fetch_images(limits=LIMITS).fetched == 1
    image.refresh_from_db()
    assert (image.width, image.height, image.service) == (4000, 1333, base)
    assert ImageStore.from_settings().tiles_folder(image.content_hash).is_dir()


def test_a_known_service_is_asked_at_once(server: ImageServer) -> None:
    base = museum_with_iiif(server)
    image = missing(server, "/small.jpg", service=base)
    assert fetch_images(limits=LIMITS).fetched == 1
    assert server.paths() == ["/iiif/1/info.json", "/iiif/1/full/4000,1333/0/default.jpg"]
    image.refresh_from_db()
    assert image.width == 4000


def test_the_steps_of_a_iiif_service_keep_their_distance(server: ImageServer) -> None:
    museum_with_iiif(server)
    missing(server, "/manifest")
    fetch_images(limits=replace(LIMITS, pause_seconds=0.15))
    times = [moment for moment, _ in server.asked]
    assert len(times) == 3
    assert all(later - earlier >= 0.15 for earlier, later in pairwise(times))


def test_a_manifest_of_a_book_has_to_be_imported(server: ImageServer) -> None:
    museum_with_iiif(server)
    image = missing(server, "/book")
    assert fetch_images(limits=LIMITS).refused == {"several pictures": 1}
    image.refresh_from_db()
    assert image.problem == "The address is that of a IIIF manifest with 2 pictures; import it with the format iiif."


def test_a_service_in_a_private_network_is_refused(server: ImageServer) -> None:
    server.answers["/manifest"] = json_body(
        {"type": "Manifest", "items": [{"items": [{"items": [{"body": {"id": "http://10.0.0.1/1.jpg"}}]}]}]}
    )
    missing(server, "/manifest")
    assert fetch_images(limits=LIMITS).refused == {"refused address": 1}


def test_withheld_pictures_are_not_asked_for(server: ImageServer) -> None:
    missing(server, "/1", withheld=True)
    assert fetch_images(limits=LIMITS, retry_failed=True).fetched == 0
    assert server.asked == []


def test_only_pictures_of_a_licence(server: ImageServer) -> None:
    """A picture's own licence counts; where it has none, its record's."""
    for number in range(6):
        server.answers[f"/{number}"] = body(picture("red"))
    missing(server, "/0", licence="CC BY 4.0")
    missing(server, "/1", licence="https://creativecommons.org/licenses/by/4.0/")
    missing(server, "/2", licence="CC BY-NC 4.0")
    missing(server, "/3", record=RecordFactory(licence="cc-by"))
    missing(server, "/4", record=RecordFactory(licence="CC BY"), licence="All rights reserved")
    missing(server, "/5", record=RecordFactory(licence="CC0"))
    assert fetch_images(limits=LIMITS, only_licences=["CC BY"]).fetched == 3
    assert sorted(server.paths()) == ["/0", "/1", "/3"]
    assert fetch_images(limits=LIMITS, only_licences=["cc0", "CC BY-SA"]).fetched == 1


def versioned(content: bytes, etag: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-None-Match"] == etag:
            status(304)(handler)
            return
        handler.send_response(200)
        handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def test_refreshing_takes_only_what_has_changed(server: ImageServer) -> None:
    server.answers |= {"/same": versioned(picture("red"), '"a"'), "/new": versioned(picture("blue"), '"b"')}
    server.answers["/plain"] = body(picture("lime"))  # says nothing to ask by
    same, plain = missing(server, "/same"), missing(server, "/plain")
    new = missing(server, "/new", position=3, credit="© Museum", view="back", sensitive=True)
    assert fetch_images(limits=LIMITS).fetched == 3
    model = EmbeddingModel.objects.create(slug="m", source="local-dir:m", dimension=2)
    vectors = np.eye(3, 2, dtype=np.float32)
    write_vectors(model=model, modality="image", keys=[same.pk, plain.pk, new.pk], vectors=vectors)

    server.answers["/new"] = versioned(picture("yellow"), '"c"')
    result = fetch_images(limits=LIMITS, refresh=True)
    assert (result.fetched, result.unchanged, result.refused, result.to_retry) == (1, 2, {}, {})
    # A new row: what was computed from the old picture went with it.
    assert not Image.objects.filter(pk=new.pk).exists()
    changed = Image.objects.get(source=new.source)
    assert (changed.record_id, changed.position, changed.credit, changed.view) == (new.record_id, 3, "© Museum", "back")
    assert changed.sensitive
    assert changed.validators["etag"] == '"c"'
    assert set(Image.objects.filter(vectors__isnull=False)) == {same, plain}

    assert fetch_images(limits=LIMITS, refresh=True).unchanged == 3


def test_what_cannot_be_refreshed_stays(server: ImageServer) -> None:
    server.answers["/1"] = body(picture("red"))
    image = missing(server, "/1")
    fetch_images(limits=LIMITS)
    server.answers["/1"] = status(404)
    assert fetch_images(limits=LIMITS, refresh=True).refused == {"answer 404": 1}
    image.refresh_from_db()
    assert image.is_here
    assert image.problem == ""


def test_refreshing_asks_for_nothing_that_is_missing(server: ImageServer) -> None:
    missing(server, "/1")
    assert fetch_images(limits=LIMITS, refresh=True).as_dict() == FetchResult().as_dict()
    assert server.asked == []


@pytest.fixture
def fast(settings: Settings) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    settings.FETCH_PAUSE_SECONDS = 0


def test_a_job_that_got_nothing_says_why(server: ImageServer, fast: None) -> None:
    record = RecordFactory(collection=CollectionFactory(slug="smg"))
    for number in range(4):
        missing(server, f"/{number}", record=record)
    server.answers["/3"] = body(b"<html>")
    with pytest.raises(UserError) as caught:
        fetch_missing_images(NoProgress(), collection="smg")
    assert str(caught.value) == (
        "None of 4 pictures came (answer 404: 3, a page, not a picture: 1); correct the addresses in your file and "
        "import it again, or ask again for those that failed. For example: "
        + " ".join(f"{server.url}/{number} (The server answers 404 Not Found.)" for number in range(3))
    )


def test_a_job_whose_server_is_down_is_run_again_later(fast: None) -> None:
    ImageFactory(record__collection__slug="smg", source="http://127.0.0.1:9/1", content_hash="")
    with pytest.raises(UserError, match=r"None of 1 pictures came \(not reachable: 1\); run it again later\."):
        fetch_missing_images(NoProgress(), collection="smg")


def test_a_job_that_got_a_part_leads_to_the_collection(server: ImageServer, fast: None) -> None:
    record = RecordFactory(collection=CollectionFactory(slug="smg"))
    server.answers["/1"] = body(picture("red"))
    missing(server, "/1", record=record)
    missing(server, "/gone", record=record)
    first, again = (fetch_missing_images(NoProgress(), collection="smg") for _ in range(2))
    assert first.url == again.url == "/collections/smg/"
    assert first.words == "Pictures: 1 fetched. 1 cannot be had (answer 404: 1)."
    assert again.words == "Pictures: none were missing."


def test_the_command_takes_licences_and_refreshes(
    server: ImageServer, fast: None, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["/1"] = versioned(picture("red"), '"a"')
    missing(server, "/1", licence="CC0")
    missing(server, "/2", licence="CC BY")
    call_command("fetch_images", "--only-licence", "CC0", "--only-licence", "CC BY-SA")
    assert capsys.readouterr().out == "1 pictures fetched.\n"
    call_command("fetch_images", "--refresh", "--json")
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1


def test_a_picture_whose_file_went_as_it_came_is_for_the_next_run(
    server: ImageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/1"] = body(picture("red"))
    image = missing(server, "/1")
    monkeypatch.setattr("heritage.catalogue.pictures.missing_files", set)
    assert fetch_images(limits=LIMITS).to_retry == {"removed as it came": 1}
    image.refresh_from_db()
    assert not image.is_here
