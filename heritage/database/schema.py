"""Whether the database has all the tables and columns that this version of the project knows."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from heritage.errors import UserError


def is_current() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def require_current() -> None:
    """Raises UserError where migrations are missing."""
    if not is_current():
        raise UserError("The database is not up to date: run `manage.py migrate`, or `manage.py serve --migrate`.")
