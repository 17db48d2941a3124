"""Downloading the pictures that records name by address: those that are not here yet, or those that are, again.

A thread per host asks for one picture after the other, with a pause between; hosts do not wait for each
other. The calling thread alone talks to the database, and writes each picture as it arrives, so that a run
that was stopped goes on where it was. What a server refuses for good is noted on the image and not asked
again unless told so; what failed in passing is asked again by the next run.
"""

import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from heritage.catalogue.pictures import (
    mark_image_unavailable,
    renew_validators,
    replace_changed_image,
    store_fetched_image,
)
from heritage.errors import UserError
from heritage.models import Collection, Image
from heritage.pictures.downloading import Answer, ImageSession, download
from heritage.pictures.licences import licence_matches
from heritage.pictures.limits import BusyError, DownloadError, DownloadLimits
from heritage.pictures.resolving import FoundPicture, find_picture
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
MOST_EXAMPLES = 3  # failures told in words: they are often alike


@dataclass(slots=True)
class FetchResult:
    """Images by what became of them; `refused` for good and `to_retry` by the next run, by reason.

    `unchanged` were asked for again and are still the same. `examples` are the first failures, in words.
    """

    fetched: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    to_retry: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As `fetch_images --json` prints it. `postponed` is the former name of `to_retry`."""
        to_retry = dict(self.to_retry)
        counts = {"fetched": self.fetched, "unchanged": self.unchanged, "refused": dict(self.refused)}
        return counts | {"to_retry": to_retry, "postponed": to_retry}

    def in_words(self) -> str:
        """What became of the pictures, and why some did not come."""
        here = [(self.fetched, "fetched"), (self.unchanged, "as they were")]
        said = [f"Pictures: {', '.join(f'{count:,} {what}' for count, what in here if count) or 'none were missing'}."]
        if self.refused:
            said.append(f"{self.refused.total():,} cannot be had ({counted_reasons(self.refused)}).")
        if self.to_retry:
            said.append(f"{self.to_retry.total():,} come when it is run again ({counted_reasons(self.to_retry)}).")
        return " ".join(said)

    def require_something(self) -> None:
        """Raises UserError where pictures were asked for and not one of them came."""
        failed = self.refused + self.to_retry
        if self.fetched or self.unchanged or not failed:
            return
        what_to_do = (
            "run it again later"
            if self.to_retry
            else "correct the addresses in your file and import it again, or ask again for those that failed"
        )
        raise UserError(
            f"None of {failed.total():,} pictures came ({counted_reasons(failed)}); {what_to_do}. "
            f"For example: {' '.join(self.examples)}"
        )


def counted_reasons(counts: Mapping[str, int]) -> str:
    """Reasons with their counts, the most frequent first."""
    return ", ".join(f"{reason}: {count:,}" for reason, count in sorted(counts.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address, and the images that show what is behind it.

    `service` is the base address of their IIIF service where that is known. Images that are here already have a
    `content_hash`, and `validators` to ask whether it is still the same picture.
    """

    url: str
    image_ids: tuple[int, ...]
    service: str = ""
    content_hash: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.service or self.url).netloc.lower()


@dataclass(frozen=True, slots=True)
class _Outcome:
    wanted: Wanted
    stored: StoredImage | None = None
    found: FoundPicture | None = None
    reason: str = ""
    problem: str = ""
    is_permanent: bool = False


def fetch_images(
    *,
    collection: str = "",
    retry_failed: bool = False,
    refresh: bool = False,
    only_licences: Sequence[str] = (),
    progress: Progress | None = None,
    limits: DownloadLimits | None = None,
) -> FetchResult:
    """Download what is missing in one collection, or in all; with `refresh`, ask again for what is here instead.

    `only_licences` are names or addresses of licences, as `licence_matches` takes them. Raises UserError for an
    unknown collection.
    """
    progress = progress or NoProgress()
    by_host = _by_host(_wanted(collection, retry_failed, refresh, only_licences))
    total = sum(len(wanted.image_ids) for host in by_host for wanted in host)
    progress.start(f"Fetching images of {collection or 'all collections'}", total)
    result = FetchResult()
    outcomes = _outcomes(by_host, limits or DownloadLimits.from_settings(), ImageStore.from_settings())
    with closing(outcomes):  # Stops the threads where `advance` raises: the job was cancelled.
        for outcome in outcomes:
            _settle(outcome, result)
            progress.advance(len(outcome.wanted.image_ids))
    return result


