"""Write a campaign's report: one HTML file, the same as PDF, and an archive to repeat it with.

    python manage.py report "Mill machinery pilot"
    python manage.py report "Mill machinery pilot" -o mill-report --seed 1

report.html has methods in words, the answer, drawings, tables, caveats, versions and seeds; it is one file without
scripts, to be printed or sent. report.pdf is printed by this machine's Chromium (CHROMIUM may name it); without one
there is no PDF, and the report says so. data.zip has the answers with pseudonyms for annotators and without their
comments, all figures as JSON and CSV, and the commands that repeat the analysis.

Without -o the folder is named after the campaign. Files of an earlier report there are replaced. While a campaign is
open its results are sealed; that the report showed them is written down and stated in it.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import slugify

from annotation.campaigns.queries import find_campaign
from annotation.results.actions import open_results
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "campaign")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign, or the identifier in its address")
        parser.add_argument("-o", "--output", type=Path, help="folder, made if there is none")
        parser.add_argument("--seed", type=int, default=0, help="of all that is drawn at random (default 0)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from annotation.results.report.writing import write_report

        if options["seed"] < 0:
            raise UserError(f"--seed is {options['seed']}: give 0 or more.")
        campaign = find_campaign(options["campaign"])
        folder = options["output"] or Path(f"report-{slugify(campaign.name) or campaign.pk}")
        open_results(campaign=campaign, person=None)
        report = write_report(campaign=campaign, folder=folder, seed=options["seed"], progress=progress)
        return {
            "campaign": campaign.name,
            "simulated": campaign.simulated,
            "answers": report.answers,
            "seed": options["seed"],
            "html": str(report.html),
            "pdf": str(report.pdf) if report.pdf else None,
            "no_pdf": report.no_pdf,
            "archive": str(report.archive),
        }

    def summary(self, result: dict[str, Any]) -> str:
        files = [result["html"], *([result["pdf"]] if result["pdf"] else []), result["archive"]]
        written = f"Wrote {', '.join(files)} on {result['answers']:,} answers of {result['campaign']}."
        return " ".join(filter(None, [written, result["no_pdf"]]))
