"""Restore a backup into an empty DATA_DIR and an empty database, here or on another machine.

    DATA_DIR=/srv/weaver restore /backups/weaver-2027-01-31.tar

All of the file is compared with its list before anything is written. Tables are made as they were and then brought up
to date, on any version of PostgreSQL that Heritage Weaver runs on. People log in again afterwards.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress
from heritage.recovery.actions import restore


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return restore(options["file"], progress=progress)

    def summary(self, result: dict[str, Any]) -> str:
        return f"Restored {result['rows']:,} rows of {result['tables']} tables and {result['files']:,} files."
