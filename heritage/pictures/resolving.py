"""From an address as a museum writes it to the bytes of a picture, by way of its IIIF documents where there are any.

Pure of the network and the database: whoever calls hands in how to ask for an address, which keeps the pauses and
the limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .downloading import Answer
from .iiif import base_address, image_service, is_json, manifest_picture, parsed
from .limits import DownloadError


class Ask(Protocol):
    """Asks for an address, with the validators of an earlier answer. Raises DownloadError."""

    def __call__(self, url: str, validators: Mapping[str, str]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture's answer, and the base address of the IIIF service that gave it, if one did."""

    answer: Answer
    service: str = ""


def find_picture(
    ask: Ask, url: str, *, service: str = "", longest_side: int, validators: Mapping[str, str] | None = None
) -> FoundPicture:
    """The picture that `url` stands for, by the IIIF `service` where that is known. Raises DownloadError."""
    validators = validators or {}
    if service:
        try:
            return _from_service(ask, service, longest_side, validators)
        except DownloadError as error:
            if not (error.is_permanent and url.startswith(("http://", "https://")) and service not in url):
                raise
            # The museum gives another address of the picture, which may be smaller.
    try:
        answer = ask(url, validators)
    except DownloadError as error:
        # A base address should lead to its info.json, and does not everywhere.
        if not (error.is_permanent and _may_be_a_base_address(url)):
            raise
        try:
            return _from_service(ask, url.rstrip("/"), longest_side, validators)
        except DownloadError:
            raise error from None
    if answer.is_unchanged or not is_json(answer.data):
        return FoundPicture(answer)
    document = parsed(answer.data)
    if image_service(document):
        return _from_information(ask, answer, longest_side, validators)
    if picture := manifest_picture(document):
        if picture.service:
            return _from_service(ask, picture.service, longest_side, validators)
        return FoundPicture(ask(picture.url, validators))
    raise DownloadError("data, not a picture", "The server sends data (JSON) in place of a picture.", is_permanent=True)


def _may_be_a_base_address(url: str) -> bool:
    last = url.rstrip("/").rpartition("/")[2]
    return "iiif" in url.lower() and "?" not in url and "." not in last[-6:]


def _from_service(ask: Ask, service: str, longest_side: int, validators: Mapping[str, str]) -> FoundPicture:
    return _from_information(ask, ask(f"{service}/info.json", {}), longest_side, validators)


def _from_information(ask: Ask, answer: Answer, longest_side: int, validators: Mapping[str, str]) -> FoundPicture:
    document = parsed(answer.data)
    information = image_service(document)
    if information is None:
        raise DownloadError(
            "no image service", "The address of the IIIF service gives no info.json.", is_permanent=True
        )
    base = base_address(document, answer.url)
    return FoundPicture(ask(base + information.picture_path(longest_side), validators), base)
