"""Where gunicorn finds the encoder: loaded once, by the process that forks it."""

import logging
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
django.setup()

from django.db import DatabaseError, connection  # noqa: E402 - after setup

from heritage.errors import UserError  # noqa: E402
from models_ml.encoding.server import application, models  # noqa: E402
from models_ml.models import EmbeddingModel  # noqa: E402
from models_ml.vectors.warming import warm_indexes  # noqa: E402

__all__ = ["application", "load_newest", "read_indexes"]


def load_newest() -> None:
    """The model that is likely to be asked for first."""
    newest = EmbeddingModel.objects.filter(image_vectors__isnull=False).order_by("-pk").first()
    connection.close()
    if newest is None:
        return
    try:
        with models.at_work:
            models.encoder((newest.source, newest.fingerprint))
    except UserError as error:
        logging.getLogger(__name__).warning("%s", error)


def read_indexes() -> None:
    """So that the first searches need not wait for the disk."""
    try:
        warm_indexes()
    except DatabaseError as error:  # searches only take longer
        logging.getLogger(__name__).warning("The indexes of vectors were not read beforehand: %s", error)
    finally:
        connection.close()
