"""Write a backup into one file: the database, pictures, models and figures. The site may go on meanwhile.

    backup /backups/weaver-2027-01-31.tar

The file is made for this user alone, whole or not at all; an existing one is not overwritten. It lacks what is made
anew (indexes, caches, drafts of imports), sessions and this machine's SECRET_KEY.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.database.schema import require_current
from heritage.models import AuditAction
from heritage.progress import TerminalProgress
from heritage.recovery.actions import back_up


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "file")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        require_current()
        return back_up(options["file"], progress=progress)

    def summary(self, result: dict[str, Any]) -> str:
        return (
            f"Wrote {result['file']}: {result['rows']:,} rows of {result['tables']} tables and {result['files']:,} "
            f"files, {result['bytes'] / 1e6:,.1f} MB."
        )
