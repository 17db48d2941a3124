"""Asking the encoder for vectors, from a process without torch."""

import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError
from models_ml.encoding.place import PictureStore, encoder_socket
from models_ml.models import EmbeddingModel

# A model that is not in memory yet is loaded first.
SECONDS_TO_ANSWER = 8.0
# How many questions it has in hand.
SECONDS_TO_SAY = 1.0

Vectors = NDArray[np.float32]
Box = tuple[float, float, float, float]


class EncoderError(UserError):
    """There is no vector. The message says why, and what still works."""


def text_vectors(model: EmbeddingModel, texts: Sequence[str]) -> Vectors:
    """(n, dimension), L2-normalised. Raises EncoderError."""
    return _ask(model, {"texts": list(texts)}, rows=len(texts))


def picture_vector(
    model: EmbeddingModel, content_hash: str, *, store: PictureStore, box: Box | None = None
) -> NDArray[np.float32]:
    """(dimension,) of a stored picture, or of the part of it in `box`: left, top, width and height as shares of the
    picture's. Raises EncoderError."""
    picture = {"content_hash": content_hash, "store": store, "box": box}
    vector: NDArray[np.float32] = _ask(model, {"picture": picture}, rows=1)[0]
    return vector


def questions_in_hand() -> int | None:
    """How many the encoder answers now or has waiting; None where none answers within a second."""
    connection = _Connection(SECONDS_TO_SAY)
    try:
        connection.request("GET", "/")
        return int(json.loads(connection.getresponse().read())["questions"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def _ask(model: EmbeddingModel, question: Mapping[str, Any], *, rows: int) -> Vectors:
    body = json.dumps({"source": model.source, "fingerprint": model.fingerprint, **question})
    connection = _Connection(SECONDS_TO_ANSWER)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
    except TimeoutError as error:
        raise EncoderError(
            f"{model.slug} is still being loaded, or busy: words alone were searched. Try again in a moment."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise EncoderError(
            "No encoder answers, so words alone were searched: it starts with `serve`, or by `manage.py encoder`."
        ) from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise EncoderError(_sentence(data) or f"The encoder could not read this with {model.slug}; see its log.")
    if len(data) != 4 * rows * model.dimension:
        raise EncoderError(
            f"{model.slug} gives vectors of another length than it is registered with; register it anew."
        )
    return np.frombuffer(data, "<f4").reshape(rows, model.dimension)


def _sentence(data: bytes) -> str:
    try:
        document = json.loads(data)
    except ValueError:
        return ""
    said = document.get("error") if isinstance(document, dict) else None
    return said if isinstance(said, str) else ""


class _Connection(http.client.HTTPConnection):
    """HTTP over the encoder's Unix socket."""

    def __init__(self, timeout: float) -> None:
        super().__init__("encoder", timeout=timeout)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(encoder_socket()))
