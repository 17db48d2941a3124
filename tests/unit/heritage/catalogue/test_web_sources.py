"""Documents from servers that are not trusted. The server here is on the loopback interface, which the limits allow
explicitly."""

import email.utils
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from heritage.catalogue import web_sources
from heritage.catalogue.web_sources import WebDocuments
from heritage.errors import UserError
from heritage.importers import iiif, oai_pmh
from heritage.importers.source_records import SourceRecord
from heritage.pictures.downloading import DownloadLimits
from tests.image_server import Answer, ImageServer, body, endless, status, trickle

LIMITS = DownloadLimits(
    timeout_seconds=5.0, pause_seconds=0.0, max_bytes=100_000, user_agent="HeritageWeaver tests", allow_loopback=True
)


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with ImageServer().running() as server:
        yield server


class Sleeper:
    """Sleeps in no time, and remembers for how long it was to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)


def fetch(url: str, limits: DownloadLimits = LIMITS, sleeper: Sleeper | None = None) -> bytes:
    return WebDocuments(limits, sleep=sleeper or Sleeper()).fetch_document(url)


def after(first: Answer, then: Answer) -> Answer:
    """Answers `first` once, and `then` ever after."""
    answers = [first]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (answers.pop() if answers else then)(handler)

    return answer


@pytest.mark.parametrize("content_type", ["text/xml", "application/ld+json", "text/html", "image/jpeg"])
def test_a_document_comes_as_it_is_whatever_it_is_called(server: ImageServer, content_type: str) -> None:
    server.answers["/a"] = body(b"<OAI-PMH/>", content_type)
    server.answers["/old"] = status(301, Location="/a")
    assert fetch(f"{server.url}/old") == b"<OAI-PMH/>"
    assert server.user_agents == {"HeritageWeaver tests"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(404), "answers 404"),
        (status(401), "answers 401"),
        (body(b"x" * 100_001), "larger than the limit"),
        (endless, "larger than the limit"),
        (body(b"half", length=8), "broke off"),
        (status(302, Location="/x"), "in a circle"),
        (status(302, Location="file:///etc/passwd"), "not http"),
        (status(302, Location="http://10.0.0.1/"), "private or local network"),
        (status(302, Location="http://169.254.169.254/latest/meta-data"), "private or local network"),
    ],
)
def test_what_goes_wrong_is_said_in_words(server: ImageServer, answer: Answer, words: str) -> None:
    server.answers["/x"] = answer
    with pytest.raises(UserError, match=words):
        fetch(f"{server.url}/x")


def test_this_machine_is_asked_only_where_that_is_allowed(server: ImageServer) -> None:
    with pytest.raises(UserError, match="private or local network"):
        fetch(f"{server.url}/x", replace(LIMITS, allow_loopback=False))
    assert server.asked == []


def test_a_document_that_trickles_is_given_up(server: ImageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/x"] = trickle
    monkeypatch.setattr(web_sources, "TIMEOUTS_PER_DOCUMENT", 1)
    with pytest.raises(UserError, match="too slowly"):
        fetch(f"{server.url}/x", replace(LIMITS, timeout_seconds=0.2))


@pytest.mark.parametrize("url", ["ftp://museum.example/1", "http://", "http://[", "museum.example"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="no valid web address"):
        fetch(url)


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_asks_to_wait_is_waited_for(server: ImageServer, code: int) -> None:
    sleeper = Sleeper()
    server.answers["/x"] = after(status(code, Retry_After="7"), body(b"{}"))
    assert fetch(f"{server.url}/x", sleeper=sleeper) == b"{}"
    assert sleeper.slept == [7.0]


def test_it_may_ask_so_by_a_date(server: ImageServer) -> None:
    sleeper = Sleeper()
    until = email.utils.formatdate(time.time() + 60, usegmt=True)
    server.answers["/x"] = after(status(503, Retry_After=until), body(b"{}"))
    fetch(f"{server.url}/x", sleeper=sleeper)
    (slept,) = sleeper.slept
    assert 50 < slept <= 60


def test_one_that_asks_for_too_long_or_too_often_is_left_alone(server: ImageServer) -> None:
    sleeper = Sleeper()
    server.answers["/hour"] = status(503, Retry_After="3600")
    server.answers["/never"] = status(503)
    with pytest.raises(UserError, match="try again later"):
        fetch(f"{server.url}/hour", sleeper=sleeper)
    assert sleeper.slept == []
    with pytest.raises(UserError, match="503"):
        fetch(f"{server.url}/never", sleeper=sleeper)
    assert sleeper.slept == [5.0, 10.0, 20.0]


def test_there_is_a_pause_between_two_requests_to_one_host(server: ImageServer) -> None:
    sleeper = Sleeper()
    documents = WebDocuments(replace(LIMITS, pause_seconds=100.0), sleep=sleeper)
    for path in ("/a", "/b"):
        server.answers[path] = body(b"{}")
        documents.fetch_document(f"{server.url}{path}")
    (slept,) = sleeper.slept
    assert 90 < slept <= 100


def test_a_manifest_is_imported_by_its_address(server: ImageServer) -> None:
    server.answers["/manifest.json"] = body(b'{"type": "Manifest", "label": {"none": ["Lamp"]}}', "application/json")
    address = f"{server.url}/manifest.json"
    (record,) = iiif.open_source([address], WebDocuments(LIMITS).fetch_document).items()
    assert isinstance(record, SourceRecord)
    assert (record.record_id, record.name) == (address, "Lamp")


def test_a_repository_is_harvested_by_its_address(server: ImageServer) -> None:
    server.answers["/oai?verb=ListRecords&metadataPrefix=oai_dc"] = body(
        b"<OAI-PMH><ListRecords><record><header><identifier>oai:1</identifier></header><metadata><dc><title>Lamp"
        b"</title></dc></metadata></record></ListRecords></OAI-PMH>",
        "text/xml",
    )
    (record,) = oai_pmh.open_harvest(f"{server.url}/oai", WebDocuments(LIMITS).fetch_document).items()
    assert isinstance(record, SourceRecord)
    assert (record.record_id, record.name) == ("oai:1", "Lamp")
