"""Read annotations from CSV, JSON lines or Label Studio's JSON into a campaign.

    manage.py import_annotations "Mill machinery pilot" pilot.csv
    manage.py import_annotations "Mill machinery pilot" pilot.csv --dry-run
    manage.py import_annotations "Mill machinery pilot" project.json --records left_id right_id --collections smg nms

Needed are the columns annotator and label (same_object, similar_object, same_category, unrelated, or empty where a
pair was left empty) and one column per model with 1 or 0: whether the pair was drawn as similar for that model.
May be given: a and b (record ids; empty in published tables, where each row then is a pair of its own),
a_collection and b_collection (needed only where a record id is in several collections), comparison, comment, seconds,
created (ISO 8601), and all other columns that export_annotations writes. Files whose name ends in .jsonl are read as
JSON lines. A row with a reason in the column skipped is a skipped pair and has no label. Finer labels (finer,
finer_key) that the campaign does not have are added to it.

Files whose name ends in .json are read as Label Studio's export (JSON) of a project that shows two records a task
and asks by Choices how they relate; docs/label-studio.md has ours. In another project say with --records which fields
of its data are the record ids, with --collections whose they are, with --choices which control asks, and with --label
what an answer means that is not one of the four labels (--label "Identical=same_object"). Annotations that were
cancelled (skipped) there are counted and left out unless they came from here and say why; controls that have no place
here are named.

If there is no campaign of that name, one is made with a sampling of the pairs in the file; it is closed.
Annotators without an account get an inactive one without a password. Reading a file twice stores each
answer once. If any row cannot be stored, nothing is, and the first bad rows are named.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.exchange.label_studio.options import add_project_options, project_of
from annotation.exchange.storing import import_annotations
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign, made if there is none")
        parser.add_argument("file", type=Path, help="CSV; .jsonl: JSON lines; .json: Label Studio's export")
        add_project_options(parser, answers=True)
        parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        result = import_annotations(
            name=options["campaign"], path=options["file"], project=project_of(options), dry_run=options["dry_run"]
        )
        return asdict(result)

    def summary(self, result: dict[str, Any]) -> str:
        done = "Would store" if result["dry_run"] else "Stored"
        lines = [
            f"{done} {result['stored']} of {result['rows']} annotations in {result['campaign']}"
            f"{' (new, closed)' if result['campaign_created'] else ''}; {result['unchanged']} were there already."
        ]
        if result["gold_created"]:
            lines.append(
                f"{result['gold_created']} pairs {'would be' if result['dry_run'] else 'are'} gold from now on."
            )
        if result["skips_stored"]:
            lines.append(f"{result['skips_stored']} of them are skipped pairs.")
        if result["skipped"]:
            lines.append(f"{result['skipped']} were cancelled there without a reason and are left out.")
        if result["ignored"]:
            lines.append(f"Left out, for there is no place for them here: {', '.join(result['ignored'])}.")
        if result["accounts_created"]:
            lines.append(f"Inactive accounts made for {', '.join(result['accounts_created'])}.")
        return "\n".join(lines)
