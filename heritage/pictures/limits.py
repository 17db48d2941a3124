"""What a download may cost, and the ways in which one fails.

Pure of the database. `downloading` and what follows it raise DownloadError; `fetching` counts by its reason.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What a download may cost. `pause_seconds` is between two requests to one host.

    `longest_side`, in pixels, is what is asked of a IIIF service, which gives any size.
    """

    timeout_seconds: float
    pause_seconds: float
    max_bytes: int
    user_agent: str
    allow_loopback: bool = False
    longest_side: int = 4000

    @classmethod
    def from_settings(cls) -> "DownloadLimits":
        from django.conf import settings

        return cls(
            timeout_seconds=settings.FETCH_TIMEOUT_SECONDS,
            pause_seconds=settings.FETCH_PAUSE_SECONDS,
            max_bytes=settings.IMAGE_MAX_BYTES,
            user_agent=settings.FETCH_USER_AGENT,
            allow_loopback=settings.FETCH_ALLOW_LOOPBACK,
            longest_side=settings.IIIF_LONGEST_SIDE,
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


def too_large(limits: DownloadLimits) -> DownloadError:
    """The server sends more than IMAGE_MAX_BYTES, or what unfolds to more."""
    limit = f"{limits.max_bytes / 2**20:,.0f} MB"
    return DownloadError(
        "too large", f"The picture is larger than the limit of {limit} (IMAGE_MAX_BYTES).", is_permanent=True
    )
