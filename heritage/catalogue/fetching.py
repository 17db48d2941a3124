"""Downloading the pictures that records name by address and that are not here yet.

A thread per host asks for one picture after the other, with a pause between; hosts do not wait for each
other. The calling thread alone talks to the database, and writes each picture as it arrives, so that a run
that was stopped goes on where it was. What a server refuses for good is noted on the image and not asked
again unless told so; what failed in passing is asked again by the next run.
"""

import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from heritage.catalogue.actions import mark_image_unavailable, store_fetched_image
from heritage.errors import UserError
from heritage.models import Collection, Image
from heritage.pictures.downloading import BusyError, DownloadError, DownloadLimits, ImageSession, download
from heritage.pictures.store import ImageError, ImageStore, StoredImage
from heritage.progress import NoProgress, Progress

HOSTS_AT_ONCE = 8
# In a row, at one host. A host that is down is left alone soon; one that fails on some pictures is tried for longer,
# or those would keep all that follow them from ever being asked for.
PATIENCE = {"not reachable": 3, "no secure connection": 3, "the server asks to wait": 1}
FAILURES_UNTIL_NEXT_RUN = 25
BUSY_ANSWERS_UNTIL_NEXT_RUN = 4
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0


@dataclass(slots=True)
class FetchResult:
    """Images by what became of them; `refused` for good and `postponed` to the next run, by reason."""

    fetched: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    postponed: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        return {"fetched": self.fetched, "refused": dict(self.refused), "postponed": dict(self.postponed)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address, and the images that show what is behind it."""

    url: str
    image_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    wanted: Wanted
    stored: StoredImage | None = None
    reason: str = ""
    problem: str = ""
    is_permanent: bool = False


def fetch_images(
    *,
    collection: str = "",
    retry_failed: bool = False,
    progress: Progress | None = None,
    limits: DownloadLimits | None = None,
) -> FetchResult:
    """Download what is missing in one collection, or in all. Raises UserError for an unknown collection."""
    progress = progress or NoProgress()
    by_host = _wanted_by_host(collection, retry_failed=retry_failed)
    total = sum(len(wanted.image_ids) for host in by_host for wanted in host)
    progress.start(f"Fetching images of {collection or 'all collections'}", total)
    result = FetchResult()
    outcomes = _outcomes(by_host, limits or DownloadLimits.from_settings(), ImageStore.from_settings())
    with closing(outcomes):  # Stops the threads where `advance` raises: the job was cancelled.
        for outcome in outcomes:
            _settle(outcome, result)
            progress.advance(len(outcome.wanted.image_ids))
    return result


def _wanted_by_host(collection: str, *, retry_failed: bool) -> list[list[Wanted]]:
    """Missing pictures in catalogue order, one list per host; an address that several images share stands once."""
    missing = Image.objects.filter(content_hash="", source__regex="^https?://").order_by("pk")
    if collection:
        if not Collection.objects.filter(slug=collection).exists():
            known = ", ".join(Collection.objects.values_list("slug", flat=True)) or "none yet"
            raise UserError(f"There is no collection “{collection}”; there are: {known}.")
        missing = missing.filter(record__collection__slug=collection)
    if not retry_failed:
        missing = missing.filter(problem="")
    images: dict[str, list[int]] = defaultdict(list)
    for image_id, url in missing.values_list("pk", "source").iterator():
        images[url].append(image_id)
    hosts: dict[str, list[Wanted]] = defaultdict(list)
    for url, image_ids in images.items():
        hosts[urlsplit(url).netloc.lower()].append(Wanted(url, tuple(image_ids)))
    return list(hosts.values())


def _settle(outcome: _Outcome, result: FetchResult) -> None:
    image_ids = outcome.wanted.image_ids
    if outcome.stored is not None:
        store_fetched_image(image_ids=image_ids, stored=outcome.stored)
        result.fetched += len(image_ids)
    elif outcome.is_permanent:
        mark_image_unavailable(image_ids=image_ids, problem=outcome.problem)
        result.refused[outcome.reason] += len(image_ids)
    else:
        result.postponed[outcome.reason] += len(image_ids)


def _outcomes(
    by_host: Sequence[Sequence[Wanted]], limits: DownloadLimits, store: ImageStore
) -> Generator[_Outcome, None, None]:
    """One outcome per address as they come, from a thread per host. Closing the iterator stops the threads."""
    if not by_host:
        return
    outcomes: queue.SimpleQueue[_Outcome | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def visit(wanted: Sequence[Wanted]) -> None:
        try:
            for outcome in HostVisit(limits, store, stop).outcomes(wanted):
                outcomes.put(outcome)
        except BaseException as error:  # Raised again by the reader, who would otherwise wait for ever.
            outcomes.put(error)

    with ThreadPoolExecutor(min(HOSTS_AT_ONCE, len(by_host)), thread_name_prefix="fetch") as threads:
        for wanted in by_host:
            threads.submit(visit, wanted)
        try:
            for _ in range(sum(map(len, by_host))):
                outcome = outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            stop.set()
            threads.shutdown(cancel_futures=True)


class HostVisit:
    """One host's pictures, one polite request at a time. Runs in a thread and leaves the database alone."""

    def __init__(self, limits: DownloadLimits, store: ImageStore, stop: threading.Event) -> None:
        self._limits = limits
        self._store = store
        self._stop = stop
        self._failures = 0

    def outcomes(self, wanted: Sequence[Wanted]) -> Iterator[_Outcome]:
        """An outcome for each of `wanted`; all the rest are postponed once the host stops answering."""
        given_up = ""
        with ImageSession(self._limits) as session:
            for number, one in enumerate(wanted):
                if given_up:
                    yield _Outcome(one, reason=given_up)
                    continue
                if number and self._stop.wait(self._limits.pause_seconds):
                    return
                outcome = self._outcome(session, one)
                yield outcome
                if outcome.stored is not None or outcome.is_permanent:
                    self._failures = 0
                    continue
                self._failures += 1
                if self._failures >= PATIENCE.get(outcome.reason, FAILURES_UNTIL_NEXT_RUN):
                    given_up = outcome.reason

    def _outcome(self, session: ImageSession, wanted: Wanted) -> _Outcome:
        try:
            return _Outcome(wanted, self._store.add(self._patient_download(session, wanted.url)))
        except DownloadError as error:
            return _Outcome(wanted, reason=error.reason, problem=str(error), is_permanent=error.is_permanent)
        except ImageError as error:
            return _Outcome(wanted, reason="no usable picture", problem=f"The picture {error}.", is_permanent=True)

    def _patient_download(self, session: ImageSession, url: str) -> bytes:
        """The bytes behind `url`, after waiting as long as a busy server asks. Raises DownloadError."""
        wait = FIRST_WAIT_SECONDS
        for _ in range(BUSY_ANSWERS_UNTIL_NEXT_RUN):
            try:
                return download(session, url, self._limits)
            except BusyError as error:
                asked = wait if error.wait_seconds is None else error.wait_seconds
                if asked > LONGEST_WAIT_SECONDS or self._stop.wait(asked):
                    raise
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        return download(session, url, self._limits)