def _wanted(collection: str, retry_failed: bool, refresh: bool, only_licences: Sequence[str]) -> Iterator[Wanted]:
    """Pictures to ask for, in catalogue order; what several images share stands once."""
    images = Image.objects.filter(withheld=False).filter(Q(source__iregex="^https?://") | ~Q(service="")).order_by("pk")
    images = images.exclude(content_hash="") if refresh else images.filter(content_hash="")
    if collection:
        if not Collection.objects.filter(slug=collection).exists():
            known = ", ".join(Collection.objects.values_list("slug", flat=True)) or "none yet"
            raise UserError(f"There is no collection “{collection}”; there are: {known}.")
        images = images.filter(record__collection__slug=collection)
    if not retry_failed:
        images = images.filter(problem="")
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    validators: dict[tuple[str, str, str], dict[str, str]] = {}
    columns = ("pk", "source", "service", "content_hash", "validators", "licence", "record__licence")
    for image_id, url, service, content_hash, known_by, licence, of_record in images.values_list(*columns).iterator():
        if only_licences and not any(licence_matches(wanted, licence or of_record) for wanted in only_licences):
            continue
        key = (url, service.rstrip("/"), content_hash)
        found[key].append(image_id)
        validators.setdefault(key, known_by)
    for key, image_ids in found.items():
        url, service, content_hash = key
        yield Wanted(url, tuple(image_ids), service, content_hash, validators[key])


def _by_host(all_wanted: Iterable[Wanted]) -> list[list[Wanted]]:
    hosts: dict[str, list[Wanted]] = defaultdict(list)
    for wanted in all_wanted:
        hosts[wanted.host].append(wanted)
    return list(hosts.values())


def _settle(outcome: _Outcome, result: FetchResult) -> None:
    """Write to the database what became of one address, and count it."""
    wanted, image_ids = outcome.wanted, outcome.wanted.image_ids
    if outcome.found is not None:
        _settle_answer(wanted, outcome.found, outcome.stored, result)
        return
    if outcome.is_permanent:
        mark_image_unavailable(image_ids=image_ids, problem=outcome.problem)
    (result.refused if outcome.is_permanent else result.to_retry)[outcome.reason] += len(image_ids)
    if outcome.problem and len(result.examples) < MOST_EXAMPLES:
        result.examples.append(f"{wanted.url} ({outcome.problem})")


def _settle_answer(wanted: Wanted, found: FoundPicture, stored: StoredImage | None, result: FetchResult) -> None:
    validators = found.answer.validators
    if stored is None or stored.content_hash == wanted.content_hash:
        if validators:
            renew_validators(image_ids=wanted.image_ids, validators=validators)
        result.unchanged += len(wanted.image_ids)
        return
    write = replace_changed_image if wanted.content_hash else store_fetched_image
    if write(image_ids=wanted.image_ids, stored=stored, service=found.service, validators=validators):
        result.fetched += len(wanted.image_ids)
    else:
        result.to_retry["removed as it came"] += len(wanted.image_ids)


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


class _StoppedError(Exception):
    """The run was cancelled while a host was visited."""


class HostVisit:
    """One host's pictures, one polite request at a time. Runs in a thread and leaves the database alone."""

    def __init__(self, limits: DownloadLimits, store: ImageStore, stop: threading.Event) -> None:
        self._limits = limits
        self._store = store
        self._stop = stop
        self._failures = 0
        self._has_asked = False

    def outcomes(self, all_wanted: Sequence[Wanted]) -> Iterator[_Outcome]:
        """An outcome for each of `all_wanted`; all the rest are left for later once the host stops answering."""
        given_up = ""
        with ImageSession(self._limits) as session:
            for wanted in all_wanted:
                if given_up:
                    yield _Outcome(wanted, reason=given_up)
                    continue
                try:
                    outcome = self._outcome(session, wanted)
                except _StoppedError:
                    return
                yield outcome
                if outcome.found is not None or outcome.is_permanent:
                    self._failures = 0
                    continue
                self._failures += 1
                if self._failures >= PATIENCE.get(outcome.reason, FAILURES_UNTIL_NEXT_RUN):
                    given_up = outcome.reason

    def _outcome(self, session: ImageSession, wanted: Wanted) -> _Outcome:
        try:
            found = find_picture(
                partial(self._ask, session),
                wanted.url,
                service=wanted.service,
                longest_side=self._limits.longest_side,
                validators=wanted.validators,
            )
            stored = None if found.answer.is_unchanged else self._store.add(found.answer.data)
            return _Outcome(wanted, stored, found)
        except DownloadError as error:
            return _Outcome(wanted, reason=error.reason, problem=str(error), is_permanent=error.is_permanent)
        except ImageError as error:
            return _Outcome(wanted, reason="no usable picture", problem=f"The picture {error}.", is_permanent=True)

    def _ask(self, session: ImageSession, url: str, validators: Mapping[str, str]) -> Answer:
        """What is behind `url`, after waiting as long as a busy server asks. Raises DownloadError."""
        wait = FIRST_WAIT_SECONDS
        for _ in range(BUSY_ANSWERS_UNTIL_NEXT_RUN):
            self._pause()
            try:
                return download(session, url, self._limits, validators=validators)
            except BusyError as error:
                asked = wait if error.wait_seconds is None else error.wait_seconds
                if asked > LONGEST_WAIT_SECONDS or self._stop.wait(asked):
                    raise
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        return download(session, url, self._limits, validators=validators)

    def _pause(self) -> None:
        """Before every request but the first. Raises _StoppedError."""
        if self._has_asked and self._stop.wait(self._limits.pause_seconds):
            raise _StoppedError
        self._has_asked = True
