"""What a line in the log says of a request: no secret of its address, and no traceback where the client erred."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.urls import Resolver404, resolve

HIDDEN = "…"
# Arguments of addresses that let in whoever has them.
SECRET_ARGUMENTS = ("token",)
_PATH = re.compile(r"/[^\s?]+/[^\s?]*")


class RequestLines(logging.Filter):
    """Changes records of `django.request` and `django.security.*`; keeps all of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        if isinstance(record.args, Mapping):
            record.args = {name: hide_secrets(value) for name, value in record.args.items()}
        elif isinstance(record.args, tuple):
            record.args = tuple(hide_secrets(value) for value in record.args)
        return True


def hide_secrets(value: Any) -> Any:
    """`value` with the secret part of each address in it left out, where it is a text."""
    return _PATH.sub(lambda found: without_secrets(found[0]), value) if isinstance(value, str) else value


def without_secrets(path: str) -> str:
    """The address as it may be written down."""
    try:
        arguments = resolve(path).kwargs
    except Resolver404:
        return path
    for name in SECRET_ARGUMENTS:
        if name in arguments:
            path = path.replace(str(arguments[name]), HIDDEN)
    return path
