"""The encoder as web processes meet it, in a thread, with a model of a few lines in place of a network."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn, UnixStreamServer
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import numpy as np

from heritage.files.private import make_private_folder
from models_ml.encoding.held_models import HeldModels
from models_ml.encoding.place import encoder_socket
from models_ml.encoding.server import answer


class DrawnEncoder:
    """Vectors drawn by what is encoded: the same text or picture has the same one."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.texts: list[str] = []
        self.sizes: list[tuple[int, int]] = []

    def encode_texts(self, texts):
        self.texts += texts
        return np.stack([drawn_vector(text, self.dimension) for text in texts])

    def encode_images(self, images):
        self.sizes += [image.size for image in images]
        return np.stack([drawn_vector(str(image.resize((4, 4)).tobytes()), self.dimension) for image in images])


def drawn_vector(what: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8])
    vector = np.random.default_rng(seed).normal(size=dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class _Server(ThreadingMixIn, UnixStreamServer, WSGIServer):
    daemon_threads = True
    server_name, server_port = "encoder", 0

    def server_bind(self) -> None:
        UnixStreamServer.server_bind(self)
        self.setup_environ()

    def get_request(self):
        request, _ = super().get_request()
        return request, ("encoder", 0)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def encoder_running(load) -> Iterator[HeldModels]:
    """At the place where web processes look for it. load: as `HeldModels` takes it."""
    held = HeldModels(load, free_memory=lambda: 10**12)

    def application(environ, start_response):
        status, kind, body = answer(environ, held)
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    path = encoder_socket()
    make_private_folder(path.parent)
    path.unlink(missing_ok=True)
    server = _Server(str(path), _Quiet)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)
