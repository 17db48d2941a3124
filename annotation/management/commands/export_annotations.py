"""Write a campaign's annotations as CSV or JSON lines.

    manage.py export_annotations "Pilot" -o pilot.csv
    manage.py export_annotations "Pilot" --format jsonl --history -o pilot.jsonl

One row per answer that counts; with --history also the answers that were corrected later. Without -o the rows
go to stdout. The file opens safely in a spreadsheet: text that would be taken for a formula gets an apostrophe
in front. import_annotations reads the file again, here or elsewhere, and loses nothing.

Columns: a, b (record ids), comparison, one column per model (1 if its stratum has the pair similar for the model),
annotator, label, comment, seconds, active_seconds (of the seconds, those in which the annotator was at it), unsure,
faulty (records that look broken: a, b or ab), created, position (in the annotator's order), revision (2 is the first
correction), submission (the answer's identifier), pair (a number per pair), a_collection, b_collection,
stratum_available (pairs in the stratum), simulated, and for each comparison and model the pair's
similarity|COMPARISON|MODEL and similar|COMPARISON|MODEL.
"""

import io
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.exchange.files import write_whole
from annotation.exchange.writing import annotation_columns, annotation_rows, write_csv, write_json_lines
from annotation.queries import find_campaign
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("--format", choices=["csv", "jsonl"], default="csv", help="csv (default) or jsonl")
        parser.add_argument("--history", action="store_true", help="also answers that were corrected later")
        parser.add_argument("-o", "--output", type=Path, help="file to write; stdout if left out")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["json"] and options["output"] is None:
            raise UserError("With --json the rows need a file of their own: add -o FILE.")
        campaign = find_campaign(options["campaign"])
        write = write_csv if options["format"] == "csv" else write_json_lines
        columns = annotation_columns(campaign)
        rows = annotation_rows(campaign, history=options["history"])
        text = io.StringIO(newline="")
        count = write(rows, columns, text)
        if options["output"] is not None:
            write_whole(options["output"], text.getvalue())
        return {
            "campaign": campaign.name,
            "annotations": count,
            "format": options["format"],
            "history": options["history"],
            "file": str(options["output"]) if options["output"] else None,
        } | ({} if options["output"] else {"rows": text.getvalue()})

    def summary(self, result: dict[str, Any]) -> str:
        if result["file"] is None:
            return str(result["rows"])
        return f"Wrote {result['annotations']} annotations of {result['campaign']} to {result['file']}."
