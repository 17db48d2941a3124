"""Undo an import: remove the records that it brought and put back those that it changed.

    manage.py undo_import 12 --dry-run      say what would happen
    manage.py undo_import 12

The number is on the import's page and in what import_records prints. A record stays as it is where a later import
changed it or something depends on it, such as pairs that people label. A collection that the import made, and that is
empty then, goes too. An import can be undone once; import its file again to have its records back.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.history import get_import, plan_undo, undo_import
from heritage.commands import HeritageCommand
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    audited = (AuditAction.DELETED, "number")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("number", metavar="N", type=int, help="the import's number")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        imported = get_import(options["number"])
        dry_run = options["dry_run"]
        result = plan_undo(imported) if dry_run else undo_import(imported=imported, progress=progress)
        return {"import": imported.pk, "dry_run": dry_run} | result.as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        would = "would be " if result["dry_run"] else ""
        lines = [
            f"{result['removed']:,} records {would}removed, {result['restored']:,} {would}put back as they were.",
            *(f"{kept['count']:,} stay as they are: {kept['reason']}" for kept in result["kept"]),
        ]
        if result["collection_removed"]:
            lines.append(f"The collection, which is empty then, {'would go' if result['dry_run'] else 'went'} too.")
        return "\n".join(lines)
