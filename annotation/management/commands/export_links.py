"""Write the links that a campaign's experts confirmed.

    manage.py export_links "Pilot" --format csv -o links.csv
    manage.py export_links "Pilot" --format skos --agreement 0.75 --least-answers 2 \\
        --address smg=https://museum.example/objects/{id} -o links.ttl

A pair is a link where more than half of its answers link, in whatever degree; its label is the median of all its
answers, of two in the middle the more distant one. It is written if at least --agreement of its answers link.
--without-unsure leaves out answers that their annotators marked as unsure; without it they count, and CSV says how many
they are. Links that a curator rejected are left out; a sign-off is written with who gave it and when, and --signed-off
writes only links that have one. Where the campaign has finer labels, a link also says the one on which at least
--agreement of those who gave the label agree; in a tie, also with those who left it at the label, it says none.

Formats:
  csv               one row per link; opens safely in a spreadsheet
  skos              Turtle: same object closeMatch, similar object relatedMatch, same category a shared broader
                    concept; --map changes that, never to owl:sameAs. Who, when, how many agreed and what they could
                    have said goes with every link, finer labels as concepts of the campaign's own scheme
  skos-json-ld      the same as JSON-LD
  web-annotation    W3C Web Annotation collection, JSON-LD
  quickstatements   statements for Wikidata, for records that --items names; needs --address of the other side; finer
                    labels are in the comments of the edits

Records are named by --address, one for each collection, with {id} for the museum's own identifier; without one
they get urn:heritage-weaver:COLLECTION:ID. Simulated campaigns say so in every link, and all formats but the last by
which kind of similarity the pairs were drawn.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.campaigns.queries import find_campaign
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.files.whole_file import write_whole
from heritage.models import AuditAction
from heritage.progress import TerminalProgress

FORMATS = ("csv", "skos", "skos-json-ld", "web-annotation", "quickstatements")


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "campaign")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
        parser.add_argument("--agreement", type=float, default=0.5, help="least share of answers that link (0.5)")
        parser.add_argument("--least-answers", type=int, default=1, help="least answers to a pair (1)")
        parser.add_argument(
            "--address", action="append", default=[], metavar="COLLECTION=URL", help="address of a collection's records"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="LABEL=PROPERTY", help="what SKOS calls a label; or none"
        )
        parser.add_argument("--signed-off", action="store_true", help="only links that a curator signed off")
        parser.add_argument("--without-unsure", action="store_true", help="leave out answers marked as unsure")
        parser.add_argument("--items", type=Path, help="CSV of Wikidata items: collection, record_id, item")
        parser.add_argument("-o", "--output", type=Path, help="file to write; stdout if left out")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from annotation.links.export import ExportOptions, export_of
        from annotation.links.formats import WRITERS

        if options["format"] == "quickstatements" and options["items"] is None:
            raise UserError("Wikidata needs to know which item each record is: add --items FILE.")
        campaign = find_campaign(options["campaign"])
        export = export_of(
            campaign,
            ExportOptions(
                least_agreement=options["agreement"],
                least_answers=options["least_answers"],
                only_signed_off=options["signed_off"],
                without_unsure=options["without_unsure"],
                addresses=options["address"],
                mapping=options["map"],
                items=options["items"],
            ),
        )
        text = WRITERS[options["format"]](export.links)
        if options["output"] is not None:
            write_whole(options["output"], text)
        return {
            "campaign": campaign.name,
            "simulated": campaign.simulated,
            "format": options["format"],
            "answers": export.answers,
            "answers_without_records": export.answers_without_records,
            "links": len(export.links.links),
            "signed_off": export.signed_off,
            "rejected": export.rejected,
            "file": str(options["output"]) if options["output"] else None,
        } | ({} if options["output"] else {"text": text})

    def summary(self, result: dict[str, Any]) -> str:
        if result["file"] is None:
            return str(result["text"])
        signed_off = f", {result['signed_off']} of them signed off" if result["signed_off"] else ""
        rejected = f"; {result['rejected']} were rejected" if result["rejected"] else ""
        return f"Wrote {result['links']} links of {result['campaign']} to {result['file']}{signed_off}{rejected}."
