"""The arrays of a map as they are kept in its row, and as a browser reads them. Pure."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SIDE = 65_535  # of the square that places lie in


@dataclass(frozen=True)
class MapArrays:
    """records: (n,) int64, ascending primary keys; places: (n, 2) uint16, y downwards; clusters: (n,) uint16, see
    `models_ml.maps.clusters`; terms: (n,) uint8, which of the map's terms a record is coloured by, 255 for none."""

    records: np.ndarray
    places: np.ndarray
    clusters: np.ndarray
    terms: np.ndarray

    def take(self, rows: np.ndarray) -> "MapArrays":
        return MapArrays(self.records[rows], self.places[rows], self.clusters[rows], self.terms[rows])


def quantised(coordinates: np.ndarray) -> np.ndarray:
    """(n, 2) uint16: finite coordinates in a square of SIDE, of one scale, the narrower side in the middle."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    scale = SIDE / max(float((high - low).max()), 1e-12)
    middle = (low + high) / 2
    found: np.ndarray = np.clip(np.rint((coordinates - middle) * scale + SIDE / 2), 0, SIDE).astype(np.uint16)
    return found


def packed(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # a stub that knows one keyword
    return buffer.getvalue()


def unpacked(content: bytes | memoryview) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}


def for_browser(header: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> bytes:
    """A little-endian uint32 that says how long the JSON after it is, the JSON, spaces up to a multiple of 4, and the
    arrays one after the other, little-endian; those of wider numbers come first, so that each begins where it may."""
    words = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    words += b" " * (-len(words) % 4)
    little = [np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes() for array in arrays]
    return len(words).to_bytes(4, "little") + words + b"".join(little)
