"""Read annotations from CSV or JSON lines into a campaign.

    manage.py import_annotations "Mill machinery pilot" pilot.csv
    manage.py import_annotations "Mill machinery pilot" pilot.csv --dry-run

Needed are the columns annotator and label (same_object, similar_object, same_category, unrelated, or empty where a
pair was left empty) and one column per model with 1 or 0: whether the pair was drawn as similar for that model.
May be given: a and b (record ids; empty in published tables, where each row then is a pair of its own),
a_collection and b_collection (needed only where a record id is in several collections), comparison, comment, seconds,
created (ISO 8601), and all other columns that export_annotations writes. Files whose name ends in .jsonl are
read as JSON lines.

If there is no campaign of that name, one is made with a sampling of the pairs in the file; it is closed.
Annotators without an account get an inactive one without a password. Reading a file twice stores each
answer once. If any row cannot be stored, nothing is, and the first bad rows are named.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.exchange.storing import import_annotations
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign, made if there is none")
        parser.add_argument("file", type=Path, help="CSV, or JSON lines if its name ends in .jsonl")
        parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return asdict(import_annotations(name=options["campaign"], path=options["file"], dry_run=options["dry_run"]))

    def summary(self, result: dict[str, Any]) -> str:
        done = "Would store" if result["dry_run"] else "Stored"
        lines = [
            f"{done} {result['stored']} of {result['rows']} annotations in {result['campaign']}"
            f"{' (new, closed)' if result['campaign_created'] else ''}; {result['unchanged']} were there already."
        ]
        if result["accounts_created"]:
            lines.append(f"Inactive accounts made for {', '.join(result['accounts_created'])}.")
        return "\n".join(lines)
