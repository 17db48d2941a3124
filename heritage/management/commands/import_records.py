"""Import a museum's records into a collection, or update what is there.

    manage.py import_records smg records.csv --format uniform --name "Science Museum Group"
    manage.py import_records oca oca.csv --format uniform --images-root pictures/
    manage.py import_records nms all.csv --format uniform --skip-ids '^co'

COLLECTION is a short name such as smg; the collection is made when its first record goes in. Importing
again is safe: records are known by their identifier, what is unchanged stays untouched, and what changed
is replaced, with the vectors that models computed from it. Records that the files do not name stay.

Formats:
  uniform   CSV (comma, semicolon or tab) or JSON lines with record_id and any of name, description,
            taxonomy (terms separated by semicolons), img_url, img_path; one row per image, so that a
            record with several images has several rows
  smg-dump  JSON lines of the Science Museum Group, {"_id": ..., "_source": {...}}
  nms       CSV export of National Museums Scotland

Images: with --images-root, a row's path is looked up below that folder and the file is taken. Where the
row has no path, there is no such file, or no --images-root is given, the row's address is kept, and
fetch_images downloads it later. A path that leads out of the folder is never followed.

A row that cannot be used is reported with file, line, field and reason; all others go in, and the exit
code is 1. A record of which no row can be used stays as it was.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.actions import import_records
from heritage.commands import HeritageCommand
from heritage.importers import IMPORTERS
from heritage.importers.source_records import RowProblem
from heritage.progress import TerminalProgress

SHOWN_PROBLEMS = 50


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", help="short name of the collection, such as smg")
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--format", required=True, choices=list(IMPORTERS), help="how the files are written")
        parser.add_argument("--images-root", type=Path, metavar="DIR", help="folder that image paths begin from")
        parser.add_argument("--name", default="", help="name of the collection that people read")
        parser.add_argument("--language", default="", metavar="TAG", help="language of its texts, such as de or pt-BR")
        parser.add_argument(
            "--only-ids", default="", metavar="REGEX", help="take only records whose identifier matches, such as '^co'"
        )
        parser.add_argument(
            "--skip-ids", default="", metavar="REGEX", help="leave out records whose identifier matches"
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything and count, but store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        result = import_records(
            collection=options["collection"],
            files=options["files"],
            format=options["format"],
            name=options["name"],
            language=options["language"],
            images_root=options["images_root"],
            only_ids=options["only_ids"],
            skip_ids=options["skip_ids"],
            dry_run=options["dry_run"],
            progress=progress,
        )
        progress.close()
        for problem in result.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(str(problem))
        if len(result.problems) > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {len(result.problems) - SHOWN_PROBLEMS:,} more; --json lists all of them.")
        return result.as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        lines = [
            f"{result['collection']}: {result['rows']:,} rows read, {result['left_out']:,} left out, "
            f"{result['rejected']:,} rejected.",
            f"Records: {result['created']:,} created, {result['updated']:,} updated, "
            f"{result['unchanged']:,} unchanged.",
        ]
        if result["images_to_fetch"]:
            lines.append(
                f"Pictures still to be fetched: {result['images_to_fetch']:,}. "
                f"Run: manage.py fetch_images {result['collection']}"
            )
        if result["dry_run"]:
            lines.append("Nothing was stored (--dry-run).")
        return "\n".join(lines)

    def complaint(self, result: dict[str, Any]) -> str:
        if not result["rejected"]:
            return ""
        first = RowProblem(**result["problems"][0])
        return (
            f"{result['rejected']:,} of {result['rows']:,} rows could not be used; mend them and import again. "
            f"The first: {first}"
        )
