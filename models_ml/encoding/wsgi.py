"""Where gunicorn finds the encoder. What is likely to be asked for first, models and indexes, is read beside the first
questions."""

import logging
import os
from threading import Thread

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
django.setup()

from django.db import DatabaseError, connection  # noqa: E402 - after setup

from heritage.errors import UserError  # noqa: E402
from models_ml.encoding.server import application, models  # noqa: E402
from models_ml.models import EmbeddingModel  # noqa: E402
from models_ml.vectors.warming import warm_indexes  # noqa: E402

__all__ = ["application"]


def _load_newest() -> None:
    newest = EmbeddingModel.objects.filter(image_vectors__isnull=False).order_by("-pk").first()
    connection.close()
    if newest is None:
        return
    try:
        with models.at_work:
            models.encoder((newest.source, newest.fingerprint))
    except UserError as error:
        logging.getLogger(__name__).warning("%s", error)


def _warm_indexes() -> None:
    try:
        warm_indexes()
    except DatabaseError as error:  # searches only take longer
        logging.getLogger(__name__).warning("The indexes of vectors were not read beforehand: %s", error)
    finally:
        connection.close()


Thread(target=_load_newest, daemon=True).start()
Thread(target=_warm_indexes, daemon=True).start()
