"""Picture files for tests: any kind, and the same picture asked to be turned in every container."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import PIL.Image

from heritage.pictures.store import ImageStore

ORIENTATION = 0x0112


def encoded(image: PIL.Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def stored_picture(width: int, height: int) -> dict[str, object]:
    """A picture in the store, as the fields of the Image that shows it."""
    stored = ImageStore.from_settings().add(encoded(PIL.Image.radial_gradient("L").resize((width, height)), "JPEG"))
    return {"content_hash": stored.content_hash, "width": stored.width, "height": stored.height}


def near(colour: Any, wanted: Any, tolerance: int = 12) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(colour, wanted, strict=True))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def asking_for(orientation: int) -> PIL.Image.Exif:
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def _jpeg(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "JPEG", quality=95, subsampling=0, exif=asking_for(orientation))


def _tiff(**options: Any) -> Callable[[PIL.Image.Image, int], bytes]:
    return lambda image, orientation: encoded(image, "TIFF", tiffinfo={ORIENTATION: orientation}, **options)


def _png(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "PNG", exif=asking_for(orientation))


def _png_that_asks_at_its_end(image: PIL.Image.Image, orientation: int) -> bytes:
    plain = encoded(image, "PNG")
    asked = png_chunk(b"eXIf", asking_for(orientation).tobytes().removeprefix(b"Exif\0\0"))
    return plain[:-12] + asked + plain[-12:]


def _xmp(orientation: int) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{orientation}"/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def _jpeg_with_xmp(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "JPEG", quality=95, subsampling=0, xmp=_xmp(orientation))


def _tiff_with_xmp(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "TIFF", tiffinfo={700: _xmp(orientation)})


def _png_with_xmp_at_its_end(image: PIL.Image.Image, orientation: int) -> bytes:
    plain = encoded(image, "PNG")
    said = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _xmp(orientation))
    return plain[:-12] + said + plain[-12:]


def _webp(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "WEBP", lossless=True, exif=asking_for(orientation))


def _avif(image: PIL.Image.Image, orientation: int) -> bytes:
    return encoded(image, "AVIF", quality=95, subsampling="4:4:4", exif=asking_for(orientation))


CONTAINERS: dict[str, Callable[[PIL.Image.Image, int], bytes]] = {
    "JPEG": _jpeg,
    "TIFF": _tiff(),
    "TIFF, LZW": _tiff(compression="tiff_lzw"),
    "TIFF, deflated": _tiff(compression="tiff_deflate"),
    "PNG": _png,
    "PNG, EXIF behind the pixels": _png_that_asks_at_its_end,
    "WebP": _webp,
    "AVIF": _avif,
    "JPEG, XMP": _jpeg_with_xmp,
    "TIFF, XMP": _tiff_with_xmp,
    "PNG, XMP behind the pixels": _png_with_xmp_at_its_end,
}
