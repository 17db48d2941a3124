"""Try a backup: compare it with its list, then restore it into a folder that is thrown away.

    verify /backups/weaver-2027-01-31.tar
    verify /backups/weaver-2027-01-31.tar --quick   the list alone

The trial needs as much room in TMPDIR as the site takes, and touches nothing of it.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress
from heritage.recovery.actions import verify


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--quick", action="store_true", help="compare with the list, restore nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return verify(options["file"], whole=not options["quick"])

    def summary(self, result: dict[str, Any]) -> str:
        done = "restored on trial" if result["restored"] else "compared with its list"
        return (
            f"{result['file']} of {result['created']} is good ({done}): {result['rows']:,} rows of {result['tables']} "
            f"tables, {result['files']:,} files."
        )
