"""Web processes and the encoder: vectors come back, models are held and let go, and whatever fails is said."""

import io
import threading

import numpy as np
import PIL.Image
import pytest

from heritage.errors import UserError
from models_ml.encoding import client
from models_ml.encoding.client import EncoderError, picture_vector, text_vectors
from models_ml.encoding.held_models import MOST_MODELS, HeldModels
from models_ml.encoding.place import encoder_socket, picture_store
from models_ml.models import EmbeddingModel
from tests.encoder_server import DrawnEncoder, drawn_vector, encoder_running

MODEL = EmbeddingModel(slug="drawn", source="local-dir:drawn", fingerprint="1", dimension=6)


@pytest.fixture(autouse=True)
def own_place(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.IMAGES_DIR = tmp_path / "images"


def test_texts_are_encoded_once() -> None:
    encoder = DrawnEncoder(6)
    with encoder_running(lambda source: encoder):
        vectors = text_vectors(MODEL, ["a lamp", "a loom"])
        again = text_vectors(MODEL, ["a loom", "a lamp", "茶碗"])
    assert vectors == pytest.approx(np.stack([drawn_vector(text, 6) for text in ("a lamp", "a loom")]))
    assert again[:2] == pytest.approx(vectors[::-1])
    assert encoder.texts == ["a lamp", "a loom", "茶碗"]


def test_a_part_of_a_picture_is_what_is_encoded() -> None:
    file = io.BytesIO()
    PIL.Image.new("RGB", (400, 200), "red").save(file, "PNG")
    kept = picture_store("queries").add(file.getvalue()).content_hash
    encoder = DrawnEncoder(6)
    with encoder_running(lambda source: encoder):
        picture_vector(MODEL, kept, store="queries")
        picture_vector(MODEL, kept, store="queries", box=(0.25, 0.5, 0.5, 0.5))
        with pytest.raises(EncoderError, match="cannot be read"):
            picture_vector(MODEL, "0" * 64, store="images")
    assert encoder.sizes == [(400, 200), (200, 100)]


def test_without_an_encoder() -> None:
    with pytest.raises(EncoderError, match="No encoder answers"):
        text_vectors(MODEL, ["a lamp"])


def test_what_cannot_be_loaded_is_said() -> None:
    def load(source: str) -> DrawnEncoder:
        raise UserError(f"{source} holds no weights.")

    with encoder_running(load), pytest.raises(EncoderError, match="holds no weights"):
        text_vectors(MODEL, ["a lamp"])


def test_an_encoder_that_fails_goes_on() -> None:
    class Failing(DrawnEncoder):
        def encode_texts(self, texts):
            if "bad" in texts:
                raise RuntimeError("out of memory")
            return super().encode_texts(texts)

    encoder = Failing(6)
    with encoder_running(lambda source: encoder):
        with pytest.raises(EncoderError, match="could not read this"):
            text_vectors(MODEL, ["bad"])
        assert len(text_vectors(MODEL, ["good"])) == 1


def test_one_that_dies_in_mid_request(monkeypatch) -> None:
    import socket

    from heritage.files.private import make_private_folder

    make_private_folder(encoder_socket().parent)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(encoder_socket()))
    listening.listen()
    threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True).start()
    with pytest.raises(EncoderError, match="No encoder answers"):
        text_vectors(MODEL, ["a lamp"])
    # And one that never answers.
    monkeypatch.setattr(client, "SECONDS_TO_ANSWER", 0.05)
    with pytest.raises(EncoderError, match="still being loaded"):
        text_vectors(MODEL, ["a lamp"])
    listening.close()


def test_vectors_of_another_length_are_refused() -> None:
    with encoder_running(lambda source: DrawnEncoder(5)), pytest.raises(EncoderError, match="another length"):
        text_vectors(MODEL, ["a lamp"])


def test_models_make_room_for_each_other() -> None:
    loaded: list[str] = []
    free = 10**12

    def load(source: str) -> DrawnEncoder:
        loaded.append(source)
        return DrawnEncoder(6)

    held = HeldModels(load, free_memory=lambda: free)
    for number in range(MOST_MODELS + 1):
        held.encoder((str(number), ""))
    assert held.names == [str(number) for number in range(1, MOST_MODELS + 1)]
    held.encoder(("1", ""))
    assert len(loaded) == MOST_MODELS + 1
    # New weights under the same name.
    held.encoder(("1", "changed"))
    assert held.names.count("1") == 1
    free = 0
    held.encoder(("9", ""))
    assert held.names == ["9"]


@pytest.mark.parametrize(
    "question", [b"", b"[]", b"{}", b'{"source": 1}', b'{"source":"a","fingerprint":"","picture":{}}']
)
def test_a_question_that_is_none(question: bytes) -> None:
    from models_ml.encoding.server import answer

    environ = {"CONTENT_LENGTH": str(len(question)), "wsgi.input": io.BytesIO(question)}
    assert answer(environ, HeldModels(lambda source: DrawnEncoder(6)))[0].startswith("400")
