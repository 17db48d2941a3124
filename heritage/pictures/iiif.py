"""IIIF documents: which picture an info.json or a manifest stands for, and where the museum gives it.

Pure: parsed JSON in, addresses out. Knows the Image API in its versions 1 to 3 and the Presentation API in 2 and 3.
`resolving` asks for what is named here.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from .limits import DownloadError

MOST_JSON_BYTES = 5 * 2**20
IMPORT_INSTEAD = "import it with the format iiif"


def is_json(data: bytes) -> bool:
    """Whether bytes that came in place of a picture are a JSON document."""
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def parsed(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises DownloadError where there is none of a reasonable size."""
    if len(data) > MOST_JSON_BYTES:
        raise _no_picture(f"The server sends a document of {len(data) / 2**20:,.0f} MB in place of a picture.")
    try:
        document = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _no_picture("The server sends data in place of a picture.")
    return document


def _no_picture(message: str, reason: str = "data, not a picture") -> DownloadError:
    return DownloadError(reason, message, is_permanent=True)


@dataclass(frozen=True, slots=True)
class ImageService:
    """What an info.json says of a picture: its size, the sizes that the server makes, and the most it gives."""

    version: int
    width: int
    height: int
    level: int
    sizes: tuple[tuple[int, int], ...] = ()
    most_width: float = math.inf
    most_height: float = math.inf
    most_area: float = math.inf
    features: frozenset[str] = field(default_factory=frozenset)

    def scale(self, longest_side: int) -> float:
        """The share of the full size that neither server nor `longest_side` forbids."""
        return min(
            1.0,
            longest_side / max(self.width, self.height),
            self.most_width / self.width,
            self.most_height / self.height,
            math.sqrt(self.most_area / (self.width * self.height)),
        )

    def picture_path(self, longest_side: int) -> str:
        """What to append to the base address for the largest picture within `longest_side` pixels.

        A server that gives the full size alone is asked for that.
        """
        quality = "native" if self.version == 1 else "default"
        return f"/full/{self._size(self.scale(longest_side), longest_side)}/0/{quality}.jpg"

    def _size(self, scale: float, longest_side: int) -> str:
        largest = "max" if self.version >= 3 else "full"
        if scale >= 1:
            return largest
        width = max(1, math.floor(self.width * scale))
        height = max(1, math.floor(self.height * scale))
        if self.level >= 1 or "sizeByW" in self.features:
            return self._written(width, height)
        made = [size for size in self.sizes if size[0] <= width and size[1] <= height]
        if made:
            return self._written(*max(made))
        if self.sizes and max(self.width, self.height) > longest_side:
            return self._written(*min(self.sizes))
        return largest

    def _written(self, width: int, height: int) -> str:
        """A size as the version's canonical form writes it."""
        return f"{width},{height}" if self.version >= 3 else f"{width},"


def image_service(document: dict[str, Any]) -> ImageService | None:
    """What `document` says as an info.json, or None where it is another document."""
    width, height = document.get("width"), document.get("height")
    context = json.dumps(document.get("@context", ""))
    is_info = (
        document.get("protocol") == "http://iiif.io/api/image"
        or document.get("type") in ("ImageService3", "ImageService2")
        or re.search(r"iiif\.io/api/image/|library\.stanford\.edu/iiif/image-api", context)
    )
    if not is_info or not _is_length(width) or not _is_length(height):
        return None
    profiles = document.get("profile")
    profiles = profiles if isinstance(profiles, list) else [profiles]
    levels = [int(found[1]) for each in profiles if isinstance(each, str) and (found := re.search(r"level(\d)", each))]
    said = [document, *(each for each in profiles if isinstance(each, dict))]
    features = {
        feature
        for each in said
        for name in ("supports", "extraFeatures")
        for feature in _list(each.get(name))
        if isinstance(feature, str)
    }
    most_width = _most(said, "maxWidth")
    return ImageService(
        version=_version(document, context),
        width=width,
        height=height,
        level=levels[0] if levels else 0,
        sizes=tuple(
            (each["width"], each["height"])
            for each in _list(document.get("sizes"))
            if isinstance(each, dict) and _is_length(each.get("width")) and _is_length(each.get("height"))
        ),
        most_width=most_width,
        most_height=_most(said, "maxHeight", otherwise=most_width),
        most_area=_most(said, "maxArea"),
        features=frozenset(features),
    )


def _version(document: dict[str, Any], context: str) -> int:
    if document.get("type") == "ImageService3" or "api/image/3" in context:
        return 3
    return 1 if "image-api/1" in context or "api/image/1" in context else 2


def _is_length(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _most(said: list[dict[str, Any]], name: str, otherwise: float = math.inf) -> float:
    return min((float(each[name]) for each in said if _is_length(each.get(name))), default=otherwise)


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def base_address(document: dict[str, Any], url: str) -> str:
    """Where the service of an info.json that came from `url` is asked: there, or where it says it is."""
    if url.endswith("/info.json"):
        return url.removesuffix("/info.json")
    return (identifier(document) or url).rstrip("/")


def identifier(document: dict[str, Any]) -> str:
    """The address of a IIIF resource; empty where it has none of http."""
    for name in ("id", "@id"):
        address = document.get(name)
        if isinstance(address, str) and re.match("https?://", address, re.IGNORECASE):
            return address
    return ""


@dataclass(frozen=True, slots=True)
class ManifestPicture:
    """The one picture of a manifest: the base address of its service where it has one, and its own address."""

    service: str
    url: str


def manifest_picture(document: dict[str, Any]) -> ManifestPicture | None:
    """The picture of a Presentation manifest, or None where `document` is another one.

    Raises DownloadError for a manifest of several pictures or of none, and for a collection of manifests.
    """
    kind = document.get("type") or document.get("@type")
    if kind in ("Collection", "sc:Collection"):
        raise _no_picture(
            f"The address is that of a IIIF collection, not of a picture; {IMPORT_INSTEAD}.", "several pictures"
        )
    if kind not in ("Manifest", "sc:Manifest"):
        return None
    canvases = [
        canvas
        for sequence in ([document] if "items" in document else _dicts(document.get("sequences"))[:1])
        for canvas in _dicts(sequence.get("items") or sequence.get("canvases"))
    ]
    if len(canvases) > 1:
        raise _no_picture(
            f"The address is that of a IIIF manifest with {len(canvases):,} pictures; {IMPORT_INSTEAD}.",
            "several pictures",
        )
    for body in _bodies(canvases):
        services = [identifier(service) for service in _dicts(body.get("service")) if _is_image_service(service)]
        picture = ManifestPicture(next(filter(None, services), "").rstrip("/"), identifier(body))
        if picture.service or picture.url:
            return picture
    raise _no_picture("The address is that of a IIIF manifest without a picture.")


def _bodies(canvases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is painted on the canvases; of a choice, the first or default."""
    found = []
    for canvas in canvases:
        painted = [each.get("resource") for each in _dicts(canvas.get("images"))]
        painted += [each.get("body") for page in _dicts(canvas.get("items")) for each in _dicts(page.get("items"))]
        for body in (each for one in painted for each in _dicts(one)):
            choice = _dicts(body.get("default") or body.get("items"))
            found.append(choice[0] if choice else body)
    return found


def _is_image_service(service: dict[str, Any]) -> bool:
    words = json.dumps([service.get(name) for name in ("type", "@type", "@context", "profile")])
    return "image" in words.lower()


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]
