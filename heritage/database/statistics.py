"""What PostgreSQL knows of its tables' contents, by which it chooses how to look something up."""

from django.db import connection, models

MANY = 1_000  # rows; after fewer, what it knew before still serves


def gather_statistics(*tables: type[models.Model], rows: int) -> None:
    """Look at `tables` anew where as many as `rows` were just written: by itself PostgreSQL does so a minute later,
    and until then answers as if they were not there, in seconds instead of milliseconds."""
    if rows < MANY:
        return
    names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")
