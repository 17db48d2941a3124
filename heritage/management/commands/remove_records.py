"""Remove records from a collection, with their pictures, texts and vectors.

    manage.py remove_records smg 1974-395 1980-12          by their identifiers
    manage.py remove_records smg --import 12               those that an import brought
    manage.py remove_records smg --import 12 --dry-run     say what would go

Where something depends on one of them, such as pairs that people label, none is removed and the answer says what
depends. Files of pictures that nothing else names are removed too. undo_import also puts back what an import changed,
and leaves out what cannot be removed.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.history import get_import
from heritage.catalogue.removal import remove_records
from heritage.commands import HeritageCommand
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    audited = (AuditAction.DELETED, "collection")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", help="the collection's short name")
        parser.add_argument("ids", metavar="ID", nargs="*", help="the museum's identifiers of records")
        parser.add_argument("--import", dest="number", metavar="N", type=int, help="only what this import brought")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return remove_records(
            collection=options["collection"],
            record_ids=options["ids"],
            imported=get_import(options["number"]) if options["number"] is not None else None,
            dry_run=options["dry_run"],
            progress=progress,
        ).as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        removed = "would be removed" if result["dry_run"] else "removed"
        return f"{result['words'] or 'Nothing'} {removed} from {result['collection']}."
