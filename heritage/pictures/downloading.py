"""One picture from one address, from a server that is not trusted.

Addresses come from museums' files. So private and local networks are refused at every step of a redirect
(the connection goes to the address that was checked), nothing but http and https is followed, a response
is cut off at the limit of bytes and of time, and it is asked for uncompressed, so that it cannot swell.
Pure of the database; `fetching` decides what to ask and when.
"""

import email.utils
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress

MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
# A server that sends a byte now and then never runs into the timeout between two reads; this ends it.
TIMEOUTS_PER_DOWNLOAD = 6


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What a download may cost. `pause_seconds` is between two requests to one host."""

    timeout_seconds: float
    pause_seconds: float
    max_bytes: int
    user_agent: str
    allow_loopback: bool = False

    @classmethod
    def from_settings(cls) -> "DownloadLimits":
        from django.conf import settings

        return cls(
            timeout_seconds=settings.FETCH_TIMEOUT_SECONDS,
            pause_seconds=settings.FETCH_PAUSE_SECONDS,
            max_bytes=settings.IMAGE_MAX_BYTES,
            user_agent=settings.FETCH_USER_AGENT,
            allow_loopback=settings.FETCH_ALLOW_LOOPBACK,
        )


class DownloadError(Exception):
    """An address gave no file. `reason` is a short phrase to count by, the message a sentence for people.

    Where `is_permanent`, asking again would give the same answer.
    """

    def __init__(self, reason: str, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.reason = reason
        self.is_permanent = is_permanent


class BusyError(DownloadError):
    """The server asks to be left alone for `wait_seconds` (None where it does not say how long)."""

    def __init__(self, status: int, wait_seconds: float | None) -> None:
        super().__init__(
            "the server asks to wait", f"The server answers {status}: too many requests.", is_permanent=False
        )
        self.wait_seconds = wait_seconds


class ImageSession(HTTPSession):
    """Follows no redirect by itself: requests would read a redirect's whole body, however long it is."""

    def __init__(self, limits: DownloadLimits) -> None:
        super().__init__(
            Config(
                ip_filter_enable=True,
                ip_filter_allow_loopback_ips=limits.allow_loopback,
                never_redirect=True,
                default_timeout=(limits.timeout_seconds, limits.timeout_seconds),
                user_agent_override=limits.user_agent,
            )
        )
        # A proxy would resolve names itself, past the check; a .netrc would send our passwords to strangers.
        self.trust_env = False
        self.headers["Accept"] = "image/*"
        self.headers["Accept-Encoding"] = "identity"

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def download(session: ImageSession, url: str, limits: DownloadLimits) -> bytes:
    """The bytes behind `url`. Raises DownloadError."""
    deadline = time.monotonic() + TIMEOUTS_PER_DOWNLOAD * limits.timeout_seconds
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with session.get(url, stream=True) as response:
                if response.is_redirect:
                    url = _next_address(url, response)
                    continue
                _check_answer(response, limits)
                return _body(response, limits, deadline)
    except InvalidIPAddress as error:
        raise DownloadError(
            "refused address",
            f"{urlsplit(url).hostname} lies in a private or local network, from which nothing is fetched.",
            is_permanent=True,
        ) from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError, ValueError) as error:
        raise DownloadError("no valid address", f"“{url[:80]}” is no valid address.", is_permanent=True) from error
    except requests.exceptions.SSLError as error:
        raise DownloadError(
            "no secure connection", f"{urlsplit(url).hostname} shows no valid certificate.", is_permanent=False
        ) from error
    # The body is read past requests, which would otherwise have translated urllib3's errors.
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise DownloadError(
            "not reachable", f"{urlsplit(url).hostname} could not be reached or broke off.", is_permanent=False
        ) from error
    raise DownloadError("too many redirects", "The address leads from one to the next in a circle.", is_permanent=True)


def _next_address(url: str, response: requests.Response) -> str:
    target = urljoin(url, response.headers["location"])
    if urlsplit(target).scheme not in ("http", "https"):
        raise DownloadError("no valid address", "The address leads to one that is not http.", is_permanent=True)
    return target


def _check_answer(response: requests.Response, limits: DownloadLimits) -> None:
    status = response.status_code
    if status in (429, 503):
        raise BusyError(status, _retry_after(response.headers.get("Retry-After", "")))
    if status != 200:
        raise DownloadError(
            f"answer {status}",
            f"The server answers {status} {response.reason or ''}".rstrip() + ".",
            is_permanent=400 <= status < 500 and status not in (408, 425),
        )
    if response.headers.get("Content-Type", "").lower().startswith("text/"):
        raise DownloadError(
            "a page, not a picture", "The server sends a page in place of a picture.", is_permanent=True
        )
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limits.max_bytes:
        raise _too_large(limits)


def _body(response: requests.Response, limits: DownloadLimits, deadline: float) -> bytes:
    """The body as it is on the wire; read1 returns with what has arrived, so that the deadline is seen in time."""
    body = bytearray()
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > limits.max_bytes:
            raise _too_large(limits)
        if time.monotonic() > deadline:
            raise DownloadError("too slow", "The server sends the picture too slowly.", is_permanent=False)
    return bytes(body)


def _too_large(limits: DownloadLimits) -> DownloadError:
    limit = f"{limits.max_bytes / 2**20:,.0f} MB"
    return DownloadError(
        "too large", f"The picture is larger than the limit of {limit} (IMAGE_MAX_BYTES).", is_permanent=True
    )


def _retry_after(value: str) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
