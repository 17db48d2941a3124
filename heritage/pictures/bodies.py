"""The body of an answer, read and unfolded within limits of bytes and of time.

Pure of the database. Read past requests, which would unfold a compressed body however large it gets.
"""

import time
import zlib
from typing import Protocol

import requests

from .limits import DownloadError, DownloadLimits, too_large

CHUNK_BYTES = 64 * 1024
GZIP_START = b"\x1f\x8b"
# What zlib takes for gzip, for deflate as RFC 9110 means it, and for deflate as some servers send it.
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def read_body(response: requests.Response, limits: DownloadLimits, deadline: float) -> bytes:
    """The body as its server means it. `deadline` is on the monotonic clock, in seconds. Raises DownloadError."""
    body = _body_to_be(response.headers.get("Content-Encoding", ""), limits)
    received = 0
    # read1 returns with what has arrived, so that the deadline is seen in time.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        received += len(chunk)
        if received > limits.max_bytes:
            raise too_large(limits)
        body.add(chunk)
        if time.monotonic() > deadline:
            raise DownloadError("too slow", "The server sends the picture too slowly.", is_permanent=False)
    return body.end()


class _Body(Protocol):
    def add(self, chunk: bytes) -> None: ...

    def end(self) -> bytes: ...


def _body_to_be(encoding: str, limits: DownloadLimits) -> _Body:
    names = [name for each in encoding.lower().split(",") if (name := each.strip()) and name != "identity"]
    if not names:
        return _Plain()
    if names in (["gzip"], ["x-gzip"], ["deflate"]):
        return _Compressed(limits, is_gzip=names != ["deflate"])
    raise DownloadError(
        "unknown encoding", f"The server sends the picture encoded as “{encoding[:40]}”.", is_permanent=True
    )


class _Plain:
    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, chunk: bytes) -> None:
        self._bytes += chunk

    def end(self) -> bytes:
        return bytes(self._bytes)


class _Compressed:
    """Unfolds as it comes, and never more than one byte past the limit."""

    def __init__(self, limits: DownloadLimits, *, is_gzip: bool) -> None:
        self._limits = limits
        self._is_gzip = is_gzip
        self._start = b""
        self._bytes = bytearray()
        self._unfolding: zlib._Decompress | None = None
        self._is_plain = False

    def add(self, chunk: bytes) -> None:
        if self._unfolding is None and not self._is_plain:
            chunk = self._start + chunk
            if len(chunk) < len(GZIP_START):
                self._start = chunk
                return
            self._begin(chunk)
        if self._is_plain:
            self._bytes += chunk
            return
        try:
            self._unfold(chunk)
        except zlib.error as error:
            raise DownloadError(
                "broken answer",
                "The server sends the picture compressed, and it cannot be unfolded.",
                is_permanent=False,
            ) from error

    def _begin(self, start: bytes) -> None:
        """By the bytes: servers also call compressed what they send as it is."""
        if self._is_gzip:
            self._is_plain = not start.startswith(GZIP_START)
            self._unfolding = None if self._is_plain else zlib.decompressobj(GZIP)
        else:
            has_header = start[0] & 0x0F == 8 and int.from_bytes(start[:2]) % 31 == 0
            self._unfolding = zlib.decompressobj(ZLIB if has_header else RAW)

    def _unfold(self, chunk: bytes) -> None:
        while chunk and self._unfolding is not None:
            if self._unfolding.eof:
                if not (self._is_gzip and chunk.startswith(GZIP_START)):
                    return  # What stands behind the end is of no use.
                self._unfolding = zlib.decompressobj(GZIP)
            self._bytes += self._unfolding.decompress(chunk, self._limits.max_bytes - len(self._bytes) + 1)
            if len(self._bytes) > self._limits.max_bytes:
                raise too_large(self._limits)
            chunk = self._unfolding.unconsumed_tail or self._unfolding.unused_data

    def end(self) -> bytes:
        if self._unfolding is None:
            return bytes(self._bytes) if self._is_plain else self._start
        if not self._unfolding.eof:
            raise DownloadError("not reachable", "The server broke off within the picture.", is_permanent=False)
        return bytes(self._bytes)
