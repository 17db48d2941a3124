"""Import a museum's records into a collection, or update what is there.

    manage.py import_records smg records.csv --name "Science Museum Group"
    manage.py import_records met MetObjects.csv.gz --format met
    manage.py import_records oca oca.csv --images-root pictures.zip
    manage.py import_records ours export.xlsx --map record_id="Inv. No." --map name=Title --save-mapping ours
    manage.py import_records nms all.csv --format uniform --skip-ids '^co'
    manage.py import_records ours https://museum.example/manifest.json --format iiif
    manage.py import_records ours https://museum.example/oai --oai-prefix lido --oai-set paintings

COLLECTION is a short name such as smg; the collection is made when its first record goes in. Importing
again is safe, after a stop as well: records are known by their identifier, what is unchanged stays
untouched, and what changed is replaced, with the vectors that models computed from it. Records that the
files do not name stay. undo_import takes an import back.

FILE: a table (CSV of any separator and encoding, .xlsx, .xls, .ods), JSON lines, a JSON array, a JSON
document that holds a list, XML; as it is, as .gz or .bz2, in a .zip, or a folder of any of these; with
--format iiif, manifests and collections of IIIF Presentation 2 and 3, or their addresses. Any other address
is that of a repository that answers OAI-PMH; its records are harvested, and again from where it was stopped.

What its columns mean is told by
  --format NAME     a mapping that ships, or one of yours
  --mapping FILE    a mapping in a file (or, as --format, its name)
  --map FIELD=...   a column, a path into JSON or XML (JMESPath), or a source in JSON; corrects the above
  neither           it is guessed; --guess shows what would be, and imports nothing
FIELD is one of record_id, accession, name, description, taxonomy, page, kind, language, licence, credit,
statement, sensitive, withheld, or of a picture img_url, img_path, img_service, img_order, img_primary,
img_view, img_licence, img_credit, img_statement, img_sensitive, img_withheld. docs/guides/collections.md
says more, and lists the formats.

Images: with --images-root, a row's path is looked up below that folder (or in that zip) and the file is
taken. Where the row has no path, there is no such file, or no --images-root is given, the row's address is
kept, and fetch_images downloads it later. A path that leads out of the folder is never followed.

A row that cannot be used is reported with file, line, field and reason; all others go in, and the exit
code is 1. A record of which no row can be used stays as it was. What else should be known (columns that
were not read, records without pictures, words for nothing ...) is counted, with examples.
"""

import hashlib
import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from heritage.catalogue.importing.actions import ImportResult, import_records, import_source
from heritage.catalogue.importing.mappings import corrected, guessed, mapping_from, parse_change, save_mapping
from heritage.catalogue.importing.sources import IIIF, is_address, named_files, web_source
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.importers.guessing import first_records
from heritage.importers.mapping import Mapping
from heritage.importers.oai_pmh import Selection
from heritage.importers.readers.rows import SHAPES_IN_WORDS
from heritage.importers.record_files import Hints, take_sample
from heritage.importers.source_records import RowProblem
from heritage.progress import TerminalProgress

