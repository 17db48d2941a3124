"""Write the links that a campaign's experts confirmed.

    manage.py export_links "Pilot" --format csv -o links.csv
    manage.py export_links "Pilot" --format skos --agreement 0.75 --least-answers 2 \\
        --address smg=https://museum.example/objects/{id} -o links.ttl

A pair's label is the one that most of its annotators give; a tie goes to the more distant one. The pair is a link
unless that is "unrelated", and is written if at least --agreement of its answers give the label.

Formats:
  csv               one row per link; opens safely in a spreadsheet
  skos              Turtle: same object closeMatch, similar object relatedMatch, same category a shared broader
                    concept; never owl:sameAs. Who, when and how many agreed goes with every link
  skos-json-ld      the same as JSON-LD
  web-annotation    W3C Web Annotation collection, JSON-LD
  quickstatements   statements for Wikidata, for records that --items names; needs --address of the other side

Records are named by --address, one for each collection, with {id} for the museum's own identifier; without one
they get urn:heritage-weaver:COLLECTION:ID. Simulated campaigns say so in every link.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.exchange.files import write_whole
from annotation.queries import find_campaign
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress

FORMATS = ("csv", "skos", "skos-json-ld", "web-annotation", "quickstatements")


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
        parser.add_argument("--agreement", type=float, default=0.5, help="least share of answers that agree (0.5)")
        parser.add_argument("--least-answers", type=int, default=1, help="least answers to a pair (1)")
        parser.add_argument(
            "--address", action="append", default=[], metavar="COLLECTION=URL", help="address of a collection's records"
        )
        parser.add_argument("--items", type=Path, help="CSV of Wikidata items: collection, record_id, item")
        parser.add_argument("-o", "--output", type=Path, help="file to write; stdout if left out")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from annotation.links.addresses import read_addresses
        from annotation.links.consensus import agreed_links
        from annotation.links.formats import WRITERS, LinkSet
        from annotation.links.reading import campaign_answers, read_items

        if not 0 < options["agreement"] <= 1:
            raise UserError("--agreement is a share of the answers: give a number above 0 and up to 1.")
        if options["least_answers"] < 1:
            raise UserError("--least-answers must be at least 1.")
        if options["format"] == "quickstatements" and options["items"] is None:
            raise UserError("Wikidata needs to know which item each record is: add --items FILE.")
        campaign = find_campaign(options["campaign"])
        read = campaign_answers(campaign)
        if not read.answers:
            raise UserError(f"{campaign.name} has no answers to pairs of records, so there is nothing to export.")
        links = LinkSet(
            campaign=campaign.name,
            simulated=campaign.simulated,
            links=agreed_links(
                read.answers, least_agreement=options["agreement"], least_answers=options["least_answers"]
            ),
            addresses=read_addresses(options["address"], collections=read.collections),
            items=read_items(options["items"]) if options["items"] else {},
        )
        text = WRITERS[options["format"]](links)
        if options["output"] is not None:
            write_whole(options["output"], text)
        return {
            "campaign": campaign.name,
            "simulated": campaign.simulated,
            "format": options["format"],
            "answers": len(read.answers),
            "answers_without_records": read.unnamed,
            "links": len(links.links),
            "file": str(options["output"]) if options["output"] else None,
        } | ({} if options["output"] else {"text": text})

    def summary(self, result: dict[str, Any]) -> str:
        if result["file"] is None:
            return str(result["text"])
        return f"Wrote {result['links']} links of {result['campaign']} to {result['file']}."
