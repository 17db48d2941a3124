"""Where gunicorn finds the encoder."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
django.setup()

from models_ml.encoding.server import application  # noqa: E402 - torch and settings after setup

__all__ = ["application"]