SHOWN_PROBLEMS = 50


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", help="short name of the collection, such as smg")
        parser.add_argument("files", metavar="FILE", nargs="+", help="or folder, or address")
        parser.add_argument("--format", default="", metavar="NAME", help="mapping that ships, or one of yours")
        parser.add_argument("--mapping", default="", metavar="FILE-OR-NAME", help="mapping in a file, or by its name")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar='FIELD="SOURCE"',
            help="where a field is read from; may be given several times",
        )
        parser.add_argument("--save-mapping", default="", metavar="NAME", help="keep the mapping by this name")
        parser.add_argument("--guess", action="store_true", help="show what the files seem to hold; import nothing")
        parser.add_argument("--encoding", default="", help="of the files, such as windows-1252, if the guess is wrong")
        parser.add_argument("--delimiter", default="", help="of their columns, if the guess is wrong")
        parser.add_argument(
            "--rows", default="", metavar="PATH", help="of the list in JSON, or name of the XML element"
        )
        parser.add_argument("--sheet", default="", metavar="NAME", help="sheet of the spreadsheet, if not the first")
        parser.add_argument(
            "--oai-prefix", default="", metavar="PREFIX", help="metadata of a harvest: oai_dc, lido, edm"
        )
        parser.add_argument("--oai-set", default="", metavar="SET", help="harvest only this set")
        parser.add_argument("--from", dest="oai_from", default="", metavar="DATE", help="harvest what changed since")
        parser.add_argument("--until", dest="oai_until", default="", metavar="DATE", help="harvest what changed until")
        parser.add_argument("--images-root", type=Path, metavar="DIR", help="folder or zip that image paths begin from")
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
        hints = Hints(options["encoding"], options["delimiter"], options["rows"], options["sheet"])
        if options["guess"]:
            return self._guess(hints, **options)
        is_iiif = IIIF in (options["format"], options["mapping"])
        from_web = is_address(options["files"][0])
        mapping = None if is_iiif else self._mapping(hints, may_guess=not from_web, **options)
        # Before anything goes in: the name may be one that cannot be used.
        if mapping and options["save_mapping"] and not options["dry_run"]:
            save_mapping(name=options["save_mapping"], mapping=mapping)
        names = ("collection", "name", "language", "images_root", "only_ids", "skip_ids", "dry_run")
        shared = {name: options[name] for name in names} | {"progress": progress}
        if from_web:
            result = self._from_web(mapping, is_iiif, _selection(**options), shared, options["files"])
        else:
            result = import_records(files=named_files(options["files"]), mapping=mapping, hints=hints, **shared)
        progress.close()
        for problem in result.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(str(problem))
        if result.rejected > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {result.rejected - SHOWN_PROBLEMS:,} more; --json lists them.")
        return result.as_dict()

    def _from_web(
        self,
        mapping: Mapping | None,
        is_iiif: bool,
        selection: Selection | None,
        shared: dict[str, Any],
        addresses: list[str],
    ) -> ImportResult:
        """Import what addresses give.

        What was fetched is kept until it is in, so that a harvest that is stopped goes on where it was.
        """
        kept = {"files": addresses, "mapping": mapping.as_document() if mapping else {}}
        with TemporaryDirectory() if shared["dry_run"] else nullcontext(_harvest_folder(addresses[0])) as folder:
            source = web_source(addresses, mapping, is_iiif=is_iiif, selection=selection, folder=Path(folder))
            result = import_source(source=source, kept=kept, **shared)
            if not shared["dry_run"]:
                shutil.rmtree(folder, ignore_errors=True)
        return result

    def _mapping(self, hints: Hints, *, may_guess: bool, **options: Any) -> Mapping | None:
        if options["format"] and options["mapping"]:
            raise UserError("Give --format or --mapping, not both: each says what the columns mean.")
        mapping = None
        if given := options["format"] or options["mapping"]:
            mapping = mapping_from(given)
        elif may_guess:
            sample = take_sample(named_files(options["files"]), hints)
            found = guessed(sample)
            mapping = found.mapping
            if not options["map"]:
                self.stderr.write("\n".join([f"{sample.file}:", *sample.reasons, *found.reasons]))
        changes = [parse_change(each) for each in options["map"]]
        return corrected(mapping, changes) if mapping else None

    def _guess(self, hints: Hints, **options: Any) -> dict[str, Any]:
        sample = take_sample(named_files(options["files"]), hints)
        guess = guessed(sample)
        changes = [parse_change(each) for each in options["map"]]
        mapping = corrected(guess.mapping, changes) if changes else guess.mapping
        return {
            "file": sample.file,
            "container": sample.layout.shape,
            "encoding": "" if sample.layout.shape == "workbook" else sample.layout.encoding,
            "delimiter": sample.layout.delimiter if sample.layout.shape == "delimited" else "",
            "rows": sample.layout.rows,
            "columns": list(sample.columns or ()),
            "mapping": mapping.as_document(),
            "reasons": [*sample.reasons, *guess.reasons],
            "records": first_records(sample, mapping) if "record_id" in mapping.fields else [],
        }

    def summary(self, result: dict[str, Any]) -> str:
        return _guess_in_words(result) if "container" in result else _import_in_words(result)

    def complaint(self, result: dict[str, Any]) -> str:
        if not result.get("rejected"):
            return ""
        first = RowProblem(**result["problems"][0])
        return (
            f"{result['rejected']:,} of {result['rows']:,} rows could not be used; mend them and import again. "
            f"The first: {first}"
        )


def _selection(**options: Any) -> Selection | None:
    """What to ask a repository for; None where the address says it, or leaves it open."""
    said = (options["oai_prefix"], options["oai_set"], options["oai_from"], options["oai_until"])
    return Selection(said[0] or "oai_dc", *said[1:]) if any(said) else None


def _harvest_folder(address: str) -> Path:
    """Where a harvest of that address keeps its pages until it is done."""
    folder: Path = settings.DATA_DIR / "harvests" / hashlib.sha256(address.encode()).hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _guess_in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['file']}: a {SHAPES_IN_WORDS[result['container']]}.", *result["reasons"], "", "Mapping:"]
    lines += [json.dumps(result["mapping"], ensure_ascii=False, indent=2), "", "First records:"]
    for record in result["records"][:3]:
        lines += [json.dumps(item, ensure_ascii=False) for item in record["items"]]
    return "\n".join(lines)


def _import_in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{result['collection']}: {result['rows']:,} rows read, {result['left_out']:,} left out, "
        f"{result['rejected']:,} rejected.",
        f"Records: {result['created']:,} created, {result['updated']:,} updated, {result['unchanged']:,} unchanged.",
    ]
    for warning in result["warnings"]:
        kind = warning["kind"][0].upper() + warning["kind"][1:]
        lines.append(f"{kind}: {warning['count']:,}, such as {', '.join(warning['examples'][:3])}")
    if result["images_to_fetch"]:
        lines.append(
            f"Pictures still to be fetched: {result['images_to_fetch']:,}. "
            f"Run: manage.py fetch_images {result['collection']}"
        )
    if result["dry_run"]:
        lines.append("Nothing was stored (--dry-run).")
    return "\n".join(lines)
