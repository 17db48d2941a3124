"""Backing up, checking a backup, and restoring it into an empty place."""

import gzip
import os
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from heritage.child_process import own_command
from heritage.database.schema import require_known
from heritage.errors import UserError
from heritage.files.whole_file import whole_file
from heritage.progress import Progress
from heritage.recovery import archive, tables
from heritage.recovery.archive import Archive
from heritage.recovery.last import NAME, noted_backup

# What is made anew, is of this machine, or is a secret of it.
LEFT_OUT = ("postgres", "cache", "static", "queries", "uploads", "harvests", "encoder", "metrics", NAME, "secret_key")
DATABASE, FILES = "database/", "files/"


def back_up(path: Path, *, progress: Progress) -> dict[str, Any]:
    """Write everything into one file, readable by this user alone, while the site may go on.

    The database comes first, at one moment; pictures and models are named by it and never change, so those that it
    names are there when they are copied. Raises UserError where the file cannot be written.
    """
    with noted_backup() as made:
        written = _written_backup(path, progress=progress)
        made["bytes"] = written["bytes"]
    return written


def _written_backup(path: Path, *, progress: Progress) -> dict[str, Any]:
    if path.exists():
        raise UserError(f"{path} is there already; give the backup another name.")
    rows: dict[str, int] = {}
    with whole_file(path, private=True) as beside:
        target = Archive(beside)
        with tables.snapshot():
            known = tables.tables()
            progress.start("tables", len(known))
            for table in known:
                progress.advance()
                rows[table.name] = target.add_written(f"{DATABASE}{table.name}.gz", partial(tables.copy_out, table))
            migrations = tables.applied_migrations()
        files = list(kept_files(settings.DATA_DIR))
        progress.start("files", len(files))
        for file in files:
            progress.advance()
            target.add_file(f"{FILES}{file.relative_to(settings.DATA_DIR).as_posix()}", file)
        target.close(
            {
                "created": timezone.now().isoformat(),
                "migrations": migrations,
                "rows": rows,
                "columns": {table.name: table.columns for table in known},
            }
        )
    return {"file": str(path), "bytes": path.stat().st_size, "rows": sum(rows.values()), **_counts(target.members)}


def kept_files(folder: Path) -> Iterator[Path]:
    """All files below `folder` that a backup holds, in order; drafts of files that are being written are not."""
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        if name in LEFT_OUT or name.startswith("."):
            continue
        place = folder / name
        found = sorted(place.rglob("*")) if place.is_dir() and not place.is_symlink() else [place]
        for path in found:
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path


def restore(path: Path, *, progress: Progress) -> dict[str, Any]:
    """Fill an empty database and an empty DATA_DIR from a backup, then bring the tables up to date.

    Raises UserError, and leaves things as they were, where either has something or the backup is damaged or newer.
    """
    contents = archive.contents_of(path)
    require_known([tuple(each) for each in contents["migrations"]], what="The backup")
    if there := next(kept_files(settings.DATA_DIR), None):
        raise UserError(f"{settings.DATA_DIR} holds {there.relative_to(settings.DATA_DIR)}: restore into an empty one.")
    if not tables.is_empty():
        raise UserError("The database has tables already: restore into an empty one.")
    archive.check(path, contents)
    _make_tables([tuple(each) for each in contents["migrations"]])
    known = {name: tables.StoredTable(name, tuple(columns)) for name, columns in contents["columns"].items()}
    _fill(path, contents, known, progress)
    progress.start("files", sum(name.startswith(FILES) for name in contents["members"]))
    for name, file in archive.members_of(path):
        if name.startswith(FILES):
            progress.advance()
            _write(settings.DATA_DIR / name.removeprefix(FILES), file)
    call_command("migrate", interactive=False, verbosity=0)
    return {"file": str(path), "rows": sum(contents["rows"].values()), **_counts(contents["members"])}


def _make_tables(migrations: list[tuple[str, ...]]) -> None:
    """The tables as they were when the backup was made."""
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    wanted = {cast(tuple[str, str], key) for key in migrations if key in graph.nodes}
    last = [
        key
        for key in sorted(wanted)
        if not any(child.key in wanted and child.key[0] == key[0] for child in graph.node_map[key].children)
    ]
    executor.migrate(cast(list[tuple[str, str | None]], last))


def _fill(path: Path, contents: dict[str, Any], known: dict[str, tables.StoredTable], progress: Progress) -> None:
    # In the archive a table comes after those that it refers to.
    progress.start("tables", len(known))
    with tables.emptied(list(known)):
        for name, file in archive.members_of(path):
            if not name.startswith(DATABASE):
                continue
            progress.advance()
            table = known[name.removeprefix(DATABASE).removesuffix(".gz")]
            with gzip.GzipFile(fileobj=cast(Any, file)) as rows:
                stored = tables.copy_in(table, cast(Any, rows))
            if stored != contents["rows"][table.name]:
                raise UserError(f"{path} is damaged: {table.name} has {stored:,} rows; use another copy of it.")


def _write(path: Path, file: archive.Hashed) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with whole_file(path, private=True) as beside, beside.open("wb") as written:
        while part := file.read(archive.CHUNK):
            written.write(part)


def verify(path: Path, *, whole: bool = True) -> dict[str, Any]:
    """Compare all of a backup with its list, and with `whole` restore it into a folder that is thrown away.

    The trial has an embedded PostgreSQL of its own. Raises UserError where anything differs.
    """
    contents = archive.contents_of(path)
    archive.check(path, contents)
    if whole:
        # Its server may still be writing its last words while the folder goes.
        with tempfile.TemporaryDirectory(prefix="heritage-verify-", ignore_cleanup_errors=True) as folder:
            place = {"DATA_DIR": folder, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
            ran = subprocess.run(
                own_command("restore", str(path.resolve()), "--json"),
                cwd=settings.HOME_DIR,
                env=os.environ | place,
                capture_output=True,
                text=True,
                check=False,
            )
            if ran.returncode:
                raise UserError(f"{path} cannot be restored: {ran.stderr.strip().splitlines()[-1:] or 'no reason'}.")
    rows = sum(contents["rows"].values())
    about = {"file": str(path), "restored": whole, "rows": rows, "created": contents["created"]}
    return about | _counts(contents["members"])


def _counts(members: dict[str, Any]) -> dict[str, int]:
    return {
        "tables": sum(name.startswith(DATABASE) for name in members),
        "files": sum(name.startswith(FILES) for name in members),
    }
