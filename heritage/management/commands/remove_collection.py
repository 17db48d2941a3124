"""Remove a collection with all its records, pictures, texts, vectors and imports.

    manage.py remove_collection smg --dry-run      say what would go
    manage.py remove_collection smg

Where something depends on one of its records, such as pairs that people label, nothing is removed and the answer
says what depends. Files of pictures that no other collection names are removed too. It cannot be undone.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.removal import remove_collection
from heritage.commands import HeritageCommand
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    audited = (AuditAction.DELETED, "slug")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the collection's short name")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return remove_collection(slug=options["slug"], dry_run=options["dry_run"], progress=progress).as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        words = result["words"] or "no records"
        gone = "would be removed" if result["dry_run"] else "removed"
        return f"Collection {result['collection']} {gone} with {words}."
