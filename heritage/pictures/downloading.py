"""One file from one address, from a server that is not trusted.

Addresses come from museums' files. So private and local networks are refused at every step of a redirect
(the connection goes to the address that was checked), nothing but http and https is followed, and a response
is cut off at the limit of bytes and of time, also of the bytes that it unfolds to. What came is judged by its
bytes: the header Content-Type is often wrong. Pure of the database; `fetching` decides what to ask and when.
"""

import email.utils
import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from .bodies import read_body
from .limits import BusyError, DownloadError, DownloadLimits, too_large

MAX_REDIRECTS = 5
# A server that sends a byte now and then never runs into the timeout between two reads; this ends it.
TIMEOUTS_PER_DOWNLOAD = 6
LONGEST_VALIDATOR = 500  # characters
# All that is given out to networks of the world (RFC 4291, 2.4). What lies beside it wraps addresses of IPv4 or was
# once for sites of their own, and Python takes some of it for public.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Answer:
    """What stood behind an address in the end: `url` is where redirects led.

    `validators` are the server's words to ask by next time. Where it says that nothing has changed since then,
    `is_unchanged`, and there are no data.
    """

    data: bytes
    url: str
    validators: dict[str, str]
    is_unchanged: bool = False


class PublicAddressAdapter(IPFilterAdapter):
    """Refuses what its parent lets through and is no public address of IPv6 all the same."""

    def build_connection_pool_key_attributes(self, *arguments: Any, **options: Any) -> Any:
        host_params, pool_options = super().build_connection_pool_key_attributes(*arguments, **options)
        address = ipaddress.ip_address(host_params["host"].strip("[]"))  # as it was checked, and is connected to
        is_own = self._allow_loopback and address.is_loopback
        if address.version == 6 and address not in GLOBAL_UNICAST and not is_own:
            raise InvalidIPAddress(address)
        return host_params, pool_options


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
        for scheme, is_secure in (("http://", False), ("https://", True)):
            self.mount(scheme, PublicAddressAdapter(is_secure, allow_loopback=limits.allow_loopback))
        # A proxy would resolve names itself, past the check; a .netrc would send our passwords to strangers.
        self.trust_env = False
        self.headers["Accept"] = "image/*, application/json;q=0.9, application/ld+json;q=0.9"
        self.headers["Accept-Encoding"] = "gzip, deflate"

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def download(
    session: ImageSession, url: str, limits: DownloadLimits, *, validators: Mapping[str, str] | None = None
) -> Answer:
    """What is behind `url`, or that it is still what `validators` came with. Raises DownloadError."""
    deadline = time.monotonic() + TIMEOUTS_PER_DOWNLOAD * limits.timeout_seconds
    headers = _conditions(validators or {}, url)
    address = url
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with session.get(url, headers=dict(headers), stream=True) as response:
                if response.is_redirect:
                    url = _next_address(url, response)
                    continue
                if headers and response.status_code == 304:
                    return Answer(b"", url, {}, is_unchanged=True)
                _check_answer(response, limits)
                data = read_body(response, limits, deadline)
                _check_no_page(data)
                return Answer(data, url, _validators(response, address))
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


def _conditions(validators: Mapping[str, str], url: str) -> dict[str, str]:
    """Headers that ask for a file only where it has changed. Validators hold for the address that gave them."""
    if validators.get("address") != url:
        return {}
    headers = {"If-None-Match": validators.get("etag"), "If-Modified-Since": validators.get("last_modified")}
    return {name: value for name, value in headers.items() if value}


def _validators(response: requests.Response, address: str) -> dict[str, str]:
    given = {"etag": response.headers.get("ETag"), "last_modified": response.headers.get("Last-Modified")}
    known = {name: value for name, value in given.items() if value and len(value) <= LONGEST_VALIDATOR}
    return known | {"address": address} if known else {}


def _next_address(url: str, response: requests.Response) -> str:
    location = response.headers["location"]
    with suppress(UnicodeError):  # Headers arrive as Latin-1; addresses in them are UTF-8.
        location = location.encode("latin-1").decode()
    target = urljoin(url, location)
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
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limits.max_bytes:
        raise too_large(limits)


def _check_no_page(data: bytes) -> None:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<") and b"<svg" not in start:
        raise DownloadError(
            "a page, not a picture", "The server sends a page in place of a picture.", is_permanent=True
        )


def _retry_after(value: str) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
