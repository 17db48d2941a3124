"""Write down who may ask for which address.

permissions                       write docs/permissions.md
permissions --output FILE         somewhere else
permissions --dry-run             only say whether the page is up to date
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotation.permissions import PERMISSIONS, permissions_page
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        page = settings.BASE_DIR / "docs" / "permissions.md"
        parser.add_argument("--output", type=Path, default=page, metavar="FILE", help="default: docs/permissions.md")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        path, page = options["output"], permissions_page()
        is_current = path.is_file() and path.read_text() == page
        if not options["dry_run"] and not is_current:
            path.write_text(page)
        return {"file": str(path), "addresses": len(PERMISSIONS), "was_current": is_current}

    def summary(self, result: dict[str, Any]) -> str:
        state = "was up to date" if result["was_current"] else "was not up to date"
        return f"{result['file']} {state}: {result['addresses']} addresses."
