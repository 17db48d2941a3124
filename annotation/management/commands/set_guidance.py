"""Mark pairs of a campaign as examples, practice or gold, from a CSV file.

    set_guidance "Pilot" guidance.csv --dry-run
    set_guidance "Pilot" guidance.csv --json

Columns: kind (example, practice or gold), a and b (record ids, or COLLECTION:ID where several collections have the
id), label (same_object, similar_object, same_category or unrelated), note.

  example   annotators see it with label and note in the instructions; it is dealt to nobody
  practice  annotators answer it before their first pair and then read label and note, which it needs; the answers
            count nowhere, and it is dealt to nobody
  gold      a pair of the campaign's sampling, dealt like any other, whose label and note annotators never see. Marked
            in a draft it goes to every annotator; later no hand changes, and it goes to whoever joins

A pair that is marked already gets the file's kind, label and note; marks that the file does not name stay. If any row
cannot be stored, nothing is, and the first bad lines are named.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.campaigns.queries import find_campaign
from annotation.guidance.actions import KINDS, mark_pairs
from annotation.guidance.files import read_marks
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or identifier")
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV: kind,a,b,label,note")
        parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        campaign = find_campaign(options["campaign"])
        marks = read_marks(options["file"])
        done = mark_pairs(campaign=campaign, marks=marks, dry_run=options["dry_run"])
        changed = Counter(each.kind for each in done if each.changed)
        return {
            "campaign": campaign.pk,
            "name": campaign.name,
            "rows": len(done),
            **{kind: changed[kind] for kind in KINDS},
            "unchanged": len(done) - changed.total(),
            "taken_back": sum(each.taken_back for each in done),
            "dry_run": options["dry_run"],
        }

    def summary(self, result: dict[str, Any]) -> str:
        would = "Would mark" if result["dry_run"] else "Marked"
        counts = ", ".join(f"{result[kind]} {kind}" for kind in KINDS)
        taken = f" Taken out of {result['taken_back']} hands." if result["taken_back"] else ""
        return f"{would} in {result['name']}: {counts}; {result['unchanged']} were so already.{taken}"
