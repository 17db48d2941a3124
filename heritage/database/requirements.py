"""What Heritage Weaver needs of a PostgreSQL server: version 15 or newer, pgvector 0.8 or newer."""

from typing import Any

import psycopg

from heritage.errors import UserError

OLDEST_SERVER = 15
OLDEST_VECTOR = (0, 8)
# Where Django connects to create a test's database: it needs no vectors.
MAINTENANCE_DATABASE = "postgres"


def check_server(connection: psycopg.Connection[Any]) -> None:
    """`UserError` with one sentence if the server or its vector extension is too old or missing."""
    if connection.info.server_version < OLDEST_SERVER * 10_000:
        raise UserError(
            f"The database server is PostgreSQL {connection.info.server_version // 10_000}, and Heritage Weaver needs "
            f"{OLDEST_SERVER} or newer: name another server in DATABASE_URL."
        )
    if connection.info.dbname == MAINTENANCE_DATABASE:
        return
    was_autocommit = connection.autocommit
    connection.autocommit = True  # leave no transaction open behind the caller's back
    try:
        with psycopg.ClientCursor(connection) as cursor:
            row = cursor.execute(
                "SELECT extension.default_version, extension.installed_version, offered.trusted "
                "FROM pg_available_extensions AS extension JOIN pg_available_extension_versions AS offered "
                "ON offered.name = extension.name AND offered.version = extension.default_version "
                "WHERE extension.name = 'vector'"
            ).fetchone()
    finally:
        connection.autocommit = was_autocommit
    available, installed, trusted = row or (None, None, False)
    may_create = trusted or connection.info.parameter_status("is_superuser") == "on"
    check_vector(available=available, installed=installed, may_create=may_create)


def check_vector(*, available: str | None, installed: str | None, may_create: bool) -> None:
    """`available` on the server, `installed` in this database: versions such as 0.8.1, or None."""
    oldest = ".".join(map(str, OLDEST_VECTOR))
    if installed is not None:
        if version(installed) < OLDEST_VECTOR:
            raise UserError(
                f"The database's vector extension is {installed}, and Heritage Weaver needs {oldest} or newer: install "
                "a newer pgvector on the server and run ALTER EXTENSION vector UPDATE in the database."
            )
    elif available is None:
        raise UserError(
            f"The database server has no vector extension: install pgvector {oldest} or newer on it "
            "(https://github.com/pgvector/pgvector#installation)."
        )
    elif version(available) < OLDEST_VECTOR:
        raise UserError(
            f"The database server offers the vector extension {available}, and Heritage Weaver needs {oldest} or "
            "newer: install a newer pgvector on it."
        )
    elif not may_create:
        raise UserError(
            "The database lacks the vector extension, and its user may not create it: "
            "have an administrator run CREATE EXTENSION vector in the database."
        )


def version(text: str) -> tuple[int, ...]:
    """0.8.1 as (0, 8, 1)."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())
