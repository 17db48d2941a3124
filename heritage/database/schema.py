"""Whether the database has all the tables and columns that this version of the project knows."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from heritage.errors import UserError


def require_current() -> None:
    """Raises UserError where migrations are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise UserError("The database is not up to date: run `manage.py migrate`, or `manage.py serve --migrate`.")
