"""Documents from the web for imports: manifests, collections, pages of a harvest, from servers that are not trusted.

The session is the one that fetches pictures: private and local networks are refused at every step of a redirect. What
is sent is not judged here, only bounded; a server that asks to be left alone for a while is. `fetch_document` is what
`heritage.importers.iiif` and `oai_pmh` take as their `fetch`.
"""

import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests_hardened.ip_filter import InvalidIPAddress

from heritage.errors import UserError
from heritage.pictures.downloading import DownloadLimits, ImageSession

MOST_REDIRECTS = 5
MOST_ATTEMPTS = 4
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0
# A harvest's page may take a server minutes to put together; a byte now and then is still no answer.
TIMEOUTS_PER_DOCUMENT = 15
CHUNK_BYTES = 64 * 1024
_HEADERS = {
    "Accept": "application/ld+json, application/json, application/xml, text/xml, */*;q=0.5",
    # Not compressed: what arrives cannot swell beyond the limit.
    "Accept-Encoding": "identity",
}


class _TryLaterError(Exception):
    """The server cannot answer now; `wait_seconds` is what it asks for, None where it says nothing."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class WebDocuments:
    """Fetches one document after the other, with a pause between two from one host."""

    def __init__(self, limits: DownloadLimits | None = None, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._limits = limits or DownloadLimits.from_settings()
        self._session = ImageSession(self._limits)
        self._sleep = sleep
        self._asked: dict[str, float] = {}

    def fetch_document(self, url: str) -> bytes:
        """The bytes behind `url`. Raises UserError where there are none, after waiting as the server asks."""
        wait = FIRST_WAIT_SECONDS
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return self._fetch(url)
            except _TryLaterError as error:
                asked_for = error.wait_seconds if error.wait_seconds is not None else wait
                if attempt == MOST_ATTEMPTS or asked_for > LONGEST_WAIT_SECONDS:
                    raise UserError(f"{url} cannot be fetched now: {error}; try again later.") from error
                self._sleep(asked_for)
                wait *= 2
        raise AssertionError("unreachable")

    def _fetch(self, url: str) -> bytes:
        try:
            for _ in range(MOST_REDIRECTS + 1):
                self._keep_distance(url)
                with self._session.get(url, headers=_HEADERS, stream=True) as response:
                    if not response.is_redirect:
                        return self._answer(url, response)
                    url = urljoin(url, response.headers["location"])
                if urlsplit(url).scheme not in ("http", "https"):
                    raise UserError(f"The address leads to one that is not http: “{url[:80]}”.")
        except InvalidIPAddress as error:
            raise UserError(
                f"{urlsplit(url).hostname} lies in a private or local network, from which nothing is fetched."
            ) from error
        except requests.exceptions.SSLError as error:
            raise UserError(f"{urlsplit(url).hostname} shows no valid certificate, so nothing is fetched.") from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError, ValueError) as error:
            raise UserError(f"“{url[:80]}” is no valid web address; check it.") from error
        # The body is read past requests, which would otherwise have translated urllib3's errors.
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _TryLaterError(f"{urlsplit(url).hostname} could not be reached or broke off") from error
        raise UserError(f"{urlsplit(url).hostname} leads from one address to the next in a circle.")

    def _keep_distance(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        if host in self._asked:
            self._sleep(max(0.0, self._asked[host] + self._limits.pause_seconds - time.monotonic()))
        self._asked[host] = time.monotonic()

    def _answer(self, url: str, response: requests.Response) -> bytes:
        status, said = response.status_code, f"{response.status_code} {response.reason or ''}".rstrip()
        if status in (408, 425, 429) or status >= 500:
            raise _TryLaterError(f"the server answers {said}", _retry_after(response.headers.get("Retry-After")))
        if status != 200:
            raise UserError(f"{url} answers {said}; check the address.")
        deadline = time.monotonic() + TIMEOUTS_PER_DOCUMENT * self._limits.timeout_seconds
        body = bytearray()
        # read1 returns with what has arrived, so that the deadline is seen in time.
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise UserError(f"{url} is larger than the limit of {self._limits.max_bytes / 2**20:,.0f} MB.")
            if time.monotonic() > deadline:
                raise _TryLaterError("the server sends too slowly")
        return bytes(body)


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date."""
    if not value:
        return None
    try:
        return urllib3.Retry().parse_retry_after(value)
    except urllib3.exceptions.InvalidHeader:
        return None
