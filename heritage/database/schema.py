"""Whether the database has the tables and columns that this version of the project knows, neither fewer nor others."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from heritage.errors import UserError


def require_current() -> None:
    """Raises UserError where migrations are missing, or a newer version has been at work."""
    executor = MigrationExecutor(connection)
    require_known(executor.loader.applied_migrations or (), what="The database", loader=executor.loader)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise UserError("The database is not up to date: run `manage.py migrate`, or `manage.py serve --migrate`.")


def require_known(applied: Iterable[tuple[str, ...]], *, what: str, loader: MigrationLoader | None = None) -> None:
    """Raise UserError where one of the migrations `applied`, (app, name), comes after the last that is known here."""
    known: dict[str, list[str]] = defaultdict(list)
    for app, name in (loader or MigrationLoader(None)).disk_migrations or ():
        known[app].append(name)
    newer = sorted(f"{app} {name}" for app, name in applied if app in known and name > max(known[app]))
    if newer:
        raise UserError(
            f"{what} is of a newer version of Heritage Weaver ({newer[-1]}): install that version, or a later one."
        )
