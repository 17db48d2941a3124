"""Write a campaign's annotations as CSV, JSON lines, Label Studio's JSON or W3C Web Annotations.

    manage.py export_annotations "Pilot" -o pilot.csv
    manage.py export_annotations "Pilot" --format jsonl --history -o pilot.jsonl
    manage.py export_annotations "Pilot" --format label-studio -o pilot.json

One row per answer that counts, and after these one per pair that was skipped and not answered since; with --history
also the answers that were corrected later and the skips of pairs that were answered later. Without -o the rows go to
stdout. The file opens safely in a spreadsheet: text that would be taken for a formula gets an apostrophe in front.
import_annotations reads the file again, here or elsewhere, and loses nothing.

What a campaign calls the four, and finer labels that nobody has chosen, with order and letters, are in the file of a
campaign's page Labels, which create_campaign --labels reads.

Formats:
  csv, jsonl        all that is known of each answer and skip
  label-studio      tasks of two records with their answers, as Label Studio imports them; set its project up with
                    label-studio-interface. import_annotations reads the file, or what Label Studio exports of it.
                    A skipped pair has a cancelled annotation. It has no place for answers that were corrected later,
                    nor for pictures without an address
  label-studio-interface
                    the labelling interface (XML) of a project for these tasks, with the campaign's names of the four
                    labels in its order; no answers. What Label Studio stores is the same whatever they are called
  web-annotation    W3C Web Annotations (JSON-LD), to be read elsewhere and not again here; skipped pairs, and answers
                    to pairs of a published table that names no records, are left out. --address as in export_links

Columns: a, b (record ids), comparison, one column per model (1 if its stratum has the pair similar for the model),
annotator, label, comment, seconds, active_seconds (of the seconds, those in which the annotator was at it), unsure,
faulty (records that look broken: a, b or ab), created, position (in the annotator's order), revision (2 is the first
correction), submission (the answer's identifier), pair (a number per pair), a_collection, b_collection,
stratum_available (pairs in the stratum), simulated, gold (the label that the leads hold to be right, empty where the
pair is not gold; not in Label Studio's JSON, which annotators may read), similarity_kind (what the similarities are:
plain, centred ..., one for all pairs), in campaigns with skipped pairs skipped (why:
cannot_tell, no_picture, not_my_field or other; such a row is no answer and has no label), in campaigns with finer
labels finer and finer_key (name and key of the one under the label, empty where the answer was left at the label), and
for each comparison and model the pair's similarity|COMPARISON|MODEL and similar|COMPARISON|MODEL.
"""

import io
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.campaigns.queries import find_campaign
from annotation.exchange.label_studio.interface import configuration
from annotation.exchange.label_studio.records import shown_records
from annotation.exchange.label_studio.writing import write_label_studio
from annotation.exchange.rows import annotation_columns, annotation_rows, skip_rows
from annotation.exchange.web_annotations import write_answer_annotations
from annotation.exchange.writing import write_annotations
from annotation.labels.four import label_draft
from annotation.labels.queries import campaign_labels
from annotation.links.addresses import read_addresses
from annotation.links.queries import linked_collections
from annotation.models import Campaign
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.files.whole_file import write_whole
from heritage.models import AuditAction
from heritage.progress import TerminalProgress

INTERFACE = "label-studio-interface"
FORMATS = ("csv", "jsonl", "label-studio", INTERFACE, "web-annotation")


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "campaign")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
        parser.add_argument("--history", action="store_true", help="also answers that were corrected later")
        parser.add_argument(
            "--address", action="append", default=[], metavar="COLLECTION=URL", help="for web-annotation, with {id}"
        )
        parser.add_argument("-o", "--output", type=Path, help="file to write; stdout if left out")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["json"] and options["output"] is None:
            raise UserError("With --json the rows need a file of their own: add -o FILE.")
        if options["history"] and options["format"] not in ("csv", "jsonl"):
            raise UserError("Only CSV and JSON lines can hold answers that were corrected later: leave out --history.")
        if options["address"] and options["format"] != "web-annotation":
            raise UserError("--address is for the format web-annotation: leave it out.")
        campaign = find_campaign(options["campaign"])
        text = io.StringIO(newline="")
        count, skips = _write(campaign, options, text)
        if options["output"] is not None:
            write_whole(options["output"], text.getvalue())
        return {
            "campaign": campaign.name,
            "annotations": count,
            "skips": skips,
            "format": options["format"],
            "history": options["history"],
            "file": str(options["output"]) if options["output"] else None,
        } | ({} if options["output"] else {"rows": text.getvalue()})

    def summary(self, result: dict[str, Any]) -> str:
        if result["file"] is None:
            return str(result["rows"])
        if result["format"] == INTERFACE:
            return f"Wrote the labelling interface of {result['campaign']} to {result['file']}."
        skips = f" and {result['skips']} skipped pairs" if result["skips"] else ""
        return f"Wrote {result['annotations']} annotations{skips} of {result['campaign']} to {result['file']}."


def _write(campaign: Campaign, options: dict[str, Any], text: io.StringIO) -> tuple[int, int]:
    """How many answers and how many skips were written."""
    if options["format"] == INTERFACE:
        text.write(configuration(list(map(label_draft, campaign_labels(campaign)))))
        return 0, 0
    if options["format"] in ("csv", "jsonl"):
        return write_annotations(campaign, text, form=options["format"], history=options["history"])
    answers = annotation_rows(campaign)
    if options["format"] == "web-annotation":
        collections = [collection.slug for collection in linked_collections(campaign)]
        addresses = read_addresses(options["address"], collections=collections)
        return write_answer_annotations(answers, campaign=campaign.name, addresses=addresses, file=text), 0
    skips = skip_rows(campaign)
    columns = annotation_columns(campaign, skips=bool(skips))
    written = write_label_studio(chain(answers, skips), columns, shown_records(campaign), text)
    return written - len(skips), len(skips)
