"""Store vectors from a Parquet file that `export_vectors` or a museum wrote, in either layout.

    import_vectors vectors.parquet
    import_vectors met.parquet --collection met --model siglip --create

Rows go to the records, pictures and texts that are here. With --create, records that are not here are made of titles
and vectors alone: they can be searched, sampled and linked, and their pictures stay at the museum. All rows have to be
of one registered model, of its dimension, of numbers and of length 1; otherwise nothing is stored.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--model", default="", help="the registered model, where the file calls it otherwise")
        parser.add_argument("--collection", default="", metavar="SLUG", help="of all rows; default: as the file says")
        parser.add_argument("--create", action="store_true", help="make records that are not here, of titles alone")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.exchange.importing import import_vectors

        names = ("model", "collection", "create")
        return import_vectors(options["file"], progress=progress, **{name: options[name] for name in names}).as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        made = f", {result['records_made']:,} records made" if result["records_made"] else ""
        return (
            f"{result['stored']:,} of {result['rows']:,} vectors stored for {result['model']}, "
            f"{result['already_there']:,} were there already{made}."
        )

    def complaint(self, result: dict[str, Any]) -> str:
        if not result["unmatched"]:
            return ""
        return (
            f"{result['unmatched']:,} vectors are of records, pictures or texts that are not here, such as "
            f"{'; '.join(result['examples'])}: import those records first, or have them made with --create."
        )
