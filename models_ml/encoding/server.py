"""The encoder's WSGI application: a question in JSON, vectors as little-endian float32 back.

It listens on a private Unix socket, and is asked by web processes that have checked who asks and what.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError
from models_ml.encoding.held_models import HeldModels, ModelKey
from models_ml.encoding.place import CONTENT_HASH, picture_store

MOST_BYTES = 4 * 2**20
MOST_TEXTS = 1_000
Answer = tuple[str, str, bytes]  # status, content type, body

logger = logging.getLogger(__name__)
models = HeldModels()


def application(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, kind, body = answer(environ, models)
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def answer(environ: Mapping[str, Any], models: HeldModels) -> Answer:
    """To one request; whatever goes wrong is an answer too. GET asks how many questions are in hand."""
    if environ.get("REQUEST_METHOD") == "GET":
        return "200 OK", "application/json", json.dumps({"questions": models.questions}).encode()
    with models.question():
        return _answered(environ, models)


def _answered(environ: Mapping[str, Any], models: HeldModels) -> Answer:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > MOST_BYTES:
            return _refused("413 Content Too Large", "That is too much to be encoded at once.")
        question = json.loads(environ["wsgi.input"].read(length))
        vectors = _vectors(question, models)
    except UserError as error:
        return _refused("422 Unprocessable Content", str(error))
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("A question that cannot be read: %s.", type(error).__name__)
        return _refused("400 Bad Request", "The encoder cannot read this question.")
    except Exception:  # A network that runs out of memory, or weights that do not fit, must not end the process.
        logger.exception("A question was not answered.")
        return _refused("500 Internal Server Error", "")
    return "200 OK", "application/octet-stream", np.ascontiguousarray(vectors, "<f4").tobytes()


def _vectors(question: Mapping[str, Any], models: HeldModels) -> NDArray[np.float32]:
    key: ModelKey = (str(question["source"]), str(question["fingerprint"]))
    if "texts" in question:
        texts = [str(text) for text in question["texts"]]
        if len(texts) > MOST_TEXTS:
            raise UserError(f"At most {MOST_TEXTS:,} texts can be encoded at once.")
        return _of_texts(texts, key, models)
    picture = question["picture"]
    if not CONTENT_HASH.fullmatch(picture["content_hash"]):
        raise ValueError("no content hash")
    box = None if picture["box"] is None else tuple(float(number) for number in picture["box"])
    return _of_picture(picture["store"], picture["content_hash"], box, key, models)


def _of_texts(texts: list[str], key: ModelKey, models: HeldModels) -> NDArray[np.float32]:
    found = {text: models.known((key, "text", text)) for text in texts}
    unknown = [text for text, vector in found.items() if vector is None]
    if unknown:
        with models.at_work:
            vectors = models.encoder(key).encode_texts(unknown)
        for text, vector in zip(unknown, vectors, strict=True):
            found[text] = vector
            models.keep((key, "text", text), vector)
    return np.stack([vector for text in texts if (vector := found[text]) is not None])


def _of_picture(
    store: Any, content_hash: str, box: tuple[float, ...] | None, key: ModelKey, models: HeldModels
) -> NDArray[np.float32]:
    name = (key, "picture", f"{content_hash} {box}")
    known = models.known(name)
    if known is None:
        image = picture_store("queries" if store == "queries" else "images").picture(content_hash)
        if box is not None:
            left, top, width, height = box
            edges = (
                round(left * image.width),
                round(top * image.height),
                round((left + width) * image.width),
                round((top + height) * image.height),
            )
            image = image.crop(edges)
        with models.at_work:
            known = models.encoder(key).encode_images([image])[0]
        models.keep(name, known)
    return known[None]


def _refused(status: str, sentence: str) -> Answer:
    return status, "application/json", json.dumps({"error": sentence}).encode()
