"""Where the encoder listens, and where the pictures lie that it is asked about."""

import re
from pathlib import Path
from typing import Literal

from django.conf import settings

from heritage.files.private import socket_folder
from heritage.pictures.store import ImageStore

PictureStore = Literal["images", "queries"]
SOCKET_NAME = "encoder.sock"
CONTENT_HASH = re.compile(r"[0-9a-f]{64}")


def encoder_socket() -> Path:
    return socket_folder(settings.DATA_DIR / "encoder", SOCKET_NAME) / SOCKET_NAME


def picture_store(name: PictureStore) -> ImageStore:
    """Of the museums' pictures, or of those that people search with."""
    store = ImageStore.from_settings()
    return store if name == "images" else ImageStore(settings.DATA_DIR / "queries", store.max_bytes, store.max_pixels)
