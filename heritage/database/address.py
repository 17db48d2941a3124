"""Django's DATABASES entry from DATABASE_URL, or for the embedded server where there is none."""

from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from .folder import DATABASE

# Connections are kept between requests, and looked at before they are used again: a server may have restarted.
KEPT = {"ENGINE": "heritage.database", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def database_settings(url: str, *, data_dir: Path) -> dict[str, Any]:
    """`url` is anything libpq takes: postgresql://user:password@host:port/name?sslmode=require, or key=value pairs."""
    if not url:
        return {**KEPT, "NAME": DATABASE, "EMBEDDED_UNDER": data_dir, "EMBEDDED_SETTINGS": {}, "EMBEDDED_LINGER": 1.0}
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        reason = " ".join(str(error).split())
        raise ImproperlyConfigured(
            f"DATABASE_URL is not a PostgreSQL address ({reason}); write postgresql://USER:PASSWORD@HOST:PORT/NAME."
        ) from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured("DATABASE_URL names no database; write postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    if not set(str(parts.get("port") or "")) <= set("0123456789,"):
        raise ImproperlyConfigured(f"DATABASE_URL names the port {parts['port']!r}; write a number, such as 5432.")
    return {
        **KEPT,
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
