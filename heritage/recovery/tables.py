"""All tables as text that any version of PostgreSQL reads: out of one snapshot, and into tables that are empty."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

# Sessions are keys to accounts, and which migrations ran is said in the backup's own list.
LEFT_OUT = ("django_session", "heritage_accountsession", "django_migrations")
CHUNK = 1 << 20

_COLUMNS = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
_REFERENCES = """
SELECT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.contype = 'f' AND NOT c.condeferrable AND n.nspname = current_schema() AND c.conrelid <> c.confrelid
"""
_SEQUENCES = """
SELECT s.relname, t.relname, a.attname FROM pg_class s
JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE s.relkind = 'S' AND n.nspname = current_schema() ORDER BY s.relname
"""


@dataclass(frozen=True)
class StoredTable:
    name: str
    columns: tuple[str, ...]


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read within is the database at one moment, while others go on writing."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def tables() -> list[StoredTable]:
    """Those that a backup holds; a table comes after those that it refers to."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        found = {name: StoredTable(name, tuple(columns)) for name, columns in cursor.fetchall() if name not in LEFT_OUT}
        cursor.execute(_REFERENCES)
        needs: dict[str, set[str]] = {name: set() for name in found}
        for name, referred in cursor.fetchall():
            if name in found and referred in found:
                needs[name].add(referred)
    ordered: list[StoredTable] = []
    while needs:
        # Tables that refer to each other in a circle can be deferred, or were none of ours.
        ready = sorted(name for name, others in needs.items() if not others & needs.keys()) or sorted(needs)
        for name in ready:
            ordered.append(found[name])
            del needs[name]
    return ordered


def is_empty() -> bool:
    """Whether the database has no tables of ours."""
    with connection.cursor() as cursor:
        return MigrationRecorder.Migration._meta.db_table not in connection.introspection.table_names(cursor)


def applied_migrations() -> list[tuple[str, str]]:
    return sorted(MigrationRecorder(connection).applied_migrations())


def copy_out(table: StoredTable, write: Callable[[bytes], Any]) -> int:
    """Hand the rows of `table` to `write`; returns how many they are."""
    with connection.cursor() as cursor:
        with cursor.cursor.copy(_copy(table, "TO STDOUT")) as rows:
            for part in rows:
                write(bytes(part))
        return int(cursor.cursor.rowcount)


def copy_in(table: StoredTable, file: IO[bytes]) -> int:
    """Fill `table` from what `copy_out` gave; returns the number of rows."""
    with connection.cursor() as cursor:
        with cursor.cursor.copy(_copy(table, "FROM STDIN")) as rows:
            while part := file.read(CHUNK):
                rows.write(part)
        return int(cursor.cursor.rowcount)


def _copy(table: StoredTable, direction: str) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(table.name), columns)  # type: ignore[arg-type]


@contextmanager
def emptied(names: list[str]) -> Iterator[None]:
    """Tables without rows and without triggers of ours while the block fills them, all in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(listed))
        for name in names:
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(name)))
        yield
        # Before tables are altered again, what refers to others has to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in names:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(name)))
        go_on_counting(cursor)


def go_on_counting(cursor: Any) -> None:
    """Let each sequence go on after the largest number of its column."""
    cursor.execute(_SEQUENCES)
    for sequence, table, column in cursor.fetchall():
        cursor.execute(
            sql.SQL("SELECT setval({}::regclass, coalesce(max({}), 0) + 1, false) FROM {}").format(
                sql.Literal(f'"{sequence}"'), sql.Identifier(column), sql.Identifier(table)
            )
        )
